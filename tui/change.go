package tui

import tea "charm.land/bubbletea/v2"

func (m *Model) openChange() tea.Cmd { return nil }
