package fix

import (
	"context"
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Verify proves a candidate once more, with what r reads now. The error says that it
// does not help any more, with what stands in the way, or that it is not needed.
func Verify(ctx context.Context, r cluster.Reader, q diagnose.Question, c Candidate) error {
	e := &engine{base: cluster.NewCache(r), question: q}
	now, _, err := e.ask(ctx, nil, q)
	if err != nil {
		return err
	}
	if now.Status.Verdict == diagnose.Allowed {
		return fmt.Errorf("it is allowed by now: nothing was applied")
	}
	then, _, err := e.ask(ctx, draft{changes: c.Changes, simulated: c.simulated}.edits(), q)
	switch {
	case err != nil:
		return err
	case then.Status.Verdict != diagnose.Allowed:
		return fmt.Errorf("the cluster has changed, and the candidate does not help any more: nothing was applied: %s", then.Status.Summary)
	}
	return nil
}
