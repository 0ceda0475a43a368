package tui

import (
	"fmt"
	"net/url"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// view is the verdict of the question as it stands, and the form below.
func (c *change) view(m *Model, w, h int) string {
	left := w
	if w >= wide { // what the stage says stands beside
		left = w - m.theme.columns(w) - 1
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
	for i := from; i < to && i < n; i++ {
		for _, l := range lines[i] {
			out, c.areas = append(out, l), append(c.areas, i)
		}
	}
	out = out[:min(len(out), h)]
	if s := m.wayBelow(); left < w && s != nil && m.answer != nil {
		focus := s.focus
		s.focus = yamlPane // the keys move nothing in it
		beside := s.detailLines(m, m.theme.columns(w), h-top+1, top)
		s.focus = focus
		out = append(out[:top-1:top-1], m.theme.beside(out[top-1:], left, beside, h-top+1)...)
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
	for _, s := range m.stack {
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

// value is what a field holds, or, faintly, what it means that it holds nothing.
func (c *change) value(m *Model, f *formField, selected bool, w int) string {
	t := m.theme
	if f.kind == exactField {
		says := "no: what is not given is not known"
		if f.yes {
			says = "yes: there is nothing else in the request"
		}
		if selected {
			says += t.faint.Render("  space changes it")
		}
		return t.cut(says, w)
	}
	nothing := t.clean(c.nothing(f))
	if !selected {
		f.input.Blur()
		if f.input.Value() == "" {
			return t.faint.Render(t.cut(nothing, w))
		}
		return t.cut(t.clean(f.input.Value()), w)
	}
	if f.input.Value() == "" {
		if hint := hints[f.kind]; hint != "" {
			nothing += "  " + hint
		}
		return t.cut(t.selected.Render(" ")+" "+t.faint.Render(nothing), w)
	}
	if v := f.input.Value(); t.clean(v) != v { // not as it was typed
		return ansi.TruncateLeft(t.clean(v), max(0, width(t.clean(v))-w+1), "") + t.selected.Render(" ")
	}
	f.input.Focus()
	f.input.SetWidth(max(1, w-1))
	f.input.SetCursor(f.input.Position()) // it looks for the part that is to be seen
	return t.pad(f.input.View(), w)
}

// hints say what one types.
var hints = map[fieldKind]string{
	methodField: "GET", pathField: "/path?query", hostField: "HOST[:PORT]", headerField: "NAME=VALUE", claimField: "NAME=VALUE, of the token",
	tokenField: "the name of a file that holds it", sourceIPField: "203.0.113.7", sniField: "the name that TLS asks for",
}

// nothing says what stands for a field that is empty.
func (c *change) nothing(f *formField) string {
	q := Question{}
	exact := false
	for i := range c.fields {
		switch c.fields[i].kind {
		case targetField:
			q.Target = c.fields[i].input.Value()
		case exactField:
			exact = c.fields[i].yes
		default:
		}
	}
	u, err := url.Parse(q.Target)
	if err != nil || u.Host == "" {
		u = &url.URL{}
	}
	switch f.kind {
	case sourceField, targetField:
		return "[TYPE/]NAME[.NAMESPACE]"
	case portField:
		return "as the scheme or the Service says"
	case pathField:
		if u.Host != "" {
			return fmt.Sprintf("%s, of the target", nonBlank(u.RequestURI()))
		}
	case hostField:
		if u.Host != "" {
			return u.Host + ", of the target"
		}
	case tokenField:
		if f.given {
			return "(given)"
		}
	case methodField, headerField, claimField, sourceIPField, sniField, exactField:
	}
	if !exact {
		return "unknown"
	}
	if f.kind == methodField {
		return "GET"
	}
	return "none"
}

func nonBlank(s string) string {
	if s == "" {
		return "/"
	}
	return s
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
