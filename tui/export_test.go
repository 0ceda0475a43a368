package tui

import tea "charm.land/bubbletea/v2"

// OpenWho opens the table of who can reach the target.
func (m *Model) OpenWho() tea.Cmd { return m.openWho() }

// OpenWhat opens the table of what the source can reach.
func (m *Model) OpenWhat() tea.Cmd { return m.openWhat() }

// CommandLine is the command that shows what is seen.
func (m *Model) CommandLine() string {
	line, _ := m.commandLine()
	return line
}
