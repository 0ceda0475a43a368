package tui

import (
	"fmt"
	"strings"
)

// below draws the detail in h lines, and the YAML beside it where there is room.
func (s *way) below(m *Model, w, h, top int) []string {
	if h <= 0 {
		return nil
	}
	left := m.theme.columns(w)
	out := s.detailLines(m, left, h, top)
	if left == w {
		return out
	}
	s.source.show(m, s.object(m))
	right := w - left - 1
	s.areas.yaml = area{x: left + 1, y: top, w: right, h: h - 1}
	return m.theme.beside(out, left, s.source.view(m, right, h, s.focus == yamlPane), h)
}

// detailLines are the title and the rows in sight.
func (s *way) detailLines(m *Model, w, h, top int) []string {
	t, d := m.theme, &s.detail
	out := []string{s.detailTitle(m, w)}
	if d.typing {
		d.input.SetWidth(max(1, w-8))
		out = append(out, " "+t.pad(d.input.View(), w-2))
	}
	s.areas.detail = area{y: top + len(out), w: w, h: h - len(out)}
	from, _ := d.rows.windowOf(h-len(out), func(i int) int { return len(d.in(d.shown[i])) })
	for i := from; i < len(d.shown) && len(out) < h; i++ {
		for j, l := range d.in(d.shown[i]) {
			if len(out) == h {
				break
			}
			s.areas.rows = append(s.areas.rows, i)
			out = append(out, s.rowLine(t, l, i == d.rows.cursor, j == 0, w-1))
		}
	}
	if len(d.shown) == 0 {
		out = append(out, "  "+t.faint.Render("nothing holds "+t.clean(d.filter)+"; esc shows all"))
	}
	return out
}

// rowLine marks the selected row: reversed where the keys move it.
func (s *way) rowLine(t *theme, l string, selected, first bool, w int) string {
	switch {
	case !selected:
		return "  " + l
	case s.focus != yamlPane && first:
		return t.marked(l, true, w)
	case s.focus != yamlPane:
		return t.selected.Render(t.pad("  "+stripped(l), w))
	case first:
		return t.glyph("▸ ", "> ") + l
	}
	return "  " + l
}

// detailTitle names what the rows are about, in full if there is room, and where one is.
func (s *way) detailTitle(m *Model, w int) string {
	t := m.theme
	title := "what was found"
	if h, st := s.chosen(m); h != nil {
		title = h.Number + " " + t.clean(h.Name)
		if st != nil && st.Name != h.Name {
			title += "  " + t.clean(st.Name)
		}
	}
	where := fmt.Sprintf("%d/%d", min(s.detail.rows.cursor+1, len(s.detail.shown)), len(s.detail.shown))
	if f := s.detail.filter; f != "" && !s.detail.typing {
		where = "/" + t.clean(f) + "  " + where
	}
	where = t.cut(where, w/3)
	rule := t.frame(s.focus == detailPane).across // heavy where the keys go
	line := rule + " " + t.cut(title, max(0, w-width(where)-8)) + " "
	line += strings.Repeat(rule, max(0, w-width(line)-width(where)-3)) + " " + where + " " + rule
	if s.focus != detailPane {
		return t.faint.Render(t.cut(line, w))
	}
	return t.accent.Render(t.cut(line, w))
}
