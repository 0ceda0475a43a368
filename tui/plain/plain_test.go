package plain_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/plain"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

var update = flag.Bool("update", false, "write the goldens anew")

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// options are those of an example as files.
func options(t testing.TB, example string) tui.Options {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "examples", example, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("examples/%s: no files (%v)", example, err)
	}
	files, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	s := session.New(files, now)
	return tui.Options{
		Origin: "examples/" + example, Command: []string{"kubectl", "authz-doctor", "-f", "examples/" + example},
		Question: tui.Question{Base: diagnose.Question{Namespace: "default"}}, Files: []string{"examples/" + example},
		Asker: s, Fixer: s, Lister: s, WhyNot: "the objects come from files", Now: now,
		SaveFile: func(name string, _ []byte) error {
			if name == "there.md" {
				return errors.New("there.md exists: nothing was written")
			}
			return nil
		},
	}
}

// writer writes nothing, and tells what it was asked to.
type writer struct{ uncertain bool }

func (w writer) Apply(_ context.Context, _ tui.Question, _ fix.Candidate, stage func(tui.Stage)) (tui.Applied, error) {
	stage(tui.Proving)
	stage(tui.Writing)
	stage(tui.Watching)
	if w.uncertain {
		return tui.Applied{ID: "1", Uncertain: true}, errors.New("the server went away")
	}
	return tui.Applied{ID: "1", Written: []string{"create AuthorizationPolicy default/x"}, Notes: []string{"it is said to be good"}}, nil
}

func (writer) PlanUndo(context.Context, string) (tui.UndoPlan, error) {
	return tui.UndoPlan{ID: "1", Title: "admit sleep", Does: []string{"delete AuthorizationPolicy default/x"}}, nil
}

func (writer) Undo(context.Context, string) (tui.Applied, error) {
	return tui.Applied{ID: "2", Written: []string{"delete AuthorizationPolicy default/x"}}, nil
}

// watcher tells all it knows at once.
type watcher struct{ told chan struct{} }

func (w watcher) Watch(ctx context.Context, _ *cluster.Snapshot, tell func(tui.Event)) {
	tell(tui.Event{Object: "AuthorizationPolicy default/x", Verb: "was changed"})
	tell(tui.Event{Object: "AuthorizationPolicy default/x", Verb: "was changed"})
	tell(tui.Event{Unwatched: "pods in foo"})
	tell(tui.Event{Lost: "https://cluster:6443 refuses the connection"})
	close(w.told)
	<-ctx.Done()
}

// kept are the questions that were asked.
type kept struct{ all []tui.Question }

func (k *kept) List() []tui.Question { return k.all }
func (k *kept) Add(q tui.Question)   { k.all = append([]tui.Question{q}, k.all...) }

// typist is somebody who types line after line, and waits for the watch before a line
// that asks for changes.
type typist struct {
	lines []string
	told  chan struct{}
}

func (p *typist) Read(b []byte) (int, error) {
	if len(p.lines) == 0 {
		return 0, io.EOF
	}
	if p.lines[0] == "changes" && p.told != nil {
		<-p.told
	}
	n := copy(b, p.lines[0]+"\n")
	p.lines = p.lines[1:]
	return n, nil
}

// Each dialogue is typed as it stands here, and the transcript compared.
func TestDialogues(t *testing.T) {
	asking := func(t *testing.T, example, source, target string) tui.Options {
		o := options(t, example)
		o.Question = tui.QuestionOf(diagnose.Question{Source: source, Target: target, Namespace: "default"})
		return o
	}
	noSidecar := func(t *testing.T) tui.Options {
		return asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	}
	for name, tt := range map[string]struct {
		options func(*testing.T) tui.Options
		typed   string
	}{
		"pick":   {func(t *testing.T) tui.Options { return options(t, "no-sidecar") }, "\nsleep\n1\nhttpbin\nquit"},
		"help":   {noSidecar, "help\nxyz\ns\nc\n24"},
		"back":   {noSidecar, "new\nfrontend\nback\nanswer\nq\nhelp"},
		"recent": {func(t *testing.T) tui.Options { o := noSidecar(t); o.Recent = &kept{}; return o }, "method=POST\nrecent\nrecent 2\nrecent 7\nquestion"},
		"read":   {noSidecar, "details\nexplain\nexplain ad0101\nexplain AD9999\nyaml\nyaml 99\nyaml Namespace foo\ncommand\nquestion"},
		"change": {noSidecar, "change method=POST\npath=/x y\nchange color=red\nchange header=a=b\nheader=c=d\nquestion\nheader=\nport=8001\nexact=yes\nanswer\ncommand\n" +
			"source=nobody.foo\nquestion"},
		"fix":      {noSidecar, "fix\nfix a\nfix z\napply a\nundo"},
		"reach":    {noSidecar, "ask 1\nwho\nask 99\nask 1\nask 3\nwhat\nask 1"},
		"save":     {noSidecar, "save markdown\nsave text x.txt\nsave xml\nsave markdown there.md\ntest\ntest x.yaml\nprint yaml"},
		"live-not": {noSidecar, "changes\nlive on\nagain"},
		"nowhere": {func(t *testing.T) tui.Options {
			return asking(t, "no-sidecar", "nobody.foo", "http://httpbin.default:8000/get")
		}, "details\nconditions\nnew\nsleep.foo\nhttp://httpbin.default:8000/get\n"},
		"read-only": {func(t *testing.T) tui.Options { o := noSidecar(t); o.ReadOnly = true; return o }, "apply a\nundo\nfix"},
		"apply": {
			func(t *testing.T) tui.Options { o := noSidecar(t); o.Writer = writer{}; return o },
			"undo\napply a\nno\napply a\ny\napply\nundo\ny\nundo",
		},
		"uncertain": {func(t *testing.T) tui.Options { o := noSidecar(t); o.Writer = writer{true}; return o }, "apply a\ny\napply a\napply"},
		"live": {
			func(t *testing.T) tui.Options { o := noSidecar(t); o.Watcher = watcher{make(chan struct{})}; return o },
			"changes\nagain\nchanges\nlive off\nchanges\nlive",
		},
		"ascii": {func(t *testing.T) tui.Options { o := noSidecar(t); o.ASCII = true; return o }, "details\nfix a"},
	} {
		t.Run(name, func(t *testing.T) {
			defer goleak.VerifyNone(t)
			o := tt.options(t)
			in := &typist{lines: strings.Split(tt.typed, "\n")}
			if w, ok := o.Watcher.(watcher); ok {
				in.told = w.told
			}
			var out bytes.Buffer
			if err := plain.Run(t.Context(), o, plain.Look{Width: 80, Echo: true}, in, &out); err != nil {
				t.Fatal(err)
			}
			harmless(t, out.String(), o.ASCII)
			compare(t, name, out.String())
		})
	}
}

// harmless fails if there is a control character, or, in ASCII, anything else.
func harmless(t *testing.T, text string, ascii bool) {
	t.Helper()
	for _, r := range text {
		if r < ' ' && r != '\n' || r == 0x7f || ascii && r > 0x7f {
			t.Fatalf("%q in\n%s", r, text)
		}
		if strings.ContainsRune("│┌┐└┘─┏┃", r) {
			t.Fatalf("a box is drawn:\n%s", text)
		}
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// What a condition asks for is set by its number.
func TestConditions(t *testing.T) {
	o := options(t, "no-sidecar")
	policy := filepath.Join(t.TempDir(), "p.yaml")
	text := `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: all, namespace: default}, spec: {rules: [{to: [{operation: {methods: [GET], paths: [/get, "/status/*"]}}]}]}}`
	if err := os.WriteFile(policy, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob("../../examples/no-sidecar/*.yaml")
	files, err := cluster.ReadFiles(append(paths, policy), nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	o.Asker = session.New(files, o.Now)
	o.Question = tui.QuestionOf(diagnose.Question{Source: "sleep.foo", Target: "httpbin.default:8000", Namespace: "default"})
	var out bytes.Buffer
	in := strings.NewReader("conditions\nconditions 7\nconditions 1\nquestion\n")
	if err := plain.Run(t.Context(), o, plain.Look{Width: 80, Echo: true}, in, &out); err != nil {
		t.Fatal(err)
	}
	compare(t, "conditions", out.String())
}

// It ends with ctx, while it waits for a line.
func TestInterrupted(t *testing.T) {
	in, keyboard := io.Pipe()
	defer func() { _ = keyboard.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- plain.Run(ctx, options(t, "no-sidecar"), plain.Look{}, in, io.Discard) }()
	fmt.Fprintln(keyboard, "sleep.foo")
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}
