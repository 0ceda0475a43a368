package tui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/markdown"
)

// copyable is a text that can be copied, or saved in a file.
type copyable struct {
	what string // Markdown report
	file string // what a file of it is called, unless the user says otherwise
	text func() (string, error)
}

// copier is a screen that has texts of its own.
type copier interface {
	copies(m *Model) []copyable
}

// copyables are all there are: those of the screen first.
func (m *Model) copyables() []copyable {
	var out []copyable
	if c, ok := m.top().(copier); ok {
		out = c.copies(m)
	}
	line, secret := m.commandLine()
	what := "command line"
	if secret {
		what += ", without what is secret in it"
	}
	out = append(out, copyable{what: what, file: m.fileName() + ".sh", text: func() (string, error) { return line + "\n", nil }})
	if m.answer == nil {
		return out
	}
	d, name := m.answer.Diagnosis, m.fileName()
	return append(out,
		copyable{what: "answer as Markdown", file: name + ".md", text: func() (string, error) {
			var b bytes.Buffer
			err := markdown.Write(&b, d)
			return b.String(), err
		}},
		copyable{what: "answer as text, with every rule", file: name + ".txt", text: func() (string, error) {
			var b bytes.Buffer
			err := report.Text(&b, d, report.TextOptions{Full: true, ASCII: m.ASCII})
			return b.String(), err
		}},
		copyable{what: "answer as YAML", file: name + ".yaml", text: func() (string, error) { return m.published(yaml.Marshal) }},
		copyable{what: "answer as JSON", file: name + ".json", text: func() (string, error) {
			return m.published(func(v any) ([]byte, error) {
				out, err := json.MarshalIndent(v, "", "    ")
				return append(out, '\n'), err
			})
		}},
	)
}

// published is the answer as programs read it.
func (m *Model) published(marshal func(any) ([]byte, error)) (string, error) {
	o, err := report.Object(m.answer.Diagnosis)
	if err != nil {
		return "", err
	}
	out, err := marshal(o.Object)
	return string(out), err
}

// fileName is what a file about the question is called, without its ending.
func (m *Model) fileName() string {
	_, target, ok := strings.Cut(m.question.Target, "://")
	if !ok {
		target = m.question.Target
	}
	return fileWord(m.question.Source) + "-to-" + fileWord(target)
}

// fileWord is s as a part of a file's name: what may mean something to a shell or a file
// system becomes a dash.
func fileWord(s string) string {
	s, _, _ = strings.Cut(s, "?")
	plain := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return ' '
	}
	out := strings.Trim(strings.Join(strings.Fields(strings.Map(plain, s)), "-"), ".-")
	if len(out) > 60 {
		out = strings.TrimRight(out[:60], ".-")
	}
	if out == "" {
		return "x"
	}
	return out
}

func (m *Model) nothingToCopy() string {
	if m.answer == nil {
		return "nothing was asked yet"
	}
	return ""
}

// large is from how many bytes on some terminals leave a text out that they are asked to
// copy; tmux and screen have limits of their own.
const large = 74_000

// toClipboard hands a text to the terminal, which copies it (OSC 52).
func (m *Model) toClipboard(what, text string) tea.Cmd {
	m.say("copied: " + what)
	if len(text) > large {
		m.say(fmt.Sprintf("copied %d KB: some terminals drop that much; a file is safer", len(text)/1000))
	}
	return tea.SetClipboard(text)
}

// openCopy offers what can be copied or saved.
func (m *Model) openCopy() tea.Cmd {
	m.overlay = &copyBox{all: m.copyables()}
	return nil
}
