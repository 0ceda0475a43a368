package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

var errNoAnswer = errors.New("there is no answer yet: say change, or new")

// ask answers the question as it stands, in words that say says.
func (d *dialogue) ask(ctx context.Context, say func() error) error {
	a, err := d.Asker.Ask(ctx, d.question)
	if err != nil {
		return err
	}
	d.answer, d.proposal, d.rows = a, nil, nil
	if d.Recent != nil {
		d.Recent.Add(a.Question)
	}
	d.live.follow(ctx, d.Watcher, a.Snapshot)
	return say()
}

// brief says what the answer is and why, to somebody who has heard the whole of another.
func (d *dialogue) brief() error {
	v := d.answer.View
	d.say("%s  %s", v.Word, v.Title)
	d.say("%s", v.Summary)
	if v.Symptom != "" {
		d.say("The client sees: %s", v.Symptom)
	}
	return nil
}

// whole says all that decides.
func (d *dialogue) whole() error { return d.report(false) }

// again reads everything anew.
func (d *dialogue) again(ctx context.Context, _ string) error {
	d.Asker.Renew()
	changes := d.live.forget()
	answered := false
	err := d.ask(ctx, func() error { answered = true; return d.brief() })
	if !answered { // then the answer that stands still does not know them
		d.live.remember(changes)
	}
	return err
}

func (d *dialogue) text(full bool) report.TextOptions {
	return report.TextOptions{Width: d.width(), Color: d.look.Color, ASCII: d.ASCII, Full: full}
}

// sayAnswer prints the report.
func (d *dialogue) sayAnswer(context.Context, string) error { return d.whole() }

// details prints all of it.
func (d *dialogue) details(context.Context, string) error { return d.report(true) }

func (d *dialogue) report(full bool) error {
	if d.answer == nil {
		return errNoAnswer
	}
	fmt.Fprintln(d.out)
	if err := report.Text(d.out, d.answer.Diagnosis, d.text(full)); err != nil {
		return err
	}
	fmt.Fprintln(d.out)
	return nil
}

// explain prints the page of a finding, or lists those of the answer.
func (d *dialogue) explain(_ context.Context, arg string) error {
	if arg != "" {
		page, ok := docs.Finding(strings.ToUpper(arg))
		if !ok {
			return fmt.Errorf("there is no finding %s", arg)
		}
		d.show(page)
		return nil
	}
	if d.answer == nil {
		return errNoAnswer
	}
	if len(d.answer.View.Findings) == 0 {
		d.say("The answer has no findings.")
	}
	for _, f := range d.answer.View.Findings {
		d.say("%s  %s, %s: %s", f.Code, f.Title, f.Severity, f.Message)
	}
	return nil
}

// yaml prints an object that was read, or lists them.
func (d *dialogue) yaml(_ context.Context, arg string) error {
	if d.answer == nil {
		return errNoAnswer
	}
	items := slices.DeleteFunc(d.answer.Snapshot.Items(), func(i cluster.Item) bool { return i.Resource == cluster.APIGroups })
	if arg == "" {
		for i, item := range items {
			d.say("%d  %s", i+1, nameOf(item))
		}
		d.say("yaml NUMBER prints one of them.")
		return nil
	}
	for _, item := range items {
		if strings.EqualFold(nameOf(item), arg) {
			d.show(fix.YAML(item.Raw))
			return nil
		}
	}
	i, err := choose(arg, len(items))
	if err != nil {
		return fmt.Errorf("no object %q was read: yaml lists them", arg)
	}
	d.say("%s", nameOf(items[i]))
	d.show(fix.YAML(items[i].Raw))
	return nil
}

// nameOf is an object as reports name it: AuthorizationPolicy default/allow-frontend.
func nameOf(i cluster.Item) string {
	name := i.Object.GetName()
	if ns := i.Object.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return i.Resource.Kind + " " + name
}
