package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Writer is a [tui.Writer] for a cluster.
type Writer struct {
	performer perform.Performer
	command   []string
	now       func() time.Time
}

// NewWriter returns a Writer. Command is how the tool is called; the records of what is
// applied hold it, with the question.
func NewWriter(p *perform.Performer, command []string, now func() time.Time) *Writer {
	return &Writer{*p, command, now}
}

// performing is the performer of one command, which its record names.
func (w *Writer) performing(words ...string) *perform.Performer {
	p := w.performer
	p.Intent.Command = slices.Concat(w.command, []string{"fix"}, words)
	return &p
}

var stages = map[perform.Stage]tui.Stage{perform.Proving: tui.Proving, perform.Writing: tui.Writing, perform.Watching: tui.Watching}

// Apply applies a candidate.
func (w *Writer) Apply(ctx context.Context, q tui.Question, c fix.Candidate, stage func(tui.Stage)) (tui.Applied, error) {
	question, err := q.Parse()
	if err != nil {
		return tui.Applied{}, err
	}
	question.Now = w.now()
	p := w.performing(append(q.Args(), "--pick", c.ID, "--apply")...)
	out, err := p.Apply(ctx, question, c, apply.Options{}, func(at perform.Stage, _ perform.Outcome) { stage(stages[at]) })
	applied := told(out, err)
	if out.Unwatched != nil {
		applied.Notes = append(applied.Notes, "whether it stays could not be watched: "+out.Unwatched.Error())
	}
	for _, r := range out.Reverted {
		applied.Reverted = append(applied.Reverted, r.String())
	}
	return applied, err
}

// told is an outcome as it is shown.
func told(out perform.Outcome, err error) tui.Applied {
	a := tui.Applied{ID: out.ID}
	for _, r := range out.Results {
		a.Written = append(a.Written, r.Verb+" "+r.String())
		a.Notes = append(a.Notes, r.Notes...)
		for line := range strings.Lines(apply.Lines(r.Altered)) {
			a.Notes = append(a.Notes, "the server stores it otherwise: "+strings.TrimSuffix(line, "\n"))
		}
	}
	var e *apply.Error
	a.Uncertain = errors.As(err, &e) && e.Uncertain
	if err != nil && len(a.Written) == 0 && !a.Uncertain {
		a.ID = "" // of what was not written there is nothing to take back
	}
	return a
}

// PlanUndo looks up what taking a fix back comes to.
func (w *Writer) PlanUndo(ctx context.Context, id string) (tui.UndoPlan, error) {
	u, plan, err := w.performer.PlanUndo(ctx, id)
	if err != nil {
		return tui.UndoPlan{}, err
	}
	out := tui.UndoPlan{ID: u.Record.ID, Title: u.Record.Summary, Already: u.Already}
	for _, r := range plan {
		out.Does = append(out.Does, r.Verb+" "+r.String())
		for line := range strings.Lines(apply.Lines(r.Fields)) {
			out.Does = append(out.Does, "  "+strings.TrimSuffix(line, "\n"))
		}
	}
	return out, nil
}

// Undo takes a fix back.
func (w *Writer) Undo(ctx context.Context, id string) (tui.Applied, error) {
	p := w.performing("undo", id)
	u, _, err := p.PlanUndo(ctx, id)
	if err != nil {
		return tui.Applied{}, err
	}
	out, err := p.Undo(ctx, u, apply.Options{})
	return told(out, err), err
}
