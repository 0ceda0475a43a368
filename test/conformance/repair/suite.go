package repair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
)

// Options are of the suite.
type Options struct {
	Seed uint64
	// Cases is how many denials are repaired.
	Cases int
	// Candidates is how many of each proposal Envoy runs; 0: all.
	Candidates int
	// Thought is how many requests around what the policies say each candidate is held
	// against, Sent how many of all Envoy is sent.
	Thought, Sent int
	Log           io.Writer
}

// batch is how many worlds one Envoy has.
const batch = 50

// least is of how many cases in a hundred the first candidate has to be confirmed.
const least = 98

// run is the suite while it runs.
type run struct {
	Options
	lab    *envoy.Lab
	result *suite.Result
	dir    string // for the cases that fail
	// What of the result is about repairs.
	proposals, effects map[string]int
	denied, confirmed  int
}

// Suite runs it. The files of cases that fail are kept.
func Suite(ctx context.Context, lab *envoy.Lab, o Options) (*suite.Result, error) {
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.MkdirTemp("", "authz-doctor-fix-")
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, lab: lab, result: suite.NewResult("fix"), dir: dir, proposals: map[string]int{}, effects: map[string]int{}}
	r.result.Tables = []suite.Table{
		{Title: "First candidates of fix", Unit: "cases", Counts: r.proposals},
		{Title: "Effects of fix", Unit: "number", Counts: r.effects},
	}
	source := r.attempts(ctx)
	for r.denied < o.Cases {
		var some []*attempt
		for len(some) < batch && r.denied+len(some) < o.Cases {
			a := source()
			switch {
			case a.err != nil:
				return nil, fmt.Errorf("world %d: %w", a.n, a.err)
			case a.leftOut != "":
				r.result.LeftOut[a.leftOut]++
			case a.Case != nil:
				some = append(some, &a)
			}
		}
		if err := r.batch(ctx, some); err != nil {
			return nil, err
		}
		fmt.Fprintf(o.Log, "fix: %d of %d cases, %d confirmed, after %s\n", r.denied, o.Cases, r.confirmed, time.Since(began).Round(time.Second))
	}
	if r.confirmed*100 < r.denied*least {
		r.result.Mismatches = append(r.result.Mismatches, fmt.Sprintf("only %d of %d denials got a repair that Envoy confirms", r.confirmed, r.denied))
	}
	r.result.Took = time.Since(began)
	if len(r.result.Mismatches) == 0 {
		return r.result, os.RemoveAll(dir)
	}
	return r.result, nil
}

// worldAt is the world of the n-th draw: by turns one that drills a field and one that is
// drawn whole, as long as there are fields to drill.
func worldAt(n uint64) uint64 {
	switch drills := random.Drills(); {
	case n >= 2*drills:
		return n
	case n%2 == 0:
		return n / 2
	default:
		return drills + n/2
	}
}

// attempt is a case and what is proposed for it.
type attempt struct {
	*Case    // nil if the world has none
	proposal *fix.Proposal
	n        uint64
	leftOut  string // why there is nothing to repair
	err      error
}

// ahead is how many attempts are made before they are asked for.
const ahead = 2 * batch

// attempts returns what gives one attempt after the other. They are made beforehand, as
// many at once as there are processors, until ctx ends.
func (r *run) attempts(ctx context.Context) func() attempt {
	queue := make(chan chan attempt, ahead)
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	go func() {
		for n := uint64(0); ctx.Err() == nil; n++ {
			out := make(chan attempt, 1)
			select {
			case <-ctx.Done():
				return
			case queue <- out:
			}
			slots <- struct{}{}
			go func() {
				out <- r.attempt(ctx, worldAt(n))
				<-slots
			}()
		}
	}()
	return func() attempt {
		select {
		case <-ctx.Done():
			return attempt{err: context.Cause(ctx)}
		case a := <-queue:
			return <-a
		}
	}
}

// attempt draws a case and proposes.
func (r *run) attempt(ctx context.Context, n uint64) attempt {
	out := attempt{n: n}
	c, err := Draw(r.Seed, n)
	if c == nil || err != nil {
		out.err = err
		return out
	}
	reader, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(c.Manifest), "")
	if err != nil {
		out.err = err
		return out
	}
	out.proposal, out.err = fix.Propose(ctx, reader, c.Question)
	if out.err != nil {
		return out
	}
	if v := out.proposal.Diagnosis.Status.Verdict; v != diagnose.Denied {
		out.leftOut = "the question is " + v.String()
		return out
	}
	out.Case = c
	return out
}

// batch puts attempts before Envoys: what is, then each candidate.
func (r *run) batch(ctx context.Context, some []*attempt) error {
	some, err := r.denials(ctx, some)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		var trials []*test
		for _, a := range some {
			if i >= len(a.proposal.Candidates) || r.Candidates > 0 && i >= r.Candidates {
				continue
			}
			t, err := r.test(a, i)
			switch {
			case errors.Is(err, errElsewhere):
				r.result.LeftOut[err.Error()]++
			case err != nil:
				return err
			default:
				trials = append(trials, t)
			}
		}
		if len(trials) == 0 {
			return nil
		}
		if err := r.ask(ctx, trials); err != nil {
			return err
		}
	}
}
