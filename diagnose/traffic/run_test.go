package traffic

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

var update = flag.Bool("update", false, "write the golden files anew")

func run(t *testing.T, o Options, paths ...string) *Result {
	t.Helper()
	r, err := Run(t.Context(), paths, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines is the text of a result.
func lines(t *testing.T, r *Result, verbose bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b, verbose); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden holds the three outputs of the folder testdata/suite.
func TestGolden(t *testing.T) {
	t.Chdir("testdata")
	r := run(t, Options{}, "suite")
	for name, write := range map[string]func(*bytes.Buffer) error{
		"suite.txt":         func(b *bytes.Buffer) error { return r.Text(b, false) },
		"suite-verbose.txt": func(b *bytes.Buffer) error { return r.Text(b, true) },
		"suite.json":        func(b *bytes.Buffer) error { return r.JSON(b) },
		"suite.xml":         func(b *bytes.Buffer) error { return r.JUnit(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), b.String()); diff != "" {
			t.Errorf("%s (-want +got; `go test . -update` writes it anew):\n%s", name, diff)
		}
	}
}

// write makes files below a new folder, which becomes the current one.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	pods = "apiVersion: v1\nkind: Pod\nmetadata: {name: sleep}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: httpbin}\nstatus: {podIP: 10.0.0.9}\n" +
		"spec: {containers: [{name: istio-proxy}]}\n---\n"
	denyAll = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: nothing}\nspec: {}\n---\n"
	ask     = head + "spec:\n  cases:\n  - {name: a, source: sleep, target: 'http://10.0.0.9:80/', expect: Denied, reason: {policy: ''}}\n"
	askOf   = head + "spec:\n  cluster: [../objects]\n  cases:\n  - {name: a, source: sleep, target: 'http://10.0.0.9:80/', expect: Denied}\n"
)

func TestWhereObjectsComeFrom(t *testing.T) {
	write(t, map[string]string{
		"whole.yaml": pods + denyAll + ask, "ask.yaml": ask, "asks/of.yaml": askOf, "objects/pods.yaml": pods, "objects/deny.yaml": denyAll,
		"snapshot.json": `{"apiVersion": "authz-doctor.dev/v1alpha1", "kind": "Snapshot", "origin": "x", "queries": [], "unread": [], "items": []}`,
	})
	live := func() (cluster.Reader, string, error) { return nil, "", errors.New("no server") }
	stdin := func() *strings.Reader { return strings.NewReader(pods + denyAll) }
	tests := map[string]struct {
		o     Options
		paths []string
		want  string
	}{
		"the file":          {Options{}, []string{"whole.yaml"}, "1 case: 1 passed, 0 failed, 0 errors\n"},
		"spec.cluster":      {Options{}, []string{"asks"}, "1 case: 1 passed, 0 failed, 0 errors\n"},
		"--filename":        {Options{Files: []string{"objects"}}, []string{"ask.yaml"}, "1 case: 1 passed, 0 failed, 0 errors\n"},
		"--filename -":      {Options{Files: []string{"-"}, Stdin: stdin()}, []string{"ask.yaml", "./ask.yaml", "asks"}, "2 cases: 2 passed, 0 failed, 0 errors\n"},
		"stdin is the test": {Options{Stdin: strings.NewReader(pods + denyAll + ask)}, []string{"-"}, "1 case: 1 passed, 0 failed, 0 errors\n"},
		"no server":         {Options{Live: live}, []string{"ask.yaml"}, "ERROR ask.yaml: document 1, line 1: no server\n0 cases: 0 passed, 0 failed, 1 error\n"},
		"nothing": {
			Options{},
			[]string{"ask.yaml"},
			"ERROR ask.yaml: document 1, line 1: no objects to ask: none in the file, no spec.cluster, and no cluster\n0 cases: 0 passed, 0 failed, 1 error\n",
		},
		"a snapshot": { // what it was not asked is not known
			Options{Files: []string{"snapshot.json"}},
			[]string{"asks"},
			"FAIL  asks/of.yaml:6: a: expected Denied, got Undetermined",
		},
		"all of the folder": {Options{Live: live}, []string{"."}, "ERROR ask.yaml: document 1, line 1: no server\n2 cases: 2 passed, 0 failed, 1 error\n"},
		"no test":           {Options{}, []string{"objects/pods.yaml"}, "ERROR objects/pods.yaml: holds no TrafficTest\n0 cases: 0 passed, 0 failed, 1 error\n"},
		"no test in it":     {Options{}, []string{"objects"}, "ERROR objects: holds no TrafficTest\n0 cases: 0 passed, 0 failed, 1 error\n"},
		"no file":           {Options{}, []string{"none.yaml"}, "ERROR none.yaml: no such file or directory\n0 cases: 0 passed, 0 failed, 1 error\n"},
		"no stdin":          {Options{}, []string{"-"}, "ERROR stdin: there is no stdin to read\n0 cases: 0 passed, 0 failed, 1 error\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := lines(t, run(t, tt.o, tt.paths...), false); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got\n%swant\n%s", got, tt.want)
			}
		})
	}
}

// The nearer object replaces the farther: the test's own stands for all others.
func TestNearerReplacesFarther(t *testing.T) {
	allow := strings.ReplaceAll(denyAll, "spec: {}", "spec: {rules: [{}]}")
	write(t, map[string]string{"base.yaml": pods + denyAll, "t.yaml": allow + strings.Replace(ask, "Denied, reason: {policy: ''}", "Allowed", 1)})
	if got, want := lines(t, run(t, Options{Files: []string{"base.yaml"}}, "t.yaml"), false), "1 case: 1 passed, 0 failed, 0 errors\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestUnreadableObjects(t *testing.T) {
	write(t, map[string]string{
		"t.yaml":    strings.Replace(ask, "spec:\n", "spec:\n  cluster: [a.yaml, b.yaml]\n", 1) + "---\n" + head + "spec:\n  cluster: [gone.yaml]\n  cases: [{source: a, target: b, expect: Denied}]\n",
		"a.yaml":    "kind: Pod\n",
		"b.yaml":    "kind: Pod\n",
		"warn.yaml": pods + denyAll + "apiVersion: x/v1\nkind: Widget\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {typo: 1}\n---\n" + ask + "---\n" + ask,
	})
	r := run(t, Options{}, "t.yaml")
	if n := len(r.Files[0].Errors); n != 3 || r.Summary.Errors != 3 {
		t.Errorf("%d errors: %v", n, r.Files[0].Errors)
	}
	if last := r.Files[0].Errors[2].Error(); !strings.HasPrefix(last, "t.yaml: document 2, line 8: ") || !strings.Contains(last, "gone.yaml") {
		t.Errorf("%s", last)
	}
	want := []string{"warn.yaml: document 5: Service default/a: unknown field spec.typo", "skipped 1 Widget of x/v1: a kind that is not read"}
	if diff := cmp.Diff(want, run(t, Options{}, "warn.yaml").Files[0].Warnings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// fakeServer is a cluster that counts how often it is opened and read.
type fakeServer struct {
	*cluster.Files
	reads int
}

func (s *fakeServer) Live() bool { return true }

func (s *fakeServer) Read(ctx context.Context, q []cluster.Query) []cluster.Result {
	s.reads++
	return s.Files.Read(ctx, q)
}

// The live cluster is opened once, and what was read for one file serves the next.
func TestLiveClusterOnce(t *testing.T) {
	write(t, map[string]string{"objects.yaml": pods + denyAll, "tests/a.yaml": ask, "tests/b.yaml": ask})
	files, err := cluster.ReadFiles([]string{"objects.yaml"}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	server, opened := &fakeServer{Files: files}, 0
	o := Options{Live: func() (cluster.Reader, string, error) { opened++; return server, "default", nil }}
	once := run(t, o, "tests/a.yaml")
	reads := server.reads
	server.reads = 0
	if r := run(t, o, "tests"); r.Summary != (Summary{Cases: 2, Passed: 2}) || once.Summary.Passed != 1 {
		t.Errorf("%s", r.Summary)
	}
	if opened != 2 || server.reads != reads {
		t.Errorf("opened %d times, want once for each run; %d reads for two files, %d for one", opened, server.reads, reads)
	}
}

func TestMeshNamespace(t *testing.T) {
	const istiod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod, namespace: mesh, labels: {app: istiod}}\n---\n"
	rooted := strings.ReplaceAll(denyAll, "name: nothing", "name: nothing, namespace: mesh")
	write(t, map[string]string{"t.yaml": istiod + pods + rooted + ask})
	for namespace, want := range map[string]Summary{"": {Cases: 1, Passed: 1}, "mesh": {Cases: 1, Passed: 1}, "other": {Cases: 1, Failed: 1}} {
		if r := run(t, Options{MeshNamespace: namespace}, "t.yaml"); r.Summary != want {
			t.Errorf("%q: %s", namespace, r.Summary)
		}
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestInterrupted(t *testing.T) {
	write(t, map[string]string{"t.yaml": pods + ask})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, []string{"t.yaml"}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := Run(t.Context(), []string{"t.yaml"}, Options{Files: []string{"-"}, Stdin: badReader{}}); err == nil {
		t.Error("stdin cannot be read, and nobody says so")
	}
}

func TestFolderThatCannotBeRead(t *testing.T) {
	write(t, map[string]string{"dir/.hidden/t.yaml": ask, "dir/t.yml": ask, "dir/notes.txt": ask})
	found := find([]string{"dir"}, nil)
	if len(found) != 1 || found[0].path != filepath.Join("dir", "t.yml") {
		t.Errorf("%v", found)
	}
	if got := folder("gone"); len(got) != 1 || got[0].err == nil {
		t.Errorf("%v", got)
	}
}

func TestCompare(t *testing.T) {
	rule, stage, other, hop, none := 0, "DENY", 1, "default/b", ""
	deny := diagnose.Answer{
		Verdict: diagnose.Denied, Reason: diagnose.Reason{Hop: "default/a", Stage: diagnose.StageDeny, Policy: "default/p", Rule: &rule},
		Destinations: []diagnose.Destination{{Namespace: "default", Name: "a"}, {Namespace: "default", Name: "b"}},
	}
	allow := diagnose.Answer{Verdict: diagnose.Allowed}
	d := &diagnose.Diagnosis{Status: diagnose.Status{Verdict: diagnose.Denied, Answers: []diagnose.Answer{deny, allow}, Findings: []diagnose.Finding{{Code: "AD0202"}}}}
	for name, tt := range map[string]struct {
		expect Expectation
		want   string
	}{
		"alike":               {Expectation{Verdict: diagnose.Denied}, ""},
		"every field":         {Expectation{Verdict: diagnose.Denied, Reason: &ReasonExpectation{Stage: &stage, Rule: &rule}, Findings: []string{"AD0202"}}, ""},
		"one that is alike":   {Expectation{Verdict: diagnose.Denied, Reason: &ReasonExpectation{Hop: &hop}}, ""},
		"another verdict":     {Expectation{Verdict: diagnose.Allowed, Reason: &ReasonExpectation{Rule: &other}}, "expected Allowed, got Denied"},
		"another rule":        {Expectation{Verdict: diagnose.Denied, Reason: &ReasonExpectation{Rule: &other}}, "expected rule 1, got 0"},
		"a policy none wants": {Expectation{Verdict: diagnose.Denied, Reason: &ReasonExpectation{Policy: &none}}, "expected policy none, got default/p"},
		"another finding":     {Expectation{Verdict: diagnose.Denied, Findings: []string{"AD0202", "AD0101"}}, "expected findings AD0101, got AD0202"},
	} {
		c := CaseResult{Expected: &tt.expect}
		c.compare(d)
		if got := c.difference(); got != tt.want || (got == "") != (c.Outcome == Passed) {
			t.Errorf("%s: %s %q, want %q", name, c.Outcome, got, tt.want)
		}
	}
	c := CaseResult{Expected: &Expectation{Reason: &ReasonExpectation{Rule: &other}}}
	c.compare(&diagnose.Diagnosis{})
	if got := c.difference(); got != "expected rule 1, got none" {
		t.Errorf("%q", got)
	}
}

func TestTextIsHarmless(t *testing.T) {
	r := &Result{Files: []File{{Name: "f", Errors: []Problem{{File: "f", Message: "a\x1b[31m\nb"}, {File: "f", Message: "f: document 1: x"}}}}}
	if got, want := lines(t, r, false), "ERROR f: a?[31m b\nERROR f: document 1: x\n0 cases: 0 passed, 0 failed, 0 errors\n"; got != want {
		t.Errorf("%q", got)
	}
}
