package e2e

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/tap"
)

// TestTrouble runs every command with everything that can go wrong on the way to the API
// server: the answer is the true one, or open, or an error in one line; it comes in time.
func TestTrouble(t *testing.T) {
	s := setScene(t, "trouble", "allow-frontend", "deny-path", "deny-shout")
	dir := faultFiles(t, s.Near, s.Far)
	truths := map[string]map[string]string{}
	for _, c := range troubledCommands(s.Near, s.Far, dir, dir) {
		a := runTroubled(t, cluster.Kubeconfig, dir, c.args)
		truth, ok := c.answer(t, dir, a)
		if !ok || len(truth) == 0 {
			t.Fatalf("%s has no answer without trouble: exit %d\n%s%s", c.name, a.Exit, a.Stdout, a.Stderr)
		}
		for about, verdict := range truth {
			if verdict == "Undetermined" || verdict == "" {
				t.Fatalf("%s is %q about %s without trouble\n%s%s", c.name, verdict, about, a.Stdout, a.Stderr)
			}
		}
		truths[c.name] = truth
	}
	var runs []*suffering
	for _, trouble := range troubles() {
		for _, c := range troubledCommands(s.Near, s.Far, dir, t.TempDir()) {
			runs = append(runs, &suffering{troubled: c, trouble: trouble, truth: truths[c.name]})
		}
	}
	// Most of the time is waiting, so many are waited for at once.
	var wait sync.WaitGroup
	next := make(chan *suffering)
	for range 6 {
		wait.Go(func() {
			for r := range next {
				r.run(t)
			}
		})
	}
	for _, r := range runs {
		next <- r
	}
	close(next)
	wait.Wait()
	for _, r := range runs {
		t.Run(r.trouble.name+"/"+r.name, r.check)
	}
}

// suffering is one command with one trouble.
type suffering struct {
	troubled
	trouble trouble
	truth   map[string]string
	got     plugin.Answer
	err     error
}

// run runs the program itself, which saves the time of kubectl.
func (s *suffering) run(t *testing.T) {
	var manners []tap.Manner
	if s.trouble.manners != nil {
		manners = s.trouble.manners()
	}
	proxy, err := tap.Open(cluster, manners...)
	if err != nil {
		s.err = err
		return
	}
	defer proxy.Close()
	home, err := os.MkdirTemp(t.TempDir(), "")
	if err == nil {
		err = proxy.WriteKubeconfig(filepath.Join(home, "config"), lab.Admin)
	}
	if s.err = err; err == nil {
		ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
		defer cancel()
		s.got, s.err = doctor.Run(ctx, filepath.Join(home, "config"), home, append(slices.Clone(s.args), s.trouble.flags...)...)
	}
}

// check holds what the command said against the truth.
func (s *suffering) check(t *testing.T) {
	if s.err != nil {
		t.Fatal(s.err)
	}
	a := s.got
	t.Logf("exit %d after %s\n%s", a.Exit, a.Took.Round(time.Millisecond), a.Stderr)
	if strings.Contains(a.Stderr, "panic") || strings.Contains(a.Stderr, "a bug:") || strings.Contains(a.Stderr, "goroutine ") {
		t.Errorf("it panics:\n%s", a.Stderr)
	}
	if a.Took > patience {
		t.Errorf("the answer took %s", a.Took)
	}
	got, answered := s.answer(t, filepath.Dir(s.args[len(s.args)-1]), a)
	if !answered {
		if s.trouble.harmless || a.Exit != exitError {
			t.Errorf("no answer: exit %d\n%s%s", a.Exit, a.Stdout, a.Stderr)
		}
		oneErrorLine(t, a)
		return
	}
	for about, verdict := range got {
		if verdict != s.truth[about] && verdict != "Undetermined" {
			t.Errorf("%s: %q, and the truth is %q\n%s%s", about, verdict, s.truth[about], a.Stdout, a.Stderr)
		}
	}
	if maps.Equal(got, s.truth) {
		return
	}
	if s.trouble.harmless {
		t.Errorf("got %v, want %v\n%s", got, s.truth, a.Stderr)
	}
	if told := a.Stdout + a.Stderr; !s.silent && !slices.ContainsFunc([]string{"note: ", "error: ", "Undetermined", "UNSURE"}, func(w string) bool { return strings.Contains(told, w) }) {
		t.Errorf("nothing tells that this is not all: got %v, want %v\n%s", got, s.truth, told)
	}
}

func runTroubled(t *testing.T, kubeconfig, home string, args []string) plugin.Answer {
	t.Helper()
	a, err := doctor.Run(t.Context(), kubeconfig, home, args...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
