package tui

import tea "charm.land/bubbletea/v2"

// way is the answer: verdict, cause, and the hops that can be walked.
type way struct{}

func newWay(*Model) *way { return &way{} }

func (*way) title(m *Model) string          { return m.question.Source + m.theme.glyph(" → ", " -> ") + m.question.Target }
func (*way) actions(*Model) []action        { return nil }
func (*way) typing() bool                   { return false }
func (*way) update(*Model, tea.Msg) tea.Cmd { return nil }
func (*way) view(m *Model, w, _ int) string {
	if m.answer == nil {
		return m.problem
	}
	return m.theme.cut(m.answer.View.Title, w)
}
func (*way) click(*Model, int, int) tea.Cmd { return nil }
