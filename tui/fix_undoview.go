package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

func (*undoing) title(*Model) string { return "undo" }

func (*undoing) typing() bool { return false }
func (*undoing) repairing()   {}

func (s *undoing) actions(m *Model) []action {
	var out []action
	if s.waits() {
		out = append(out, action{name: "undo", does: "undo", keys: []string{"u"}, run: func() tea.Cmd { s.confirm(m); return nil }})
	}
	if s.ended && m.canUndo() {
		again := m.undoAction()
		again.run = func() tea.Cmd { // in the place of this one
			m.stack = m.stack[:len(m.stack)-1]
			return m.openUndo()
		}
		out = append(out, again)
	}
	return out
}

// waits reports whether it is known what is to be done, and nobody was asked: something
// else lay above the screen.
func (s *undoing) waits() bool { return s.plan != nil && !s.running && !s.ended }

func (s *undoing) update(_ *Model, msg tea.Msg) tea.Cmd {
	s.key(msg, s.page)
	return nil
}

func (s *undoing) click(*Model, int, int) tea.Cmd { return nil }

// command is the one that takes back the same.
func (s *undoing) command(*Model) []string { return []string{"fix", "undo", s.fix.id} }

func (s *undoing) view(m *Model, w, h int) string {
	t := m.theme
	s.page = h
	var lines []string
	for _, l := range t.wrap(t.clean("Undo "+s.fix.id+": "+s.fix.title), max(1, w-1)) {
		lines = append(lines, " "+t.bold.Render(l))
	}
	lines = append(lines, t.cut(" "+t.faint.Render(t.clean("in "+m.Origin)), w), "")
	switch {
	case s.plan == nil && !s.ended:
		lines = append(lines, t.faint.Render(t.clean(" looking up what there is to take back …")))
	case s.waits() && m.overlay == nil:
		lines = append(lines, t.cut(" u asks whether to do it.", w))
	}
	lines = append(lines, s.lines(m, "undone", w)...)
	verdict, ok := s.verdict(m, w)
	switch {
	case ok && s.err == nil:
		lines = append(lines, "", verdict, t.cut(" It is taken back; esc goes on with the answer.", w))
	case s.ended && s.err != nil:
		lines = append(lines, "", t.cut(" u tries again.", w))
	case s.ended && !s.asked:
		lines = append(lines, "", " There is nothing to take back any more.")
	case verdict != "":
		lines = append(lines, "", verdict)
	}
	return strings.Join(t.sight(&s.text, lines, h), "\n")
}
