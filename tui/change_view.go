package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// view is the verdict of the question as it stands, and the form below.
func (c *change) view(m *Model, w, h int) string {
	t, left := m.theme, w
	if w >= wide { // what the stage says stands beside
		left = w - t.columns(w) - 1
	}
	out := c.top(m, w, h, left)
	c.areas = make([]int, len(out))
	for i := range c.areas {
		c.areas[i] = -1
	}
	top := len(out)
	room := h - top
	n := len(c.fields) + len(c.picks.all)
	c.rows.resize(n)
	lines := make([][]string, n)
	for i := range n {
		lines[i] = c.line(m, i, left)
	}
	from, to := c.rows.windowOf(room, func(i int) int { return len(lines[i]) })
	if to-from < n { // the conditions may be what is not in sight
		out[top-1] = t.titled(fmt.Sprintf("the question  %d-%d of %d, down shows more", from+1, min(to, n), n), left)
	}
	for i := from; i < to && i < n; i++ {
		for _, l := range lines[i] {
			out, c.areas = append(out, l), append(c.areas, i)
		}
	}
	out = out[:min(len(out), h)]
	if s := m.wayBelow(); left < w && s != nil && m.answer != nil {
		focus := s.focus
		s.focus = yamlPane // the keys move nothing in it
		beside := s.detailLines(m, t.columns(w), h-top+1, top)
		s.focus = focus
		out = append(out[:top-1:top-1], t.beside(out[top-1:], left, beside, h-top+1)...)
	}
	return strings.Join(out, "\n")
}

// top is the verdict with its cause, and the way where there is room.
func (c *change) top(m *Model, w, h, left int) []string {
	t := m.theme
	var out []string
	if s := m.wayBelow(); s != nil && m.answer != nil {
		s.ready(m)
		out = s.head(m, w, min(h, 15))
		if h >= roomy {
			out = append(out, s.boxes(m, w, h, 0)...)
		}
	}
	if c.err != "" || c.due {
		out = append(out, " "+t.warning.Render(t.cut("this is the answer to the question as it was before", w-2)))
	}
	if m.problem != "" && c.err == "" && c.blame(m.problem) < 0 {
		for _, l := range t.shorten(t.wrap(t.glyph("‼", "!")+" "+t.clean(m.problem), w-2), 2, w-2, t.glyph(" …", " ...")) {
			out = append(out, " "+t.warning.Render(l))
		}
	}
	return append(out, t.titled("the question", left))
}

// wayBelow is the answer's screen under the others.
func (m *Model) wayBelow() *way {
	for _, s := range slices.Backward(m.stack) {
		if w, ok := s.(*way); ok {
			return w
		}
	}
	return nil
}

// line draws a field, with what is wrong with it below, or a condition.
func (c *change) line(m *Model, i, w int) []string {
	t := m.theme
	selected := i == c.rows.cursor
	lead := "  "
	if selected {
		lead = t.accent.Render(t.glyph("▸", ">")) + " "
	}
	if i >= len(c.fields) {
		return c.conditionLines(m, i-len(c.fields), w, selected)
	}
	f := &c.fields[i]
	name := t.pad(f.name, 11)
	if selected {
		name = t.bold.Render(name)
	}
	out := []string{lead + name + c.value(m, f, selected, w-14)}
	wrong, err := c.wrong, c.err
	if err == "" && m.problem != "" {
		err = t.clean(m.problem)
		wrong = c.blame(err)
	}
	if wrong != i || err == "" {
		return out
	}
	for j, l := range t.wrap(err, w-17) {
		sign := "  "
		if j == 0 {
			sign = t.glyph("‼", "!") + " "
		}
		out = append(out, strings.Repeat(" ", 13)+t.warning.Render(sign+l))
	}
	return out
}

// conditionLines draw what the answer depends on, under a title where it is the first.
func (c *change) conditionLines(m *Model, i, w int, selected bool) []string {
	t := m.theme
	cond := c.picks.all[i]
	style, symbol, word := t.verdict(cond.Verdict)
	var out []string
	if i == 0 {
		depends := "what it depended on"
		if m.answer != nil && m.answer.Diagnosis.Status.Verdict == diagnose.Conditional {
			depends = "what it depends on"
		}
		out = append(out, t.titled(depends+"; enter sets what a line asks for", w))
	}
	text := style.Render(symbol+" "+word) + " if "
	for j, l := range t.wrap(t.clean(cond.Words()), max(10, w-width(text)-4)) {
		lead := strings.Repeat(" ", width(text))
		if j == 0 {
			lead = text
		}
		if selected && j > 0 {
			out = append(out, t.selected.Render(t.pad("  "+lead+l, w)))
			continue
		}
		out = append(out, t.marked(lead+l, selected, w))
	}
	return out
}

func (c *change) click(_ *Model, _, y int) tea.Cmd {
	if y < len(c.areas) && c.areas[y] >= 0 {
		c.rows.to(c.areas[y])
	}
	return nil
}
