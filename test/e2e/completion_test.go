package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/scene"
)

// completed is what a shell is told of the last of words.
func completed(t *testing.T, kubeconfig string, words ...string) (string, time.Duration) {
	t.Helper()
	a, err := doctor.Run(t.Context(), kubeconfig, t.TempDir(), append([]string{"__complete"}, words...)...)
	if err != nil {
		t.Fatal(err)
	}
	if a.Exit != 0 || strings.Contains(a.Stderr, "error") {
		t.Errorf("%q: exit %d: %s", words, a.Exit, a.Stderr)
	}
	out, _, _ := strings.Cut(a.Stdout, "\n:")
	if strings.HasPrefix(a.Stdout, ":") {
		out = ""
	}
	return strings.ReplaceAll(out, "\n", " "), a.Took
}

func TestCompletion(t *testing.T) {
	s := setScene(t, "completion")
	for _, tt := range []struct {
		user, want string
		words      []string
	}{
		{reader, "frontend", []string{"-n", s.Near, "fr"}},
		{reader, "deploy/frontend", []string{"-n", s.Near, "deploy/fr"}},
		{reader, "sleep." + s.Far, []string{"sleep." + s.Far[:len(s.Far)-1]}},
		{reader, "deploy/sleep." + s.Far, []string{"-n", s.Near, "deploy/sleep"}},
		{reader, "http://httpbin." + s.Near + ":8000", []string{"-n", s.Near, "frontend", ""}},
		{reader, "http://httpbin." + s.Near + ":8000", []string{"x", "http://httpbin." + s.Near}},
		{reader, "svc/httpbin", []string{"-n", s.Near, "frontend", "svc/h"}},
		{reader, s.Near, []string{"-n", s.Near[:len(s.Near)-1]}},
		{stranger, "deploy/", []string{"-n", s.Near, "deplo"}},
		{stranger, "", []string{"-n", s.Near, "deploy/"}},
		{stranger, "", []string{"-n", s.Near, "frontend", "http://"}},
	} {
		got, _ := completed(t, as(t, tt.user), tt.words...)
		if tt.want == "" && got != "" || !strings.Contains(" "+got+" ", tt.want) {
			t.Errorf("%s %q: %q, want %q", tt.user, tt.words, got, tt.want)
		}
	}
}

// slowest is what a completion may take of a crowd, on a machine that has more to do; the
// aim of docs/configuration.md is less.
const slowest = time.Second

// completesIn completes words in a crowd, and says how long it took.
func completesIn(t *testing.T, c scene.Crowd) {
	t.Helper()
	for name, words := range map[string][]string{
		"Pods of a namespace":             {"-n", c.Name + "-00", "pod/" + c.Name},
		"Pods, of which none is here":     {"pod/" + c.Name},
		"no Pod":                          {"pod/none"},
		"everything of a namespace":       {"-n", c.Name + "-00", ""},
		"Services of a namespace":         {"-n", c.Name + "-00", "x", "http://"},
		"Services, of which none is here": {"x", "http://" + c.Name},
		"namespaces":                      {"-n", c.Name},
		"a Pod in any namespace, by name": {"pod/" + c.Name + "-00017."},
	} {
		best := time.Hour
		for range 5 {
			_, took := completed(t, as(t, reader), words...)
			best = min(best, took)
		}
		t.Logf("%s: %v", name, best.Round(time.Millisecond))
		if best > slowest {
			t.Errorf("%s took %v", name, best)
		}
	}
}
