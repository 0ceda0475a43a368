package tui

import tea "charm.land/bubbletea/v2"

func (m *Model) openFix() tea.Cmd      { return nil }
func (m *Model) openSaveTest() tea.Cmd { return nil }
func (m *Model) openUndo() tea.Cmd     { return nil }
func (m *Model) openWho() tea.Cmd      { return nil }
func (m *Model) openWhat() tea.Cmd     { return nil }
