package tui

import (
	"fmt"
	"strings"
)

func (r *reach) view(m *Model, w, h int) string {
	lines := []string{r.heading(m, w), r.counted(m, w)}
	if r.problem != "" {
		lines = append(lines, m.theme.warning.Render(m.theme.cut(" ! "+r.problem, w)))
	}
	if r.typed || r.filter.Value() != "" {
		lines = append(lines, r.filtered(m, w))
	}
	r.top = len(lines)
	below := r.below(m, w, max(h/4, min(h/2, 12, h-r.top-len(r.table.shown)))) // the same for every row
	r.height = max(1, h-len(lines)-len(below))
	lines = append(lines, r.rows(m, w)...)
	for len(lines) < r.top+r.height {
		lines = append(lines, "")
	}
	return strings.Join(append(lines, below...), "\n")
}

// heading is the question in words.
func (r *reach) heading(m *Model, w int) string {
	text := "Who can reach " + r.question.Target
	if !r.who {
		text = "What " + r.question.Source + " can reach"
	}
	t, age := m.theme, r.age(m)
	return t.cut(" "+t.bold.Render(t.cut(t.clean(text), max(1, w-1-width(age))))+age, w)
}

// age says of when the rows are, where that may be past: they are not watched.
func (r *reach) age(m *Model) string {
	switch {
	case m.Watcher == nil || r.at.IsZero():
		return ""
	case r.reads != m.reads:
		return "  " + m.theme.warning.Render("old, as of "+r.at.Format("15:04:05")+": r asks again")
	}
	return "  " + m.theme.faint.Render("as of "+r.at.Format("15:04:05"))
}

// counted is how many rows there are by verdict. The verdict that is chosen stands in
// brackets.
func (r *reach) counted(m *Model, w int) string {
	t := m.theme
	all := "all " + thousands(len(r.table.lines))
	switch {
	case r.running:
		all += t.glyph(" …", " ...")
	case r.stopped:
		all += ", stopped"
	}
	parts := []string{chosen(r.table.only == everyVerdict, all)}
	for i, v := range verdicts {
		style, symbol, word := t.verdict(v)
		text := chosen(r.table.only == i, symbol+" "+strings.ToLower(word)+" "+thousands(r.table.counts[i]))
		if r.table.counts[i] == 0 {
			style = t.faint
		}
		parts = append(parts, style.Render(text))
	}
	return t.cut(strings.Join(parts, " "), w)
}

func chosen(is bool, text string) string {
	if is {
		return "[" + text + "]"
	}
	return " " + text + " "
}

// filtered is the filter, and how many rows it leaves.
func (r *reach) filtered(m *Model, w int) string {
	t := m.theme
	count := fmt.Sprintf("  %s of %s", thousands(len(r.table.shown)), thousands(len(r.table.lines)))
	if !r.typed {
		return t.cut(" / "+r.filter.Value()+t.faint.Render(count), w)
	}
	r.filter.SetWidth(max(1, w-5-width(count)))
	return " " + t.accent.Render("/ ") + r.filter.View() + t.faint.Render(count)
}

// rows are the table's.
func (r *reach) rows(m *Model, w int) []string {
	t := m.theme
	if len(r.table.shown) == 0 {
		return []string{"  " + t.faint.Render(t.cut(r.empty(t), w-2))}
	}
	name := min(r.table.widest, max(10, w-35)) // the summary stands below as well
	from, to := r.table.list.window(r.height)
	var out []string
	for i := from; i < min(to, len(r.table.shown)); i++ {
		l := r.table.lines[r.table.shown[i]]
		style, symbol, word := t.verdict(l.Verdict)
		text := style.Render(symbol+" "+t.pad(word, 12)) + " " + t.pad(l.name, name) + "  "
		text += t.faint.Render(t.cut(l.summary, w-2-width(text)))
		out = append(out, t.cut(t.marked(text, i == r.table.list.cursor, w), w))
	}
	return out
}

// empty says why there are no rows.
func (r *reach) empty(t *theme) string {
	switch {
	case len(r.table.lines) > 0:
		return "no row is like that"
	case r.running:
		return t.glyph("asking …", "asking ...")
	case r.stopped:
		return "stopped before the first answer"
	case r.problem != "":
		return "there is no answer"
	case r.who:
		return "nobody is in sight"
	}
	return "there is no Service to ask about"
}

// below is the selected row in full, h lines.
func (r *reach) below(m *Model, w, h int) []string {
	t := m.theme
	l, ok := r.table.selected()
	if !ok {
		return make([]string, h)
	}
	style, symbol, word := t.verdict(l.Verdict)
	out := []string{t.titled(l.name, w), " " + style.Render(symbol+" "+word)}
	for _, line := range t.wrap(l.summary, min(w-4, 120)) {
		out = append(out, "   "+line)
	}
	if len(out) > h {
		out = out[:h]
		out[h-1] = t.cut(out[h-1], w-6) + t.glyph(" …", " ...")
	}
	for len(out) < h {
		out = append(out, "")
	}
	return out
}
