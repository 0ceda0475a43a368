package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// commandLine is the command that shows what is seen, as a shell takes it; secret says
// that something was left out of it.
func (m *Model) commandLine() (line string, secret bool) {
	words := m.question.Args()
	if c, ok := m.top().(commander); ok {
		words = c.command(m)
	}
	words = append(append([]string{}, m.Command...), words...)
	safe := history.Words(words)
	out := make([]string, len(safe))
	for i, w := range safe {
		out[i] = shellWord(w)
		secret = secret || w != words[i]
	}
	return strings.Join(out, " "), secret || m.question.HasToken
}

// shellWord quotes a word that a shell would take apart.
func shellWord(w string) string {
	if w != "" && strings.Trim(w, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@%+=,-") == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// openCommandLine shows the command line, to be copied.
func (m *Model) openCommandLine() tea.Cmd {
	return nil
}

// openCopy offers what can be copied or saved.
func (m *Model) openCopy() tea.Cmd {
	return nil
}

func (m *Model) nothingToCopy() string {
	if m.answer == nil {
		return "nothing was asked yet"
	}
	return ""
}
