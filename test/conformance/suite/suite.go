// Package suite runs worlds through evaluator and proxy, and reports.
package suite

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/regression"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/shrink"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Result is what came of a suite.
type Result struct {
	Name      string
	Worlds    int
	Requests  int
	Decisions map[string]int // by verdict, stage and dialect
	LeftOut   map[string]int // by what the proxy did instead
	// Mismatches are in words; Files are where the first of each kind went.
	Mismatches []string
	Files      []string
	Took       time.Duration
	// Facts says that what was compared are facts and not verdicts.
	Facts bool
	// Tables are what else there is to tell.
	Tables []Table
}

// Table counts things.
type Table struct {
	Title, Unit string
	Counts      map[string]int
}

// Decided is how many verdicts were compared.
func (r *Result) Decided() int {
	sum := 0
	for _, n := range r.Decisions {
		sum += n
	}
	return sum
}

// Runner runs suites against one lab.
type Runner struct {
	Lab   *envoy.Lab
	Tally tally.Tally
	Log   io.Writer
	// Regressions is the directory for what the two differ on.
	Regressions string

	shrunk map[string]bool // kinds of mismatch
}

// NewResult returns an empty one.
func NewResult(name string) *Result {
	return &Result{Name: name, Decisions: map[string]int{}, LeftOut: map[string]int{}}
}

// batch is how many worlds one proxy has.
const batch = 50

// Random runs worlds from a seed until so many verdicts were compared.
func (r *Runner) Random(ctx context.Context, seed uint64, decisions, requests int) (*Result, error) {
	out := NewResult("envoy")
	began := time.Now()
	for n := uint64(0); out.Decided() < decisions; n += batch {
		var trials []envoy.Trial
		for i := n; i < n+batch; i++ {
			w, s := random.World(seed, i)
			trials = append(trials, envoy.Trial{World: w, Requests: random.Requests(s, w, requests)})
		}
		if err := r.Run(ctx, out, trials); err != nil {
			return nil, err
		}
		if n%1000 == 0 {
			fmt.Fprintf(r.Log, "%s: %d of %d decisions after %s\n", out.Name, out.Decided(), decisions, time.Since(began).Round(time.Second))
		}
	}
	out.Took = time.Since(began)
	return out, nil
}

// Worlds runs given worlds.
func (r *Runner) Worlds(ctx context.Context, name string, seed uint64, worlds []*trial.World, requests int) (*Result, error) {
	out := NewResult(name)
	began := time.Now()
	var trials []envoy.Trial
	for i, w := range worlds {
		trials = append(trials, envoy.Trial{World: w, Requests: random.Requests(random.New(seed, uint64(i)), w, requests)})
	}
	err := r.Run(ctx, out, trials)
	out.Took = time.Since(began)
	return out, err
}

// Run asks one proxy about trials and compares.
func (r *Runner) Run(ctx context.Context, out *Result, trials []envoy.Trial) error {
	answers, err := r.Lab.Ask(ctx, trials)
	if err != nil {
		return err
	}
	for i, t := range trials {
		out.Worlds++
		judge, counter := trial.NewJudge(t.World), r.Tally.In(t.World)
		for j := range t.Requests {
			out.Requests++
			f := judge.Compare(&t.Requests[j], answers[i][j])
			switch {
			case f.LeftOut != "":
				out.LeftOut[f.LeftOut]++
				continue
			case f.Mismatch != "":
				if err := r.mismatch(ctx, out, shrink.Case{World: t.World, Request: t.Requests[j]}, f, answers[i][j]); err != nil {
					return err
				}
			default:
				counter.Count(&f)
			}
			out.Decisions[answers[i][j].Verdict.String()+" "+f.Seen.Dialect.String()]++
		}
	}
	return nil
}

// mismatch notes a difference; the first of each kind is made small and kept.
func (r *Runner) mismatch(ctx context.Context, out *Result, c shrink.Case, f trial.Finding, a trial.Answer) error {
	words := "world " + c.World.Name + ": " + f.Mismatch
	out.Mismatches = append(out.Mismatches, words)
	fmt.Fprintf(r.Log, "MISMATCH %s: %s\n", out.Name, words)
	kind := out.Name + " " + f.Seen.Dialect.String() + " " + f.Decision.Verdict.String() + f.Decision.Stage.String() + a.Verdict.String() + a.Stage.String()
	if r.shrunk == nil {
		r.shrunk = map[string]bool{}
	}
	if r.shrunk[kind] || r.Regressions == "" {
		return nil
	}
	r.shrunk[kind] = true
	s, err := shrink.Shrink(ctx, r.Lab, c)
	if err != nil {
		return err
	}
	if s.Finding.Mismatch == "" {
		fmt.Fprintf(r.Log, "asked again, Envoy agrees\n")
		return nil
	}
	comment := strings.Join([]string{"Found by the conformance suite. What differed then:", s.Finding.Mismatch}, "\n")
	file, err := regression.Write(r.Regressions, comment, s.World, &s.Request, s.Answer)
	if err != nil {
		return err
	}
	out.Files = append(out.Files, file)
	fmt.Fprintf(r.Log, "kept as %s\n", file)
	return nil
}
