package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// teller makes rows of what a View says. Its strings are clean, but not plain.
type teller struct {
	t      *theme
	read   *cluster.Snapshot
	rows   []row
	helped bool // what would help was told
}

// tell makes the rows: on what the verdict depends, what there is to say of the selected
// stage, and of the whole.
func (s *way) tell(m *Model) (rows []row, own int) {
	w := &teller{t: m.theme, read: m.answer.Snapshot}
	v := m.answer.View
	if s.zoom {
		w.whole(v, s.answer(m))
	}
	if a := s.answer(m); a != nil {
		w.conditions(*a)
	}
	w.listed("What would settle it", v.Missing)
	if h, st := s.chosen(m); h != nil {
		if st != nil {
			w.stage(*st, func() {
				if s.own == nil { // it decides: what would help is about it
					w.help(v)
				}
			})
		}
		own = len(w.rows)
		w.hop(*h, s.pod(m))
	}
	if a := s.answer(m); a != nil {
		w.answer(*a)
	}
	w.found(v)
	return w.rows, own
}

// add adds a row; nothing if it says nothing.
func (w *teller) add(r row) {
	if r.symbol+r.text == "" && len(r.more) == 0 {
		return
	}
	r.symbol, r.text, r.tail = w.t.clean(r.symbol), w.t.clean(r.text), w.t.clean(r.tail)
	for i := range r.more {
		r.more[i].name, r.more[i].words = w.t.clean(r.more[i].name), w.t.clean(r.more[i].words)
	}
	w.rows = append(w.rows, r)
}

// say adds a plain row.
func (w *teller) say(level int, text string) { w.add(row{level: level, text: text}) }

// title begins a section.
func (w *teller) title(text string) {
	w.add(row{text: text, style: w.t.bold})
}

// listed is a section of plain rows; nothing without any.
func (w *teller) listed(title string, all []string) {
	if len(all) == 0 {
		return
	}
	w.title(title)
	for _, s := range all {
		w.say(1, s)
	}
}

// remarks are rows of their own.
func (w *teller) remarks(level int, all []report.Remark, about about) {
	for _, r := range all {
		w.add(row{level: level, symbol: r.Kind + ":", mark: w.t.faint, text: r.Words, about: about})
	}
}

// facts are data beside their names.
func (w *teller) facts(level int, all []report.Fact) {
	col := 0
	for _, f := range all {
		if f.Words != "" {
			col = max(col, width(f.Name))
		}
	}
	for _, f := range all {
		if f.Words != "" {
			w.add(row{level: level, symbol: f.Name + strings.Repeat(" ", col-width(f.Name)+1), mark: w.t.faint, text: f.Words})
		}
	}
}

// stage tells what a stage says: the rule that lacks least first, then what more calls for,
// then all of it.
func (w *teller) stage(st report.StageView, more func()) {
	kinds := kindsOf(st.Name)
	style, symbol, word := w.t.look(st.Look)
	about := about{}
	if st.Policy != "" {
		about = locate(w.read, st.Policy, st.Field, kinds...)
	}
	w.add(row{symbol: symbol + " " + word + " ", mark: style, text: st.Says, about: about})
	if st.Policy != "" || st.Field != "" {
		w.add(row{level: 1, text: join2(st.Policy, st.Field), style: w.t.accent, about: about})
	}
	for _, n := range st.Notes {
		w.remarks(1, []report.Remark{{Kind: "note", Words: n}}, about)
	}
	w.near(st, kinds)
	more()
	if len(st.Policies) > 0 {
		w.title("Policies, rule by rule")
	}
	for _, p := range st.Policies {
		w.policy(p, kinds)
	}
	if st.Network != nil {
		w.network(*st.Network, kinds)
	}
}

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

// join2 joins what is not empty.
func join2(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "  " + b
}

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
