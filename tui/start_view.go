package tui

import (
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
)

// twoLists is how wide the body must be for the list of the target to stand beside that
// of the field before it.
const twoLists = 120

// labelWidth is what the name of a field takes, with the marker before it.
const labelWidth = 13

func (s *start) view(m *Model, w, h int) string {
	var lines []string
	for i := range s.fields {
		lines = append(lines, s.line(m, i, w))
	}
	lines = append(lines, s.notes(m, w, max(1, min(3, h/5)))...)
	s.listTop = len(lines) + 1
	s.height = max(1, h-s.listTop)
	s.wide, s.beside = w, w >= twoLists
	if !s.beside {
		return strings.Join(append(lines, s.block(m, s.focus, w, h-len(lines))...), "\n")
	}
	s.wide = w / 2
	lists := m.theme.beside(s.block(m, min(s.focus, startSource), s.wide-1, h-len(lines)), s.wide-1, s.block(m, startTarget, w-s.wide, h-len(lines)), h-len(lines))
	return strings.Join(append(lines, lists...), "\n")
}

// line is a field: the one with the focus can be typed in.
func (s *start) line(m *Model, i, w int) string {
	t, f := m.theme, &s.fields[i]
	if i == s.focus {
		f.input.SetWidth(max(1, w-labelWidth-1))
		return t.accent.Render(t.pad(t.glyph("▸", ">")+" "+f.label, labelWidth)) + f.input.View()
	}
	text := t.cut(f.input.Value(), w-labelWidth)
	if text == "" {
		text = t.faint.Render(t.cut(f.hint, w-labelWidth))
	}
	return t.pad("  "+f.label, labelWidth) + text
}

// notes say what is not listed, in at most n lines each.
func (s *start) notes(m *Model, w, n int) []string {
	t := m.theme
	var out []string
	for _, text := range []string{s.note, s.unlisted} {
		lines := t.wrap(text, w-6)
		if len(lines) > n {
			lines = lines[:n]
			lines[n-1] += t.glyph(" …", "...")
		}
		for i, l := range lines {
			mark := "  "
			if i == 0 {
				mark = "! "
			}
			out = append(out, " "+t.warning.Render(mark+l))
		}
	}
	if s.unlisted != "" {
		out = append(out, "   A source and a target can be typed all the same.")
	}
	return out
}

// block is a list under its title, h lines of w columns.
func (s *start) block(m *Model, i, w, h int) []string {
	t, f := m.theme, &s.fields[i]
	lines := []string{t.titled(f.label+": "+f.of+"  "+s.counted(t, i), w)}
	f.list.resize(f.rows())
	from, to := f.list.window(h - 1)
	sought := lookedFor(f.text())
	for j := from; j < min(to, f.rows()); j++ {
		lines = append(lines, f.draw(t, f.row(j), sought, i == s.focus && j == f.list.cursor, w))
	}
	if f.rows() == 0 {
		empty := "nothing to pick is known"
		if s.listing > 0 {
			empty = t.glyph("listing …", "listing ...")
		}
		lines = append(lines, "  "+t.faint.Render(t.cut(empty, w-2)))
	}
	return lines
}

// saysWidth is the column for what else there is to know of a row.
const saysWidth = 18

// draw is one row.
func (f *startField) draw(t *theme, r startRow, sought string, selected bool, w int) string {
	room := max(1, w-2-saysWidth)
	text := t.cut(r.text, room-1)
	if r.choice != nil && !selected && text == r.text {
		text = emphasise(t.accent.Bold(true).Underline(true), r.text, sought, r.choice.skip)
	}
	style := t.faint
	if selected {
		style = lipgloss.NewStyle()
	}
	return t.cut(t.marked(t.pad(text, room)+styled(style, t.cut(r.says, saysWidth)), selected, w), w)
}

// counted says how many there are, and of how many: 12 of 10,340.
func (s *start) counted(t *theme, i int) string {
	f := &s.fields[i]
	out := thousands(len(f.search.all))
	if f.text() != "" {
		out = thousands(len(f.search.hits)) + " of " + out
	}
	if s.listing > 0 {
		out += t.glyph(" …", " ...")
	}
	return out
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
