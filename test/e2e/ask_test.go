package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// The exit status of the plugin.
const (
	exitAllowed = 0
	exitDenied  = 1
	exitError   = 2
	exitOpen    = 3 // conditional or undetermined
)

// diagnosis is what scripts read from -o json.
type diagnosis struct {
	Kind   string `json:"kind"`
	Status struct {
		Verdict  string   `json:"verdict"`
		Summary  string   `json:"summary"`
		Symptom  string   `json:"symptom"`
		Unread   []unread `json:"unread"`
		Findings []struct {
			Code string `json:"code"`
		} `json:"findings"`
	} `json:"status"`
}

// codes are those of the findings.
func (d diagnosis) codes() []string {
	var out []string
	for _, f := range d.Status.Findings {
		out = append(out, f.Code)
	}
	return out
}

type unread struct {
	Resource  string `json:"resource"`
	Namespace string `json:"namespace"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
}

// setScene sets a scene with the policies named, and strikes it after the test.
func setScene(t *testing.T, name string, policies ...string) *scene.Scene {
	t.Helper()
	s, err := scene.Set(t.Context(), cluster, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Strike(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, p := range policies {
		if err := s.Policy(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// run runs the plugin with caches that nobody used before.
func run(t *testing.T, kubeconfig string, args ...string) plugin.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	a, err := doctor.Ask(ctx, kubeconfig, t.TempDir(), args...)
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("authz-doctor %s: no answer within a minute", strings.Join(args, " "))
	}
	t.Logf("authz-doctor %s: exit %d after %s", strings.Join(args, " "), a.Exit, a.Took.Round(time.Millisecond))
	return a
}

// ask runs the plugin with -o json and reads its answer.
func ask(t *testing.T, kubeconfig string, args ...string) (diagnosis, plugin.Answer) {
	t.Helper()
	a := run(t, kubeconfig, append(args, "-o", "json")...)
	var d diagnosis
	if err := json.Unmarshal([]byte(a.Stdout), &d); err != nil {
		t.Fatalf("exit %d, no JSON on stdout: %v\nstdout: %s\nstderr: %s", a.Exit, err, a.Stdout, a.Stderr)
	}
	if d.Kind != "Diagnosis" {
		t.Errorf("kind is %q, want Diagnosis", d.Kind)
	}
	return d, a
}

// expect asks and compares the verdict and the exit status that goes with it.
func expect(t *testing.T, want string, kubeconfig string, args ...string) diagnosis {
	t.Helper()
	exits := map[string]int{
		"Allowed": exitAllowed, "Denied": exitDenied, "Conditional": exitOpen, "Undetermined": exitOpen,
	}
	d, a := ask(t, kubeconfig, args...)
	if d.Status.Verdict != want || a.Exit != exits[want] {
		t.Errorf("%s: verdict %s and exit %d, want %s and %d\nsummary: %s\nunread: %+v\nstderr: %s",
			strings.Join(args, " "), d.Status.Verdict, a.Exit, want, exits[want], d.Status.Summary, d.Status.Unread, a.Stderr)
	}
	return d
}

// as is the kubeconfig of a user.
func as(t *testing.T, user string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), user+".kubeconfig")
	if err := cluster.WriteKubeconfig(file, user); err != nil {
		t.Fatal(err)
	}
	return file
}

// through is the administrator's kubeconfig by way of a proxy with manners.
func through(t *testing.T, manners ...tap.Manner) (*tap.Tap, string) {
	t.Helper()
	proxy, err := tap.Open(cluster, manners...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	file := filepath.Join(t.TempDir(), "proxy.kubeconfig")
	if err := proxy.WriteKubeconfig(file, "admin"); err != nil {
		t.Fatal(err)
	}
	return proxy, file
}

// oneErrorLine checks that the user was told one thing, in one line.
func oneErrorLine(t *testing.T, a plugin.Answer) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(a.Stderr, "\n"), "\n")
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "error: ") {
		t.Errorf("stderr is not one line of \"error: …\":\n%s", a.Stderr)
	}
}
