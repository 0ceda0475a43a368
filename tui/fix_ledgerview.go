package tui

import (
	"errors"

	"charm.land/lipgloss/v2"
)

// lines tell all of it; did is what it is called when the writing is done.
func (l *ledger) lines(m *Model, did string, w int) []string {
	t := m.theme
	var out []string
	for i, s := range l.stages {
		last := i == len(l.stages)-1
		mark, style := t.glyph("√", "+"), t.allowed
		switch {
		case last && l.running:
			mark, style = t.glyph("·", "-"), t.faint
		case last && l.err != nil:
			mark, style = t.glyph("×", "x"), t.denied
		}
		text := t.clean(string(s))
		if last && l.running {
			text += t.clean(" …")
		}
		for j, line := range t.wrap(text, max(1, w-4)) {
			if j > 0 {
				mark = " "
			}
			out = append(out, " "+style.Render(mark)+" "+line)
		}
	}
	return append(out, l.end(m, did, w)...)
}

// end tells how it ended.
func (l *ledger) end(m *Model, did string, w int) []string {
	if !l.ended {
		return nil
	}
	t := m.theme
	var out []string
	if len(l.stages) > 0 {
		out = []string{""}
	}
	add := func(name, text string, warn bool) {
		style := lipgloss.NewStyle()
		if warn {
			style = t.warning
		}
		for _, line := range t.fact(name, t.clean(text), style, w-1) {
			out = append(out, " "+line)
		}
	}
	switch {
	case l.err != nil && l.gaveUp && !l.wrote():
		add("", "Given up: nothing was written.", false)
	case l.err != nil:
		add("failed", l.err.Error(), true)
		out = append(out, l.detail(t, w)...)
	}
	for _, done := range l.applied.Written {
		add(did, done, false)
	}
	for _, r := range l.applied.Reverted {
		add("warning", r, true)
	}
	for _, n := range l.applied.Notes {
		add("note", n, false)
	}
	return out
}

// detail is what an error has no room for in a line: what somebody else has changed, or
// the whole answer of a webhook.
func (l *ledger) detail(t *theme, w int) []string {
	var d interface{ Detail() string }
	if !errors.As(l.err, &d) {
		return nil
	}
	var out []string
	for _, line := range t.signed(d.Detail(), max(1, w-factColumn-1)) {
		out = append(out, t.pad("", factColumn+1)+line)
	}
	return out
}

// verdict is the answer after it, as it is now; ok is false as long as there is none.
func (l *ledger) verdict(m *Model, w int) (line string, ok bool) {
	t := m.theme
	switch {
	case !l.asked:
		return "", false
	case m.asking != 0:
		return t.faint.Render(t.clean(" asking again …")), false
	case m.problem != "" || m.answer == nil:
		return t.cut(" "+t.warning.Render("asking again: "+m.problem), w), false
	}
	d := m.answer.Diagnosis.Status
	return t.verdictLine(d.Verdict, d.Title, w), true
}
