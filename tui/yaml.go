package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// source is the YAML of an object, with the lines of a field marked.
type source struct {
	of       *Answer
	about    about
	text     string
	n        int     // how many lines it has
	w        int     // for which rows were made
	rows     []yline // of text, as they are shown
	from, to int     // the marked lines, from 1
	part     bool    // only a part of the field's path is there
	problem  string  // why there is nothing to show
	lines    list    // the cursor is a line
	above    int     // how many lines stand between the title and the first one
}

// yline is a line as it is shown; one that is too long goes on in others without a number.
type yline struct {
	number int // from 1
	goesOn bool
	text   string
}

// show takes an object; what is shown already stays where it was scrolled to.
func (y *source) show(m *Model, a about) {
	if y.of == m.answer && y.about == a {
		return
	}
	fresh, same, text := y.of != m.answer || a.String() != y.about.String(), a == y.about, y.text
	y.of, y.about = m.answer, a
	if fresh {
		y.read(m.theme, m.answer.Snapshot)
	}
	if same && text == y.text {
		return // read anew, and as it was
	}
	from, to, whole := cluster.Lines(y.text, a.field)
	y.from, y.to, y.part = from, to, !whole
	if from > 0 || fresh {
		y.look(max(1, from))
	}
}

// look goes to a line, and leaves some above it in sight.
func (y *source) look(line int) {
	y.lines.resize(len(y.rows))
	y.lines.to(max(0, slices.IndexFunc(y.rows, func(l yline) bool { return l.number == line })))
	y.lines.top = max(0, y.lines.cursor-3)
}

// read takes the object's text.
func (y *source) read(t *theme, s *cluster.Snapshot) {
	y.text, y.problem = "", ""
	switch item, ok := y.about.find(s); {
	case y.about.none():
		y.problem = "this line is about no object"
	case !ok:
		y.problem = t.clean(y.about.String()) + " is not among the objects that were read"
	default:
		y.text = fix.YAML(item.Raw)
	}
	y.n = strings.Count(y.text, "\n")
	y.cut(t, y.w)
}

// cut puts the text in rows of at most w columns.
func (y *source) cut(t *theme, w int) {
	y.w, y.rows = w, nil
	if w <= 0 {
		w = 1 << 20 // until it is seen
	}
	number := 0
	for l := range strings.Lines(y.text) {
		number++
		for i, part := range strings.Split(ansi.Hardwrap(t.clean(strings.TrimRight(l, "\n")), w, true), "\n") {
			y.rows = append(y.rows, yline{number, i > 0, part})
		}
	}
	y.lines.resize(len(y.rows))
}

// title names the object and the field.
func (y *source) title(t *theme) string {
	title := t.clean(y.about.String())
	if y.about.field != "" {
		title += "  " + t.clean(y.about.field)
	}
	return title
}

// view draws it under its title in h lines of w columns.
func (y *source) view(m *Model, w, h int, focused bool) []string {
	t := m.theme
	head := t.titled(y.title(t), w)
	if focused {
		head = t.accent.Render(heavy(t, ansi.Strip(head)))
	}
	out := []string{head}
	if y.problem != "" {
		return append(out, indented(t.wrap(y.problem, w-4), 2)...)
	}
	if y.about.field != "" && y.part {
		out = append(out, "  "+t.warning.Render(t.cut("the field is not set; what it would be in is marked", w-4)))
	}
	if room := w - len(strconv.Itoa(y.n)) - 4; room != y.w {
		line := y.line()
		y.cut(t, max(1, room))
		y.look(line)
	}
	y.above = len(out) - 1
	from, to := y.lines.window(h - len(out))
	for i := from; i < to && i < len(y.rows); i++ {
		out = append(out, y.draw(t, i, w, focused && i == y.lines.cursor))
	}
	return out
}

// line is the number of the line that the cursor is on.
func (y *source) line() int {
	if y.lines.cursor >= len(y.rows) {
		return 1
	}
	return y.rows[y.lines.cursor].number
}

// draw draws one row: its mark, its number, and what stands there.
func (y *source) draw(t *theme, i, w int, selected bool) string {
	l := y.rows[i]
	number := fmt.Sprintf("%*d", len(strconv.Itoa(y.n)), l.number)
	if l.goesOn {
		number = strings.Repeat(" ", len(number))
	}
	decides, text := y.from > 0 && l.number >= y.from && l.number <= y.to, l.text
	switch {
	case selected && decides:
		return t.deciding.Render(t.glyph("▌", ">")) + " " + t.selected.Render(t.pad(number+" "+text, w-3))
	case selected:
		return "  " + t.selected.Render(t.pad(number+" "+text, w-3))
	case decides:
		return t.deciding.Render(t.glyph("▌", ">")+" "+number) + " " + t.deciding.Render(text)
	}
	return "  " + t.faint.Render(number) + " " + text
}

// stripped is s without its styles.
func stripped(s string) string { return ansi.Strip(s) }

// heavy is a line across with a title in it as it is drawn where the keys go. The title
// stays as it is.
func heavy(t *theme, line string) string {
	title := strings.Trim(line, t.rule())
	before, after, _ := strings.Cut(line, title)
	return strings.ReplaceAll(before, t.rule(), t.frame(true).across) + title + strings.ReplaceAll(after, t.rule(), t.frame(true).across)
}
