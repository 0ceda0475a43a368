package tui

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// policy tells what came of a policy, rule by rule and field by field.
func (w *teller) policy(p report.PolicyView, kinds []string) {
	its := locate(w.read, p.Name, "", kinds...)
	w.add(row{level: 1, text: p.Name, style: w.t.bold, more: []part{{words: strings.Join(p.Facts, ", ")}}, about: its})
	w.remarks(2, p.Remarks, its)
	for _, r := range p.Rules {
		its.field = r.Name
		symbol, mark := w.truth(r.Matches, false)
		w.add(row{level: 2, symbol: symbol, mark: mark, text: r.Name, more: []part{{name: "matches:", words: r.Matches}}, about: its})
		w.remarks(3, r.Remarks, its)
		if r.Every {
			w.add(row{level: 3, text: "no fields: every request", about: its})
		}
		for _, f := range r.Fields {
			w.field(3, f, p.Name, kinds, false)
		}
	}
}

// field tells what a field wanted and what it got. Matters says that it is part of why
// the request does not pass.
func (w *teller) field(level int, f report.FieldView, policy string, kinds []string, matters bool) {
	symbol, mark := w.truth(f.Lead, matters)
	r := row{level: level, symbol: symbol + " " + f.Lead + " ", mark: mark, text: f.Field, about: locate(w.read, policy, f.Field, kinds...)}
	r.more = []part{w.wanted(f.Wanted), w.got(f.Got)}
	for _, k := range f.Remarks {
		r.more = append(r.more, part{name: k.Kind + ":", words: k.Words, style: w.t.warning})
	}
	w.add(r)
}

// network tells what the NetworkPolicies of one end say.
func (w *teller) network(n report.NetworkView, kinds []string) {
	w.title("NetworkPolicies: " + n.Says)
	for _, c := range n.Chosen {
		policy, field, _ := strings.Cut(c.Words, "  ")
		w.add(row{level: 1, text: c.Kind, style: w.t.faint, more: []part{{words: c.Words}}, about: locate(w.read, policy, field, kinds...)})
	}
	for _, f := range n.Near {
		policy, field, _ := strings.Cut(f.Field, "  ")
		symbol, mark := w.truth(f.Lead, true)
		w.add(row{
			level: 1, symbol: symbol + " " + f.Lead + " ", mark: mark, text: f.Field,
			more: []part{w.wanted(f.Wanted), w.got(f.Got)}, about: locate(w.read, policy, field, kinds...),
		})
	}
	w.remarks(1, n.Remarks, about{})
}
