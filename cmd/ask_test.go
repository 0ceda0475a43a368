package cmd

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// answer is an asker that always says the same.
func answer(v diagnose.Verdict, err error) asker {
	return func(context.Context, cluster.Reader, diagnose.Question) (*diagnose.Diagnosis, *cluster.Snapshot, error) {
		return &diagnose.Diagnosis{Status: diagnose.Status{Verdict: v}}, nil, err
	}
}

func TestExitStatus(t *testing.T) {
	prints := func(d *diagnose.Diagnosis, w io.Writer) error {
		_, err := io.WriteString(w, d.Status.Verdict.String())
		return err
	}
	tests := []struct {
		name   string
		ask    asker
		print  answerPrinter
		want   int
		stdout string
		stderr string
	}{
		{"allowed", answer(diagnose.Allowed, nil), prints, 0, "Allowed", ""},
		{"denied", answer(diagnose.Denied, nil), prints, 1, "Denied", ""},
		{"conditional", answer(diagnose.Conditional, nil), prints, 3, "Conditional", ""},
		{"undetermined", answer(diagnose.Undetermined, nil), prints, 3, "Undetermined", ""},
		{"no such name", answer(0, errors.New("pod \"x\"\n  not \x1bfound")), prints, 2, "", "error: pod \"x\" not \\x1bfound\n"},
		{"nothing printed", answer(diagnose.Denied, nil), func(*diagnose.Diagnosis, io.Writer) error { return io.ErrShortWrite }, 2, "", "error: printing the answer: short write\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			streams, _, out, errOut := genericiooptions.NewTestIOStreams()
			o := askOptions{IOStreams: streams, ask: tt.ask, print: tt.print, isText: true}
			if got := finish(o.run(t.Context()), errOut); got != tt.want {
				t.Errorf("exit %d, want %d", got, tt.want)
			}
			if out.String() != tt.stdout || errOut.String() != tt.stderr {
				t.Errorf("stdout %q, want %q\nstderr %q, want %q", out, tt.stdout, errOut, tt.stderr)
			}
		})
	}
}

func TestPanicIsOneLine(t *testing.T) {
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	streams.Out = panicWriter{}
	status := execute(t.Context(), newCommand([]string{pluginFile, "version"}, streams), errOut)
	lines := strings.Count(errOut.String(), "\n")
	if status != exitError || lines != 1 || !strings.HasPrefix(errOut.String(), "error: a bug: ") {
		t.Errorf("exit %d, stderr %q", status, errOut)
	}
}

type panicWriter struct{}

func (panicWriter) Write([]byte) (int, error) { panic("a nil\nsomewhere") }

func TestDisplayName(t *testing.T) {
	for path, want := range map[string]string{
		"/home/me/.krew/bin/kubectl-authz_doctor": "kubectl authz-doctor",
		"kubectl-authz_doctor.exe":                "kubectl authz-doctor",
		"./authz-doctor":                          "authz-doctor",
	} {
		streams, _, out, _ := genericiooptions.NewTestIOStreams()
		execute(t.Context(), newCommand([]string{path, "--help"}, streams), io.Discard)
		if !strings.Contains(out.String(), "\n  "+want+" [SOURCE TARGET] [flags]\n") {
			t.Errorf("%s is not shown as %s:\n%s", path, want, out)
		}
	}
}

func TestCompletion(t *testing.T) {
	streams, _, out, _ := genericiooptions.NewTestIOStreams()
	execute(t.Context(), newCommand([]string{"kubectl_complete-authz_doctor", "sna"}, streams), io.Discard)
	if !strings.HasPrefix(out.String(), "snapshot\t") {
		t.Errorf("completions of sna:\n%s", out)
	}
}

func TestSkippedNote(t *testing.T) {
	tests := []struct {
		skipped []cluster.SkippedKind
		want    string
	}{
		{nil, ""},
		{[]cluster.SkippedKind{{Kind: "Secret", Count: 1}}, "skipped 1 object of a kind it does not read: Secret"},
		{[]cluster.SkippedKind{{Kind: "Secret", Count: 2}, {Kind: "Role", Count: 1}}, "skipped 3 objects of kinds it does not read: Secret (2), Role"},
	}
	for _, tt := range tests {
		if got := skippedNote(tt.skipped); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.skipped, got, tt.want)
		}
	}
}
