package history

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
)

var steps = []apply.Step{
	{
		Target: apply.Target{APIVersion: "security.istio.io/v1", Plural: "authorizationpolicies", Kind: "AuthorizationPolicy", Namespace: "shop", Name: "new"},
		Verb:   apply.Creates, Object: json.RawMessage(`{"kind":"AuthorizationPolicy"}`),
	},
	{
		Target: apply.Target{APIVersion: "v1", Plural: "namespaces", Kind: "Namespace", Name: "shop"},
		Verb:   apply.Changes, UID: "u", ResourceVersion: "7",
		Fields: []apply.Field{{Path: []string{"metadata", "labels", "istio-injection"}, After: json.RawMessage(`"enabled"`), Stood: 2}},
	},
}

func begin(t *testing.T, s *Store) *Journal {
	t.Helper()
	j := s.Journal(Intent{Server: "https://x", Context: "prod", Command: []string{"fix", "--api-token", "s3cr3t"}, Summary: "admit a to b"})
	if err := j.Begin(steps); err != nil {
		t.Fatal(err)
	}
	return j
}

func list(t *testing.T, s *Store) ([]*Record, []Problem) {
	t.Helper()
	records, problems, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	return records, problems
}

func TestRecordGrows(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "fixes")
	s := Open(dir)
	if records, problems := list(t, s); len(records)+len(problems) > 0 {
		t.Fatalf("a store without a directory has %v, %v", records, problems)
	}
	j := begin(t, s)
	status := func(want Status, states ...apply.State) *Record {
		t.Helper()
		records, problems := list(t, s)
		if len(records) != 1 || len(problems) > 0 {
			t.Fatalf("%d records, %v", len(records), problems)
		}
		var got []apply.State
		for _, step := range records[0].Steps {
			got = append(got, step.State)
		}
		if diff := cmp.Diff(states, got); diff != "" || records[0].Status() != want {
			t.Errorf("%s, want %s (-want +got):\n%s", records[0].Status(), want, diff)
		}
		return records[0]
	}
	status(Unfinished, apply.Intended, apply.Intended)
	stored := steps[0]
	stored.UID, stored.ResourceVersion = "n", "8"
	if err := j.Wrote(0, stored); err != nil {
		t.Fatal(err)
	}
	r := status(Unfinished, apply.Written, apply.Intended)
	if diff := cmp.Diff(stored, r.Steps[0].Step, cmp.Transformer("json", func(m json.RawMessage) string { return strings.Join(strings.Fields(string(m)), "") })); diff != "" {
		t.Errorf("what was stored (-want +got):\n%s", diff)
	}
	if err := j.Stopped(1, &apply.Error{Reason: apply.TimedOut, Object: "Namespace shop", Message: "no answer", Uncertain: true}); err != nil {
		t.Fatal(err)
	}
	r = status(Unfinished, apply.Written, apply.Intended)
	if !strings.Contains(r.Steps[1].Error, "no answer") {
		t.Errorf("the error is %q", r.Steps[1].Error)
	}
	if err := j.Stopped(1, errors.New("no")); err != nil {
		t.Fatal(err)
	}
	r = status(Partly, apply.Written, apply.Unwritten)
	if diff := cmp.Diff([]string{"fix", "--api-token", "(left out)"}, r.Command); diff != "" {
		t.Errorf("command (-want +got):\n%s", diff)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]os.FileMode{dir: 0o700, filepath.Dir(dir): 0o700, s.file(r.ID): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
}

func TestIDsSortAsTheyWereGiven(t *testing.T) {
	s := Open(t.TempDir())
	now := time.Date(2026, 11, 26, 10, 45, 1, 0, time.UTC)
	s.now = func() time.Time { now = now.Add(7 * time.Millisecond); return now }
	var want, got []string
	for range 300 {
		want = append(want, begin(t, s).ID())
	}
	records, _ := list(t, s)
	for _, r := range records {
		got = append(got, r.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-given +listed):\n%s", diff)
	}
	for i, id := range got {
		if !idPattern().MatchString(id) || i > 0 && id <= got[i-1] {
			t.Errorf("%s after %s", id, got[i-1])
		}
	}
}

func TestBadRecordsHurtNobody(t *testing.T) {
	s := Open(t.TempDir())
	good := begin(t, s).ID()
	data, err := os.ReadFile(s.file(good))
	if err != nil {
		t.Fatal(err)
	}
	for id, text := range map[string]string{
		"20200101-000000-0000": "",
		"20200101-000000-0001": string(data[:len(data)/2]),
		"20200101-000000-0002": string(data), // of another ID
		"20200101-000000-0003": `{"apiVersion":"authz-doctor.dev/v2","kind":"FixRecord"}`,
		"20200101-000000-0004": `{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"FixRecord","id":"20200101-000000-0004"}`,
		"20200101-000000-0005": `{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"FixRecord","id":"20200101-000000-0005","steps":[{"verb":"destroy"}]}`,
		"notes":                "not ours",
	} {
		if err := os.WriteFile(s.file(id), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(s.file("20200101-000000-0006"), 0o700); err != nil {
		t.Fatal(err)
	}
	records, problems := list(t, s)
	if len(records) != 1 || records[0].ID != good {
		t.Errorf("records: %v", records)
	}
	var got []string
	for _, p := range problems {
		got = append(got, strings.TrimPrefix(p.Error(), s.dir+string(filepath.Separator)))
	}
	want := []string{
		"20200101-000000-0000.json: is no record of a fix: unexpected end of JSON input",
		"20200101-000000-0001.json: is no record of a fix: unexpected end of JSON input",
		"20200101-000000-0002.json: is no record of a fix: it says that it is " + good,
		"20200101-000000-0003.json: is no record of a fix: it is none of this version of the plugin: it is a FixRecord of authz-doctor.dev/v2",
		"20200101-000000-0004.json: is no record of a fix: it has no steps",
		"20200101-000000-0005.json: is no record of a fix: a step of it is incomplete",
		"20200101-000000-0006.json: cannot be read: is a directory",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if _, err := s.find("20200101-000000-0001", "https://x"); !errors.As(err, new(Problem)) {
		t.Errorf("find of a bad record: %v", err)
	}
}

// dieAt is the environment variable that makes this test binary a process that is killed
// while it writes a record.
const dieAt = "AUTHZ_DOCTOR_HISTORY_DIE"

func TestMain(m *testing.M) {
	if place, dir := os.Getenv(dieAt), os.Getenv("AUTHZ_DOCTOR_HISTORY_DIR"); place != "" {
		s := Open(dir)
		j := s.Journal(Intent{Server: "https://x"})
		if strings.HasPrefix(place, "second ") {
			if err := j.Begin(steps); err != nil {
				panic(err)
			}
		}
		s.reached = func(point string) {
			if strings.HasSuffix(place, " "+point) {
				self, _ := os.FindProcess(os.Getpid())
				_ = self.Kill()
				select {}
			}
		}
		var err error
		if strings.HasPrefix(place, "second ") {
			err = j.Wrote(0, steps[0])
		} else {
			err = j.Begin(steps)
		}
		panic(err)
	}
	os.Exit(m.Run())
}

// TestKilledWhileWriting finds either the record from before or the one from after.
func TestKilledWhileWriting(t *testing.T) {
	for place, want := range map[string]string{
		"first made": "", "first filled": "", "first synced": "", "first named": "intended",
		"second made": "intended", "second filled": "intended", "second synced": "intended", "second named": "written",
	} {
		t.Run(place, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), dieAt+"="+place, "AUTHZ_DOCTOR_HISTORY_DIR="+dir)
			if out, err := cmd.CombinedOutput(); err == nil || strings.Contains(string(out), "panic") {
				t.Fatalf("it was not killed: %v\n%s", err, out)
			}
			s := Open(dir)
			records, problems := list(t, s)
			got := ""
			for _, r := range records {
				got += string(r.Steps[0].State)
			}
			if got != want || len(problems) > 0 {
				t.Errorf("%q, %v, want %q", got, problems, want)
			}
			// What is left over goes when it is old, and only then.
			left := func() int { names, _ := filepath.Glob(filepath.Join(dir, ".*.tmp")); return len(names) }
			had := left()
			s.sweep()
			if left() != had {
				t.Error("a new file was removed")
			}
			s.now = func() time.Time { return time.Now().Add(48 * time.Hour) }
			s.sweep()
			if left() != 0 {
				t.Error("an old file was left over")
			}
		})
	}
}

func TestNoRecordNothingWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Open(filepath.Join(file, "fixes")).Journal(Intent{}).Begin(steps); err == nil {
		t.Error("a record was kept below a file")
	}
}

func TestDir(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of Unix")
	}
	t.Setenv("HOME", "/home/jane")
	for state, want := range map[string]string{
		"":        "/home/jane/.local/state/kubectl-authz-doctor/fixes",
		"/var/st": "/var/st/kubectl-authz-doctor/fixes",
		"rel":     "/home/jane/.local/state/kubectl-authz-doctor/fixes",
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if got, err := Dir(); got != want || err != nil {
			t.Errorf("XDG_STATE_HOME=%q: %q, %v, want %q", state, got, err, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := Dir(); err == nil {
		t.Error("no home is no error")
	}
}
