package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// who says who can reach the target.
func (d *dialogue) who(ctx context.Context, _ string) error {
	q := d.question
	q.Source = diagnose.Everyone
	d.say("Asking about everybody in sight.")
	return d.reach(ctx, q, func(r tui.ReachRow) string { return r.Source })
}

// what says what the source can reach.
func (d *dialogue) what(ctx context.Context, _ string) error {
	q := d.question
	q.Target = ""
	d.say("Asking about every Service in sight.")
	return d.reach(ctx, q, func(r tui.ReachRow) string { return r.Target })
}

// verdicts are in the order in which they are said.
var verdicts = []diagnose.Verdict{diagnose.Allowed, diagnose.Conditional, diagnose.Undetermined, diagnose.Denied}

// reach asks about many, and says them by verdict, each with a number.
func (d *dialogue) reach(ctx context.Context, q tui.Question, name func(tui.ReachRow) string) error {
	var rows []tui.ReachRow
	err := d.Asker.Reach(ctx, q, func(page []tui.ReachRow) { rows = append(rows, page...) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	slices.SortStableFunc(rows, func(a, b tui.ReachRow) int {
		return slices.Index(verdicts, a.Verdict) - slices.Index(verdicts, b.Verdict)
	})
	d.rows = rows
	for i, r := range rows {
		if i == 0 || rows[i-1].Verdict != r.Verdict {
			n := len(slices.DeleteFunc(slices.Clone(rows), func(o tui.ReachRow) bool { return o.Verdict != r.Verdict }))
			d.say("%s: %d.", strings.ToUpper(r.Verdict.String()), n)
		}
		d.say("%d  %s: %s", i+1, name(r), r.Summary)
	}
	if len(rows) == 0 {
		d.say("There is nothing to ask about.")
	} else {
		d.say("ask NUMBER asks one of these questions.")
	}
	return err
}

// askRow asks the question of a row.
func (d *dialogue) askRow(ctx context.Context, arg string) error {
	if len(d.rows) == 0 {
		return errors.New("say who or what before")
	}
	i, err := choose(arg, len(d.rows))
	if err != nil {
		return err
	}
	r := d.rows[i]
	if r.Whoever {
		return fmt.Errorf("%s is nobody in particular: it cannot be asked about", r.Source)
	}
	q := d.question
	q.Source, q.Target = r.Source, r.Target
	rows := d.rows
	err = d.askOther(ctx, q)
	d.rows = rows // the next one of them can be asked about
	return err
}
