package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// near tells the rules that lack least with all that they lack, or else what matters
// most of a stage that does not allow.
func (w *teller) near(st report.StageView, kinds []string) {
	if len(st.Near) == 0 {
		w.reasons(st, kinds)
		return
	}
	w.title("Nearest to a match, the rule that lacks least first")
	for _, n := range st.Near {
		policy, rule, _ := strings.Cut(n.Rule, "  ")
		fields := append(lacking(st.Policies, n.Rule), n.Fields...)
		name := row{level: 1, text: n.Rule, style: w.t.bold, about: locate(w.read, policy, rule, kinds...)}
		if len(fields) == 0 {
			name.more = []part{{name: "lacks", words: n.Lacks}}
		}
		w.add(name)
		for _, f := range fields {
			w.field(2, f, policy, kinds, true)
		}
	}
}

// lacking are the fields of a rule that do not hold.
func lacking(policies []report.PolicyView, name string) []report.FieldView {
	var out []report.FieldView
	for _, p := range policies {
		for _, r := range p.Rules {
			if p.Name+"  "+r.Name != name {
				continue
			}
			for _, f := range r.Fields {
				if f.Lead != "yes" {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// reasons tells what matters most of a stage that does not allow.
func (w *teller) reasons(st report.StageView, kinds []string) {
	if len(st.Reasons) > 0 {
		w.title("What decides")
	}
	lead := func(c report.ReasonView) string { return leadOf(st.Policies, c.Policy, c.Field) }
	all := slices.Clone(st.Reasons)
	if st.Key != "denied" { // what holds already is no reason to wait
		holds := func(c report.ReasonView) bool { return lead(c) == "yes" }
		all = append(slices.DeleteFunc(slices.Clone(all), holds), slices.DeleteFunc(all, func(c report.ReasonView) bool { return !holds(c) })...)
	}
	for _, c := range all {
		r := row{level: 1, text: join2(c.Policy, c.Field), about: locate(w.read, c.Policy, c.Field, kinds...)}
		if l := lead(c); l != "" {
			symbol, mark := w.truth(l, true)
			if l == "yes" && st.Key == "denied" {
				mark = w.t.deciding // of what denies that it matches
			}
			r.symbol, r.mark = symbol+" "+l+" ", mark
		}
		if c.Wanted != "" || c.Got != "" {
			r.more = append(r.more, w.wanted(c.Wanted), w.got(c.Got))
		}
		if c.Says != "" {
			r.more = append(r.more, part{words: c.Says})
		}
		for _, s := range c.Remarks {
			r.more = append(r.more, part{words: s})
		}
		w.add(r)
	}
	if st.More != "" {
		w.say(1, st.More)
	}
}

// leadOf says what came of a field of a policy; empty if that is not told.
func leadOf(policies []report.PolicyView, policy, field string) string {
	for _, p := range policies {
		for _, r := range p.Rules {
			for _, f := range r.Fields {
				if p.Name == policy && f.Field == field {
					return f.Lead
				}
			}
		}
	}
	return ""
}

func (w *teller) wanted(s string) part { return part{name: "wanted", words: s, style: w.t.accent} }
func (w *teller) got(s string) part    { return part{name: "got", words: s, style: w.t.bold} }

// truth is the sign of what came of a rule or field.
func (w *teller) truth(word string, matters bool) (symbol string, style lipgloss.Style) {
	switch word {
	case "yes":
		return w.t.glyph("√", "+"), lipgloss.NewStyle()
	case "no", "lacks":
		if matters {
			return w.t.glyph("×", "x"), w.t.deciding
		}
		return w.t.glyph("×", "x"), w.t.faint
	case "depends":
		return "~", w.t.conditional
	}
	return "?", w.t.undetermined
}
