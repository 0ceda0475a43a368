package tui

import (
	"fmt"
	"strings"
)

// sideBySide is from how many columns on the detail stands beside the list.
const sideBySide = 120

func (s *repairs) view(m *Model, w, h int) string {
	t := m.theme
	head := s.head(m, w)
	body := h - len(head)
	switch {
	case s.candidate() == nil:
		return strings.Join(append(head, s.without(m, w)...), "\n")
	case s.zoomed:
		s.rows, s.split = nil, 0
		return strings.Join(append(head, s.pane(m, w, body)...), "\n")
	case w >= sideBySide:
		s.from, s.split = len(head), min(80, w*2/5)
		left := s.candidates(m, s.split-1, body, 3)
		right := s.pane(m, w-s.split-1, body)
		return strings.Join(append(head, t.beside(left, s.split, right, body)...), "\n")
	}
	s.from, s.split = len(head), 0
	left := s.candidates(m, w, max(2, body*2/5), 1)
	return strings.Join(append(append(head, left...), s.pane(m, w, body-len(left))...), "\n")
}

// head is the question, with the verdict that is to be changed.
func (s *repairs) head(m *Model, w int) []string {
	t := m.theme
	if s.proposal == nil || s.proposal.Diagnosis == nil {
		return []string{t.cut(" "+t.clean(s.question.Source+" → "+s.question.Target), w), ""}
	}
	d := s.proposal.Diagnosis.Status
	note := ""
	if m.answer != s.rests {
		note = t.cut(" "+t.warning.Render("The cluster was read anew since: r looks again."), w)
	}
	return []string{t.verdictLine(d.Verdict, d.Title, w), note}
}

// without is what is shown where there are no candidates.
func (s *repairs) without(m *Model, w int) []string {
	t := m.theme
	indent := func(lines []string) []string {
		for i, l := range lines {
			lines[i] = "  " + l
		}
		return lines
	}
	switch {
	case s.cancel != nil:
		return []string{"  " + t.faint.Render(t.clean("looking for repairs …"))}
	case s.problem != "":
		return indent(t.wrap(s.problem, w-2))
	case s.proposal == nil:
		return []string{"  given up: r looks again"}
	case allowed(s.proposal):
		return indent(t.wrap("It is allowed already: there is nothing to repair.", w-2))
	}
	return indent(t.wrap(t.clean("Nothing is proposed: "+s.proposal.Why+"."), w-2))
}

// candidates is the list, each with a title of so many lines and what else it does.
func (s *repairs) candidates(m *Model, w, h, titles int) []string {
	t := m.theme
	blocks := make([][]string, len(s.proposal.Candidates))
	for i, c := range s.proposal.Candidates {
		title := t.wrap(t.clean(c.Title), max(1, w-6))
		if len(title) > titles {
			title = append(title[:titles-1], t.cut(strings.Join(title[titles-1:], " "), max(1, w-6)))
		}
		for j, l := range title {
			lead := "   "
			if j == 0 {
				lead = t.pad(c.ID, 3)
			}
			blocks[i] = append(blocks[i], lead+l)
		}
		blocks[i] = append(blocks[i], "   "+t.clean(c.Radius()))
	}
	from, to := s.list.windowOf(h, func(row int) int { return len(blocks[row]) })
	var out []string
	s.rows = nil
	for i := from; i < to && i < len(blocks); i++ {
		for j, l := range blocks[i] {
			if len(out) == h {
				break
			}
			s.rows = append(s.rows, i)
			out = append(out, s.listed(m, l, w, i == s.list.cursor, j == 0, j == len(blocks[i])-1))
		}
	}
	return out
}

// listed is one line of the list.
func (s *repairs) listed(m *Model, line string, w int, selected, first, last bool) string {
	t := m.theme
	switch {
	case selected && first:
		return t.marked(line, true, w)
	case selected:
		return t.selected.Render(t.pad("  "+line, w))
	case last:
		return t.cut("  "+t.faint.Render(line), w)
	}
	return t.cut("  "+line, w)
}

// pane is the detail in a frame of one line above it, which says how much of it is seen.
func (s *repairs) pane(m *Model, w, h int) []string {
	t := m.theme
	lines := s.details(m, w-1)
	s.page = max(1, h-1)
	s.detail.resize(max(1, len(lines)-s.page+1))
	from := s.detail.cursor
	to := min(len(lines), from+s.page)
	title := s.candidate().ID
	if s.focused {
		title = t.glyph("▸ ", "> ") + title
	}
	if len(lines) > s.page {
		title += fmt.Sprintf("  lines %d-%d of %d", from+1, to, len(lines))
	}
	out := []string{t.titled(title, w)}
	for _, l := range lines[from:to] {
		out = append(out, " "+l)
	}
	return out
}
