package plain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// fields are those of a question, and how each is set.
var fields = []struct {
	name string
	set  func(q *tui.Question, value string)
	say  func(q tui.Question) string
}{
	{"source", func(q *tui.Question, v string) { q.Source = v }, func(q tui.Question) string { return q.Source }},
	{"target", func(q *tui.Question, v string) { q.Target = v }, func(q tui.Question) string { return q.Target }},
	{"port", func(q *tui.Question, v string) { q.Target = tui.WithPort(q.Target, v) }, func(tui.Question) string { return "" }},
	{"namespace", func(q *tui.Question, v string) { q.Namespace = v }, func(q tui.Question) string { return q.Namespace }},
	{"method", func(q *tui.Question, v string) { q.Method = v }, func(q tui.Question) string { return q.Method }},
	{"path", func(q *tui.Question, v string) { q.Path = v }, func(q tui.Question) string { return q.Path }},
	{"host", func(q *tui.Question, v string) { q.Host = v }, func(q tui.Question) string { return q.Host }},
	{"header", func(q *tui.Question, v string) { q.Headers = more(q.Headers, v) }, func(q tui.Question) string { return strings.Join(q.Headers, ", ") }},
	{"claim", func(q *tui.Question, v string) { q.Claims = more(q.Claims, v) }, func(q tui.Question) string { return strings.Join(q.Claims, ", ") }},
	{"token", func(q *tui.Question, v string) { q.Token, q.HasToken = v, false }, sayToken},
	{"source-ip", func(q *tui.Question, v string) { q.SourceIP = v }, func(q tui.Question) string { return q.SourceIP }},
	{"sni", func(q *tui.Question, v string) { q.SNI = v }, func(q tui.Question) string { return q.SNI }},
	{"exact", func(q *tui.Question, v string) { q.Exact = v != "" && v != "no" && v != "false" }, func(q tui.Question) string {
		if q.Exact {
			return "yes: the request holds nothing else"
		}
		return ""
	}},
}

// more adds NAME=VALUE to those of other names; nothing clears them all.
func more(words []string, v string) []string {
	if v == "" {
		return nil
	}
	name, _, _ := strings.Cut(v, "=")
	out := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, name+"=") })
	return append(out, v)
}

func sayToken(q tui.Question) string {
	if q.HasToken {
		return "one that was given"
	}
	return q.Token
}

func fieldNames() string {
	var out []string
	for _, f := range fields {
		out = append(out, f.name)
	}
	return strings.Join(out, ", ")
}

func isField(s string) bool {
	name, _, _ := strings.Cut(s, "=")
	return slices.ContainsFunc(strings.Split(fieldNames(), ", "), func(f string) bool { return f == strings.TrimSpace(name) })
}

// change sets a field, and asks.
func (d *dialogue) change(ctx context.Context, arg string) error {
	name, value, ok := strings.Cut(arg, "=")
	name, value = strings.TrimSpace(name), strings.TrimSpace(value)
	if !ok || name == "" {
		return fmt.Errorf("say FIELD=VALUE; the fields are %s", fieldNames())
	}
	for _, f := range fields {
		if f.name != name {
			continue
		}
		q := d.question
		f.set(&q, value)
		return d.askOther(ctx, q)
	}
	return fmt.Errorf("there is no field %q: the fields are %s", name, fieldNames())
}

// askOther asks another question. If it has no answer the one before stands.
func (d *dialogue) askOther(ctx context.Context, q tui.Question) error {
	before := d.question
	d.question = q
	if err := d.ask(ctx, d.brief); err != nil {
		d.question = before
		return err
	}
	return nil
}

// sayQuestion says each field that has something.
func (d *dialogue) sayQuestion(context.Context, string) error {
	for _, f := range fields {
		if v := f.say(d.question); v != "" {
			d.say("%s: %s", f.name, v)
		}
	}
	return nil
}

// conditions lists what the answer depends on, or sets one of them.
func (d *dialogue) conditions(ctx context.Context, arg string) error {
	if d.answer == nil {
		return errNoAnswer
	}
	all := tui.Conditions(d.answer)
	switch {
	case len(all) == 0:
		d.say("The answer depends on nothing that is left open.")
		return nil
	case arg == "":
		for i, c := range all {
			d.say("%d  %s if %s", i+1, c.Verdict, c.Words())
		}
		d.say("conditions NUMBER sets what one of them asks for.")
		return nil
	}
	i, err := choose(arg, len(all))
	if err != nil {
		return err
	}
	q, not := tui.Meet(d.answer.Question, all[i])
	for _, n := range not {
		d.say("Not set: %s", n)
	}
	return d.askOther(ctx, q)
}

// anew asks for another question. Whoever goes back has the one before.
func (d *dialogue) anew(ctx context.Context, _ string) error {
	before := d.question
	d.question = tui.Question{Base: before.Base, Namespace: before.Namespace}
	d.question.Base.Request.Token = ""
	err := d.begin(ctx)
	if !errors.Is(err, errBack) {
		return err
	}
	d.question = before
	return d.sayQuestion(ctx, "")
}

// recent lists the questions that were asked before, or asks one of them.
func (d *dialogue) recent(ctx context.Context, arg string) error {
	var all []tui.Question
	if d.Recent != nil {
		all = d.Recent.List()
	}
	all = all[:min(most, len(all))]
	switch {
	case len(all) == 0:
		return errors.New("no questions were kept")
	case arg == "":
		for i, q := range all {
			line, _ := tui.CommandLine(q.Args())
			d.say("%d  %s", i+1, line)
		}
		d.say("recent NUMBER asks one of them.")
		return nil
	}
	i, err := choose(arg, len(all))
	if err != nil {
		return err
	}
	return d.askOther(ctx, all[i])
}
