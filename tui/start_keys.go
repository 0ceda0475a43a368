package tui

import tea "charm.land/bubbletea/v2"

func (s *start) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.key(m, msg)
	case tea.PasteMsg:
		return s.edit(m, msg)
	case listed:
		return s.turn(m, msg)
	case remembered:
		if msg.of == s {
			s.recent = msg.questions
			s.refresh(m)
		}
	case answered:
		if msg.err == nil && m.Recent != nil && (m.top() == s || !m.top().typing()) { // else it is not finished
			s.remember(m, msg.answer.Question)
		}
	}
	return nil
}

// key moves in the list, or edits the field.
func (s *start) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	l := &s.field().list
	switch k := msg.String(); k {
	case "up", "ctrl+p":
		l.move(-1)
	case "down", "ctrl+n":
		l.move(1)
	case "pgup", "pgdown":
		l.key(k, s.height)
	case "right":
		if in := s.field().input; in.Position() == len([]rune(in.Value())) {
			s.complete(m)
			return nil
		}
		return s.edit(m, msg)
	default:
		return s.edit(m, msg)
	}
	return nil
}

// edit passes a key to the field, and looks for what it holds then.
func (s *start) edit(m *Model, msg tea.Msg) tea.Cmd {
	f := s.field()
	was := f.input.Value()
	in, cmd := f.input.Update(msg)
	f.input = in
	if now := f.input.Value(); now != was {
		if clean := m.theme.clean(now); clean != now { // what was pasted may be anything
			f.input.SetValue(clean)
			f.input.CursorEnd()
		}
		f.list.to(0)
		s.refresh(m)
	}
	return cmd
}
