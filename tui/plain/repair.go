package plain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// applied is what was written and can be taken back.
type applied struct{ id, title string }

// propose looks for repairs of the answer, once.
func (d *dialogue) propose(ctx context.Context) error {
	switch {
	case d.proposal != nil:
		return nil
	case d.Fixer == nil:
		return errors.New("nothing proposes repairs here")
	}
	d.say("Looking for what would let it through, and proving it.")
	p, err := d.Fixer.Propose(ctx, d.question)
	if err != nil {
		return err
	}
	d.proposal = p
	return nil
}

// fix says the candidates, or all of one.
func (d *dialogue) fix(ctx context.Context, arg string) error {
	if err := d.propose(ctx); err != nil {
		return err
	}
	if arg != "" {
		c, err := d.candidate(arg)
		if err != nil {
			return err
		}
		d.sayCandidate(c)
		return nil
	}
	if len(d.proposal.Candidates) == 0 {
		d.say("Nothing is proposed: %s.", d.proposal.Why)
		return nil
	}
	for _, c := range d.proposal.Candidates {
		d.say("%s  %s. It %s.", c.ID, c.Title, c.Radius())
	}
	d.say("fix LETTER says all of one%s.", d.applyHint())
	return nil
}

func (d *dialogue) applyHint() string {
	switch {
	case d.ReadOnly:
		return ""
	case d.Writer == nil:
		return "; none can be applied here: " + d.WhyNot
	}
	return "; apply LETTER applies it"
}

func (d *dialogue) candidate(letter string) (fix.Candidate, error) {
	var ids []string
	for _, c := range d.proposal.Candidates {
		if strings.EqualFold(c.ID, letter) {
			return c, nil
		}
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return fix.Candidate{}, fmt.Errorf("nothing is proposed: %s", d.proposal.Why)
	}
	return fix.Candidate{}, fmt.Errorf("there is no %s: want %s", letter, strings.Join(ids, ", "))
}

// sayCandidate says all of a candidate.
func (d *dialogue) sayCandidate(c fix.Candidate) {
	d.say("%s  %s.", c.ID, c.Title)
	for _, f := range c.Facts() {
		d.say("%s: %s", f.Name, f.Words)
	}
	for _, change := range c.Changes {
		d.say("It would %s %s:", change.Verb(), change.Object())
		d.show(fix.Diff(change))
	}
}

// writable says why nothing can be written.
func (d *dialogue) writable() error {
	if d.Writer == nil {
		return errors.New(cmp.Or(d.WhyNot, "nothing can be written here"))
	}
	return nil
}

// apply applies a candidate after asking, and asks the question again.
func (d *dialogue) apply(ctx context.Context, arg string) error {
	if err := d.writable(); err != nil {
		return err
	}
	if err := d.propose(ctx); err != nil {
		return err
	}
	c, err := d.candidate(arg)
	if err != nil {
		return err
	}
	d.sayCandidate(c)
	word := "apply"
	if c.Plain() {
		word = "y"
	}
	if err := d.confirm(ctx, "Apply it to "+d.Origin+"?", word); err != nil {
		return err
	}
	out, err := d.Writer.Apply(ctx, d.question, c, func(s tui.Stage) { d.say("%s ...", s) })
	d.sayApplied(out)
	if out.ID != "" {
		d.applied = append(d.applied, applied{out.ID, c.Title})
		d.say("undo takes it back.")
	}
	if err != nil && out.ID == "" {
		return err
	}
	if err != nil { // some of it is there, or may be: what was proposed is of the past
		d.say("Not done as a whole: %s", err)
	}
	return d.again(ctx, "")
}

// confirm wants a word typed.
func (d *dialogue) confirm(ctx context.Context, question, word string) error {
	typed, err := d.read(ctx, d.clean(question)+" Type "+word+" to do it: ")
	if err != nil {
		return err
	}
	if typed != word {
		return errors.New("it was not confirmed, and nothing was written")
	}
	return nil
}

func (d *dialogue) sayApplied(a tui.Applied) {
	for _, w := range a.Written {
		d.say("Written: %s", w)
	}
	if a.Uncertain {
		d.say("Whether the last of it was written is not known: the answer of the server got lost.")
	}
	for _, n := range a.Notes {
		d.say("Note: %s", n)
	}
	for _, r := range a.Reverted {
		d.say("It did not stay: %s", r)
	}
}

// undo takes back what was applied last, after asking.
func (d *dialogue) undo(ctx context.Context, _ string) error {
	if err := d.writable(); err != nil {
		return err
	}
	if len(d.applied) == 0 {
		return errors.New("nothing was applied in this session")
	}
	last := d.applied[len(d.applied)-1]
	plan, err := d.Writer.PlanUndo(ctx, last.id)
	if err != nil {
		return err
	}
	d.say("It takes back: %s.", cmp.Or(plan.Title, last.title))
	for _, a := range plan.Already {
		d.say("Nothing to do: %s", a)
	}
	if len(plan.Does) == 0 { // somebody has done it already
		d.applied = d.applied[:len(d.applied)-1]
		d.say("There is nothing to take back any more.")
		return nil
	}
	d.show(strings.Join(plan.Does, "\n"))
	if err := d.confirm(ctx, "Take it back?", "y"); err != nil {
		return err
	}
	out, err := d.Writer.Undo(ctx, last.id)
	d.sayApplied(out)
	if err != nil {
		return err
	}
	d.applied = d.applied[:len(d.applied)-1]
	return d.again(ctx, "")
}
