package perform

import (
	"context"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// Settling is how long a controller has to put back what was applied.
const Settling = 3 * time.Second

// Performer writes to one cluster, and keeps records of it.
type Performer struct {
	Writer *apply.Writer
	Store  *history.Store
	// Intent is what the records say of where and by which command; the summary is the
	// candidate's title.
	Intent history.Intent
	// Renew reads the cluster anew.
	Renew func() (cluster.Reader, error)
	// Settling is how long it is watched whether a candidate stays.
	Settling time.Duration
}

// Stage is how far a candidate has come.
type Stage int

// The stages, in their order.
const (
	Proving  Stage = iota // once more, with what is there now
	Writing               // until its end nothing may be cut off without need
	Watching              // it is written, and may be put back
)

// Outcome is what became of a candidate.
type Outcome struct {
	// ID is the record's, empty if nothing was about to be written.
	ID string
	// Results are the changes that were written, or after a dry run would be; with an
	// error those before the one that failed.
	Results []apply.Result
	// Reverted are those that did not stay, and Unwatched is why that is not known.
	Reverted  []apply.Reverted
	Unwatched error
}

// Apply proves a candidate once more, writes it, and watches whether it stays. It tells of
// each stage that begins, with what has become of the candidate so far. A dry run ends
// before Watching. An error about an object is an *[apply.Error].
func (p *Performer) Apply(ctx context.Context, q diagnose.Question, c fix.Candidate, o apply.Options, tell func(Stage, Outcome)) (Outcome, error) {
	var out Outcome
	tell(Proving, out)
	reader, err := p.Renew()
	if err != nil {
		return out, err
	}
	if err := fix.Verify(ctx, reader, q, c); err != nil {
		return out, err
	}
	tell(Writing, out)
	in := p.Intent
	in.Summary = c.Title
	journal := p.Store.Journal(in)
	if o.DryRun == apply.DryRunNone {
		o.Journal = journal
	}
	out.Results, err = p.Writer.Apply(ctx, c.Changes, o)
	out.ID = journal.ID()
	if err != nil || o.DryRun != apply.DryRunNone {
		return out, err
	}
	tell(Watching, out)
	out.Reverted, out.Unwatched = p.Writer.Settle(ctx, out.Results, p.Settling)
	return out, nil
}

// Ask asks the question of the cluster as it is now.
func (p *Performer) Ask(ctx context.Context, q diagnose.Question) (*diagnose.Diagnosis, error) {
	reader, err := p.Renew()
	if err != nil {
		return nil, err
	}
	d, _, err := diagnose.Ask(ctx, reader, q)
	return d, err
}
