package tui

import (
	"strings"

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
				if s.own == nil && st.Key != "allowed" { // it decides: what would help is about it
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

// join2 joins what is not empty.
func join2(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "  " + b
}
