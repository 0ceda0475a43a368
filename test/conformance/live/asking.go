package live

import (
	"context"
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/clusters"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/compare"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
)

// asking is a question and what came of it.
type asking struct {
	compare.Outcome
	question clusters.Question
	calls    []facts.Call
	each     [][]facts.Way       // of each call
	ways     []facts.Way         // of all
	answer   *diagnose.Diagnosis // nil if the plugin gave none
}

// question asks both one thing.
func question(ctx context.Context, w *facts.World, s *diagnose.Session, q clusters.Question) (asking, error) {
	out := asking{question: q}
	var err error
	if out.calls, err = calls(w, q); err != nil {
		return out, err
	}
	for _, c := range out.calls {
		ways := w.Ways(c)
		out.each, out.ways = append(out.each, ways), append(out.ways, ways...)
	}
	d, err := s.Ask(ctx, asked(w, q))
	if err != nil {
		out.Outcome = compare.Failed(err)
		return out, nil //nolint:nilerr // that it fails is what came of it
	}
	out.Outcome, out.answer = compare.Compare(out.ways, d), d
	return out, nil
}

func (r *run) count(c clusters.Cluster, a asking, file string) {
	r.out.Requests++
	if r.Facts {
		fmt.Fprintf(r.Log, "%s: %s\n%s", c.Name, a.question, facts.Words(a.ways))
	}
	if a.Open != "" {
		r.out.LeftOut["open: "+a.Open]++
	}
	for k, n := range a.Same {
		r.out.Decisions[k] += n
	}
	for k, n := range a.Silent {
		r.out.LeftOut["not said: "+k] += n
	}
	for _, d := range a.Differs {
		words := fmt.Sprintf("%s: %s: %s", file, a.question, d)
		r.out.Mismatches = append(r.out.Mismatches, words)
		fmt.Fprintf(r.Log, "MISMATCH %s: %s\n", r.out.Name, words)
	}
}
