package perform

import (
	"context"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// PlanUndo looks up what taking a fix back comes to: the latest of the cluster, unless
// there is an ID. Nothing is changed in the cluster.
func (p *Performer) PlanUndo(ctx context.Context, id string) (*history.Undo, []apply.Result, error) {
	u, err := p.Store.PlanUndo(ctx, p.Writer, id)
	if err != nil {
		return nil, nil, err
	}
	plan, err := p.Writer.Apply(ctx, u.Changes, apply.Options{DryRun: apply.DryRunClient})
	return u, plan, err
}

// Undo does what was planned. The outcome's results are what was undone; with an error
// those before the one that failed.
func (p *Performer) Undo(ctx context.Context, u *history.Undo, o apply.Options) (Outcome, error) {
	id, results, err := p.Store.Undo(ctx, p.Writer, u, p.Intent, o)
	return Outcome{ID: id, Results: results}, err
}
