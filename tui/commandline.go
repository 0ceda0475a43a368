package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/traffic"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

// commandLine is the command that shows what is seen, as a shell takes it; secret says
// that something was left out of it.
func (m *Model) commandLine() (line string, secret bool) {
	words, secret := m.commandWords()
	return strings.Join(words, " "), secret
}

// commandWords are its words, each quoted if it has to be.
func (m *Model) commandWords() (out []string, secret bool) {
	words := m.question.Args()
	if c, ok := m.top().(commander); ok {
		words = c.command(m)
	}
	out, secret = shellWords(append(append([]string{}, m.Command...), words...))
	return out, secret || m.question.HasToken
}

// shellWords are words as a shell takes them, without what is secret in them.
func shellWords(words []string) (out []string, secret bool) {
	safe := history.Words(words)
	for i, w := range safe {
		if i > 0 && words[i-1] == "--header" && harmlessHeader(words[i]) {
			w = words[i]
		}
		out = append(out, typed.ShellWord(w))
		secret = secret || w != words[i]
	}
	return out, secret
}

// harmlessHeader reports whether a header may be shown: its name does not say that whoever
// holds it is let in, nor does its value. A record on a disk leaves out more, but a command
// that lacks the header that decides asks another question.
func harmlessHeader(header string) bool {
	i := strings.IndexAny(header, "=:")
	if i < 0 {
		return true
	}
	name := strings.ToLower(strings.TrimSpace(header[:i]))
	for _, word := range []string{"auth", "token", "secret", "key", "cookie", "session", "passw", "credential", "signature"} {
		if strings.Contains(name, word) {
			return false
		}
	}
	return !traffic.SecretHeader(name, header[i+1:])
}

// commandBox shows the command line, to be copied.
type commandBox struct {
	words  []string
	secret bool
	text   list // of its lines: the first in sight
}

// openCommandLine shows the command line, to be copied.
func (m *Model) openCommandLine() tea.Cmd {
	words, secret := m.commandWords()
	m.overlay = &commandBox{words: words, secret: secret}
	return nil
}

func (*commandBox) keys() []key.Binding {
	return []key.Binding{key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "copy"))}
}

func (b *commandBox) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter", "y", "c":
			m.overlay = nil
			return m.toClipboard("command line", strings.Join(b.words, " "))
		case "q", "$":
			m.overlay = nil
		default:
			b.text.key(k.String(), 5)
		}
	}
	return nil
}

func (b *commandBox) view(m *Model, w, h int) []string {
	t := m.theme
	out := []string{t.bold.Render(t.cut("The command that shows this", w)), ""}
	out = append(out, t.shell(b.words, w)...)
	if b.secret {
		out = append(out, "")
		for _, l := range t.wrap("What may be secret was left out: put it in again before you run it.", w) {
			out = append(out, t.warning.Render(l))
		}
	}
	return t.sight(&b.text, out, h)
}

// shell breaks a command line between words, as a shell goes on in the next line.
func (t *theme) shell(words []string, w int) []string {
	var out []string
	line := ""
	for i, word := range words {
		word = t.clean(word)
		switch {
		case i == 0:
			line = word
		case width(line)+1+width(word) <= w-2:
			line += " " + word
		default:
			out = append(out, t.hard(line+` \`, "", w)...)
			line = "  " + word
		}
	}
	return append(out, t.hard(line, "", w)...)
}
