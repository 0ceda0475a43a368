package tui

import tea "charm.land/bubbletea/v2"

// start is the first screen: who calls, and what is called.
type start struct{}

func newStart(*Model) *start { return &start{} }

// begin lists what can be picked.
func (s *start) begin(*Model) tea.Cmd { return nil }

func (m *Model) openStart() tea.Cmd {
	s := newStart(m)
	m.stack = []screen{s}
	return s.begin(m)
}

func (*start) title(*Model) string            { return "start" }
func (*start) actions(*Model) []action        { return nil }
func (*start) typing() bool                   { return true }
func (*start) update(*Model, tea.Msg) tea.Cmd { return nil }
func (*start) view(*Model, int, int) string   { return "" }
func (*start) click(*Model, int, int) tea.Cmd { return nil }
