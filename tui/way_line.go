package tui

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// stageLine are the stages of the selected hop in a line.
func (s *way) stageLine(m *Model, w, y int) string {
	t := m.theme
	h, _ := s.chosen(m)
	if h == nil {
		return ""
	}
	if len(h.Stages) == 0 {
		return "  " + t.faint.Render(t.cut(t.clean(h.Says), w-4))
	}
	out := s.stageWords(t, h, 1, y)
	if width(out) > w {
		out = s.stageWords(t, h, 0, y)
	}
	return t.cut(out, w)
}

// stageWords draws the stages next to each other, gap columns between, and notes where
// each is.
func (s *way) stageWords(t *theme, h *report.HopView, gap, y int) string {
	s.areas.stages = nil
	out := " "
	for j, st := range h.Stages {
		style, symbol, _ := t.look(st.Look)
		words := symbol + " " + t.clean(stageName(st))
		if j == s.stage {
			words = t.selected.Render("[" + words + "]")
		} else {
			words = " " + style.Render(words) + " "
		}
		s.areas.stages = append(s.areas.stages, area{x: width(out), y: y, w: width(words), h: 1, hop: s.hop, stage: j})
		out += words + strings.Repeat(" ", gap)
	}
	return out
}

// stageName is what a stage is called; of NetworkPolicies there are two, one for each end.
func stageName(st report.StageView) string {
	if st.Network == nil {
		return st.Name
	}
	direction, _, _ := strings.Cut(st.Network.Says, " ")
	return st.Name + " " + direction
}

// hopLine are the hops in a line, for a terminal that has no room for boxes. It begins
// with the first hop from which the selected one is in sight.
func (s *way) hopLine(m *Model, w, y int) string {
	t, hops := m.theme, s.answer(m).Hops
	var words []string
	for i, h := range hops {
		style, symbol, _ := t.look(h.Look)
		text := symbol + " " + h.Number + " " + t.clean(h.Role)
		if i == s.hop {
			words = append(words, t.selected.Render("["+text+"]"))
			continue
		}
		words = append(words, style.Render(text))
	}
	arrow := " " + t.arrow() + " "
	from := 0
	for from < s.hop && width(strings.Join(words[from:s.hop+1], arrow)) > w-4 {
		from++
	}
	out := " "
	if from > 0 {
		out = t.accent.Render(t.glyph("‹", "<"))
	}
	for i := from; i < len(words); i++ {
		if i > from {
			out += arrow
		}
		s.areas.boxes = append(s.areas.boxes, area{x: width(out), y: y, w: width(words[i]), h: 1, hop: i})
		out += words[i]
	}
	return t.cut(out, w)
}
