package tui

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// whole tells the verdict and its cause without leaving anything out.
func (w *teller) whole(v report.View, a *report.AnswerView) {
	style, symbol, word := w.t.look(v.Look)
	w.add(row{symbol: symbol + " " + word + " ", mark: style, text: v.Title, style: w.t.bold})
	w.say(1, v.Summary)
	w.seen(v.Symptom)
	if a != nil && (a.Whose+a.Summary+a.Symptom != "" || a.Look != v.Look) {
		style, symbol, word = w.t.look(a.Look)
		w.add(row{symbol: symbol + " " + word + " ", mark: style, text: a.Whose})
		w.say(1, a.Summary)
		w.seen(a.Symptom)
	}
	w.say(0, " ")
}

func (w *teller) seen(symptom string) {
	if symptom != "" {
		w.add(row{level: 1, symbol: "The client sees:", mark: w.t.faint, text: symptom})
	}
}

// hop tells of a station of the way.
func (w *teller) hop(h report.HopView, pod about) {
	title := h.Number + " " + h.Role + " " + h.Name
	style, symbol, word := w.t.look(h.Look)
	w.add(row{text: title, style: w.t.bold, about: pod})
	w.add(row{level: 1, symbol: symbol + " " + word + " ", mark: style, text: h.Says, tail: h.Finding, code: h.Finding, about: pod})
	w.facts(1, h.Facts)
	for _, n := range h.Notes {
		w.remarks(1, []report.Remark{{Kind: "note", Words: n}}, pod)
	}
	if len(h.Skipped) > 0 {
		w.add(row{level: 1, text: "Policies that do not apply here"})
	}
	for _, s := range h.Skipped {
		w.add(row{
			level: 2, text: s.Policy, style: w.t.accent, more: []part{{words: s.Action + ", " + s.Reason + ": " + s.Words}},
			about: aboutOf(s.Policy, "", cluster.AuthorizationPolicies.Kind),
		})
	}
}

// conditions tell on what an answer depends, and what would settle it.
func (w *teller) conditions(a report.AnswerView) {
	for _, c := range a.Conditions {
		w.title(c.Heading)
		for i, alt := range c.Alternatives {
			or := ""
			if i > 0 {
				or = "or "
			}
			w.say(1, or+alt)
		}
	}
	w.listed("What would settle it", a.Missing)
}

// answer tells how the answer comes about and when it holds.
func (w *teller) answer(a report.AnswerView) {
	if len(a.Chain) > 0 {
		w.title("How it comes about")
	}
	for _, l := range a.Chain {
		r := row{level: 1, symbol: l.Number + ".", mark: w.t.faint, text: l.Says, tail: l.Code, code: l.Code, about: aboutOf(l.Object, l.Field, "")}
		if where := join2(l.Object, l.Field); where != "" {
			r.more = []part{{words: where, style: w.t.accent}}
		}
		w.add(r)
	}
	w.facts(0, []report.Fact{{Name: "decided by", Words: a.DecidedBy}, {Name: "if", Words: a.Given}, {Name: "share of the requests", Words: a.Share}})
	if a.Whose != "" || len(a.Sources) > 1 || len(a.Endpoints) > 1 {
		w.listed("Who asks", a.Sources)
		w.listed("Who answers", a.Endpoints)
		return
	}
	w.facts(0, []report.Fact{{Name: "who asks", Words: strings.Join(a.Sources, ", ")}, {Name: "who answers", Words: strings.Join(a.Endpoints, ", ")}})
}

// found tells what is said of the whole: findings with what would help, and what was
// not read.
func (w *teller) found(v report.View) {
	if len(v.Findings) > 0 {
		w.title("Findings")
	}
	for _, f := range v.Findings {
		r := row{level: 1, symbol: f.Code + " ", mark: w.t.bold, text: f.Title + " (" + f.Severity + ")", code: f.Code}
		for _, o := range f.Objects {
			if a := locate(w.read, o, f.Field, policyKinds...); r.about.none() && !a.none() {
				r.about = a
			}
		}
		w.add(r)
		w.add(row{level: 2, text: f.Message, code: f.Code, about: r.about})
		if where := strings.Join(append(f.Objects, nonEmpty(f.Field)...), "  "); where != "" {
			w.add(row{level: 2, text: where, style: w.t.accent, code: f.Code, about: r.about})
		}
	}
	w.help(v)
	if len(v.Unread) > 0 {
		w.title("Not read")
	}
	for _, u := range v.Unread {
		name := strings.Trim(u.Namespace+"/"+u.Name, "/")
		w.add(row{level: 1, text: join2(u.Resource, name), more: []part{{name: u.Reason, words: u.Message, style: w.t.warning}}})
	}
	w.listed("Notes", v.Notes)
	w.title("The question")
	w.facts(1, append(v.Question[:len(v.Question):len(v.Question)], report.Fact{Name: "read from", Words: v.Origin}))
}

// help tells what would help, once.
func (w *teller) help(v report.View) {
	if w.helped || len(v.Help) == 0 {
		return
	}
	w.helped = true
	w.title("What would help")
	for _, h := range v.Help {
		w.add(row{level: 1, symbol: h.Letter, mark: w.t.faint, text: h.Words, tail: h.Code, code: h.Code})
	}
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
