package tui

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// How wide a box may be, with its frame.
const (
	leastBox = 18
	mostBox  = 64
)

// boxes draws the hops as boxes with arrows between, and, where the boxes do not hold
// them, the stages of the selected one below. top is the line it begins at.
func (s *way) boxes(m *Model, w, h, top int) []string {
	t, a := m.theme, s.answer(m)
	if a == nil || len(a.Hops) == 0 {
		return nil
	}
	if h < low {
		return []string{s.hopLine(m, w, top), s.stageLine(m, w, top+1)}
	}
	arrow := width(t.arrow())
	from, to, box := s.fit(len(a.Hops), w-2, arrow)
	inside := 0
	if h >= roomy {
		for _, hop := range a.Hops[from:to] {
			inside = max(inside, len(hop.Stages))
		}
		inside = min(inside, h/4)
	}
	lines := make([]string, 4+inside)
	x := 0
	add := func(cols []string) {
		for i := range lines {
			lines[i] += cols[i]
		}
		x += width(cols[0])
	}
	add(s.edge(t, len(lines), from > 0, "‹", "<"))
	for i := from; i < to; i++ {
		if i > from {
			add(between(t, len(lines)))
		}
		s.areas.boxes = append(s.areas.boxes, area{x: x, y: top, w: box, h: len(lines), hop: i})
		for j := range min(inside, len(a.Hops[i].Stages)) {
			s.areas.stages = append(s.areas.stages, area{x: x + 1, y: top + 3 + j, w: box - 2, h: 1, hop: i, stage: j})
		}
		add(s.box(m, i, box, inside))
	}
	add(s.edge(t, len(lines), to < len(a.Hops), "›", ">"))
	if inside == 0 {
		lines = append(lines, s.stageLine(m, w, top+len(lines)))
	}
	return lines
}

// fit says which hops are drawn, and how wide each box is. The selected one is among
// them.
func (s *way) fit(n, w, arrow int) (from, to, box int) {
	shown := max(1, min(n, (w+arrow)/(leastBox+arrow)))
	box = min(mostBox, (w-(shown-1)*arrow)/shown)
	s.first = max(0, min(s.first, n-shown))
	s.first = min(s.first, s.hop)
	s.first = max(s.first, s.hop-shown+1)
	return s.first, s.first + shown, box
}

// edge is the column beside the boxes that says whether there are more.
func (*way) edge(t *theme, n int, more bool, glyph, ascii string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = " "
	}
	if more {
		out[1] = t.accent.Render(t.glyph(glyph, ascii))
	}
	return out
}

// between is the arrow from a box to the next.
func between(t *theme, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = strings.Repeat(" ", width(t.arrow()))
	}
	out[1] = t.arrow()
	return out
}

// box draws a hop, with as many stages in it as there is room for.
func (s *way) box(m *Model, i, w, inside int) []string {
	t, h := m.theme, s.answer(m).Hops[i]
	selected := i == s.hop
	f := t.frame(selected)
	line := func(text string) string { return f.down + " " + t.pad(text, w-4) + " " + f.down }
	name := t.clean(h.Name)
	if selected {
		name = t.bold.Render(t.cut(name, w-4))
	}
	out := []string{
		t.edged(f.topLeft, f.topRight, f.across, h.Number+" "+t.clean(h.Role), w, false, lipgloss.NewStyle()),
		line(name),
		line(t.faint.Render(t.cut(t.clean(gist(h)), w-4))),
	}
	stages := h.Stages
	for j := range inside {
		if j >= len(stages) {
			out = append(out, line(""))
			continue
		}
		if j == inside-1 && len(stages) > inside {
			out = append(out, line(t.faint.Render(t.glyph("…", "..."))))
			continue
		}
		out = append(out, f.down+t.stageInBox(stages[j], w-2, selected && j == s.stage)+f.down)
	}
	style, symbol, word := t.look(h.Look)
	return append(out, t.edged(f.bottomLeft, f.bottomRight, f.across, symbol+" "+word, w, true, style))
}

// gist is what matters most of a hop, in a few words.
func gist(h report.HopView) string {
	var out []string
	for _, f := range h.Facts {
		switch f.Name {
		case "data plane":
			if f.Words == "none" && h.Role != "network" {
				f.Words = "no proxy"
			}
			out = append(out, f.Words)
		case "port":
			out = append(out, ":"+f.Words)
		case "transport":
			out = append(out, f.Words)
		}
	}
	if len(out) == 0 {
		return h.Says
	}
	return strings.Join(out, " ")
}

// edged is an edge of a box with words in it.
func (t *theme) edged(left, right, across, words string, w int, end bool, style lipgloss.Style) string {
	words = t.cut(words, w-4)
	fill := strings.Repeat(across, max(0, w-4-width(words)))
	words = " " + style.Render(words) + " "
	if end {
		return left + fill + words + right
	}
	return left + words + fill + right
}

// stageInBox is a line of a box: a stage and what it says.
func (t *theme) stageInBox(st report.StageView, w int, selected bool) string {
	style, symbol, _ := t.look(st.Look)
	head := t.pad(t.clean(stageName(st)), max(6, width(stageName(st))))
	says := t.clean(st.Says)
	if selected {
		return t.selected.Render(t.pad(t.glyph("▸", ">")+symbol+" "+head+" "+says, w))
	}
	if st.Decides() {
		head = style.Render(head)
	}
	return t.pad(" "+style.Render(symbol)+" "+head+" "+t.faint.Render(t.cut(says, w-4-width(head))), w)
}
