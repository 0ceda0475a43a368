package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// patience is how long trouble may take to be reported.
const patience = 15 * time.Second

// admitsTrouble checks what every answer without the whole truth owes the user:
// in time, either an open verdict that lists one of the reasons, or one error line.
func admitsTrouble(t *testing.T, kubeconfig string, reasons []string, args ...string) {
	t.Helper()
	a := run(t, kubeconfig, append(args, "-o", "json")...)
	if a.Took > patience {
		t.Errorf("the answer took %s", a.Took)
	}
	if a.Exit == exitError {
		oneErrorLine(t, a)
		return
	}
	d := expect(t, "Undetermined", kubeconfig, args...)
	if !slices.ContainsFunc(d.Status.Unread, func(u unread) bool { return slices.Contains(reasons, u.Reason) }) {
		t.Errorf("unread has none of %v: %+v", reasons, d.Status.Unread)
	}
}

func TestServerGoesAway(t *testing.T) {
	s := setScene(t, "away", "allow-frontend")
	source, target := "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get"
	for _, served := range []int64{0, 1, 3, 6, 10} {
		t.Run(fmt.Sprintf("after %d requests", served), func(t *testing.T) {
			_, kubeconfig := through(t, tap.CutAfter(served))
			a := run(t, kubeconfig, source, target, "-o", "json")
			switch {
			case a.Took > patience:
				t.Errorf("the answer took %s", a.Took)
			case a.Exit == exitError:
				oneErrorLine(t, a)
			case a.Exit != exitOpen:
				t.Errorf("exit %d although the server went away\n%s", a.Exit, a.Stdout)
			case !strings.Contains(a.Stdout, `"Unreachable"`):
				t.Errorf("nothing is listed as Unreachable:\n%s", a.Stdout)
			}
		})
	}
}

func TestServerHangs(t *testing.T) {
	s := setScene(t, "hangs", "allow-frontend")
	_, kubeconfig := through(t, tap.Silent())
	admitsTrouble(t, kubeconfig, []string{"TimedOut", "Unreachable"},
		"deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get", "--request-timeout=1s")
}

func TestNoServer(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed.kubeconfig")
	if err := lab.WriteKubeconfigTo(closed, lab.Admin, "https://127.0.0.1:1", nil); err != nil {
		t.Fatal(err)
	}
	for name, kubeconfig := range map[string]string{
		"nobody listens":         closed,
		"no such kubeconfig":     filepath.Join(t.TempDir(), "missing"),
		"no kubeconfig at all":   "",
		"a directory, no file":   t.TempDir(),
		"a file that is no YAML": "main_test.go",
	} {
		t.Run(name, func(t *testing.T) {
			if kubeconfig == "main_test.go" {
				kubeconfig, _ = filepath.Abs(kubeconfig)
			}
			a := run(t, kubeconfig, "deploy/a.b", "http://c.d:8000/get")
			if a.Exit != exitError {
				t.Errorf("exit %d, want 2\nstdout: %s", a.Exit, a.Stdout)
			}
			if a.Took > patience {
				t.Errorf("the answer took %s", a.Took)
			}
			oneErrorLine(t, a)
		})
	}
}
