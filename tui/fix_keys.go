package tui

import (
	tea "charm.land/bubbletea/v2"
)

func (s *repairs) actions(m *Model) []action {
	if s.cancel != nil {
		return []action{{name: "back", does: "give up", keys: []string{"esc"}, run: m.back}}
	}
	var out []action
	add := func(a action, when bool) {
		if when {
			out = append(out, a)
		}
	}
	some := s.candidate() != nil
	shows := "YAML"
	if s.yaml {
		shows = "diff"
	}
	add(action{name: "apply", does: "apply", keys: []string{"a"}, run: func() tea.Cmd { return s.confirm(m) }, off: m.notWritable()}, some && !m.ReadOnly)
	add(action{name: "yaml", does: shows, keys: []string{"y"}, run: s.toggleYAML}, some)
	add(action{name: "pane", does: "list or detail", keys: []string{"tab"}, run: s.toggleFocus}, some)
	add(action{name: "zoom", does: "zoom", keys: []string{"enter"}, run: s.zoom}, some)
	add(m.undoAction(), m.canUndo())
	add(action{name: "ask-again", does: "look again", keys: []string{"r", "ctrl+r"}, run: func() tea.Cmd { return s.look(m) }, quiet: true}, true)
	return out
}

// notWritable says why nothing can be applied.
func (m *Model) notWritable() string {
	switch {
	case m.Writer != nil:
		return ""
	case m.WhyNot != "":
		return m.WhyNot
	}
	return "there is nothing to write to"
}

func (s *repairs) toggleYAML() tea.Cmd {
	s.yaml = !s.yaml
	s.detail.to(0)
	return nil
}

func (s *repairs) toggleFocus() tea.Cmd {
	s.focused = !s.focused
	return nil
}

func (s *repairs) zoom() tea.Cmd {
	s.zoomed = !s.zoomed
	s.focused = s.zoomed
	return nil
}

// update moves the list, or the detail if keys are for it. Left and right are the
// candidates before and after, also where only one is seen.
func (s *repairs) update(_ *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || s.candidate() == nil {
		return nil
	}
	was := s.list.cursor
	switch key := k.String(); {
	case key == "left" || key == "h":
		s.list.move(-1)
	case key == "right" || key == "l":
		s.list.move(1)
	case s.focused:
		s.detail.key(key, s.page)
	default:
		s.list.key(key, 5)
	}
	if s.list.cursor != was {
		s.detail.to(0)
	}
	return nil
}

// click selects a candidate, or makes keys move the detail.
func (s *repairs) click(_ *Model, x, y int) tea.Cmd {
	row := y - s.from
	s.focused = s.zoomed || row >= len(s.rows) || s.split > 0 && x >= s.split
	if !s.focused && row >= 0 && s.list.cursor != s.rows[row] {
		s.list.to(s.rows[row])
		s.detail.to(0)
	}
	return nil
}
