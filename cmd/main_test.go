package cmd

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

func TestMain(m *testing.M) {
	run := func() {
		os.Exit(Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}))
	}
	testscript.Main(m, map[string]func(){pluginFile: run, completingFile: run})
}

// completingFile is the name that kubectl asks for completions.
const completingFile = "kubectl_complete-authz_doctor"

// TestScripts runs the scripts of testdata. They ask about mesh.yaml, and begin
// with `doctor STATUS ARGUMENTS…`, which runs the plugin and expects that status.
func TestScripts(t *testing.T) {
	mesh, err := os.ReadFile(filepath.Join("testdata", "mesh.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig := servers(t, filepath.Join("testdata", "mesh.yaml"))
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("KUBECONFIG", filepath.Join(e.WorkDir, "kubeconfig"))
			return errors.Join(os.WriteFile(filepath.Join(e.WorkDir, "mesh.yaml"), mesh, 0o600),
				os.WriteFile(filepath.Join(e.WorkDir, "kubeconfig"), []byte(kubeconfig), 0o600))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"doctor": runDoctor},
	})
}

func runDoctor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: doctor STATUS ARGUMENTS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(pluginFile, args[1:]...)
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit %d, want %d", got, want)
	}
	stderr := ts.ReadFile("stderr")
	if got == exitError && (strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "error: ")) {
		ts.Fatalf("stderr is not one line of \"error: …\"")
	}
	if got == exitError && ts.ReadFile("stdout") != "" {
		ts.Fatalf("there is an answer beside the error")
	}
}
