package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// saveBox asks for the name of a file, until it is written or one leaves.
type saveBox struct {
	what, note, problem string
	text                string
	input               textinput.Model
	saving              bool
}

// saveAs asks where a text is saved, and saves it there.
func (m *Model) saveAs(what, note, file, text string) tea.Cmd {
	if m.SaveFile == nil {
		m.say("nothing can be saved here")
		return nil
	}
	m.overlay = &saveBox{what: what, note: note, text: text, input: newInput(m, "> ", file)}
	return nil
}

func (*saveBox) keys() []key.Binding {
	return []key.Binding{key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "save"))}
}

// fileSaved is what became of a file.
type fileSaved struct {
	box  *saveBox
	name string
	err  error
}

func (f fileSaved) deliver(m *Model) { f.report(m, m.overlay == overlay(f.box)) }

// report tells it: in the box if that is still there.
func (f fileSaved) report(m *Model, there bool) {
	f.box.saving = false
	switch {
	case f.err != nil && there:
		f.box.problem = m.theme.clean(f.err.Error())
	case f.err != nil:
		m.say(f.err.Error())
	default:
		if there {
			m.overlay = nil
		}
		m.say("saved: " + f.name)
	}
}

func (b *saveBox) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		b.problem = ""
		name := strings.TrimSpace(b.input.Value())
		switch {
		case k.String() != "enter":
		case name == "":
			b.problem = "a file needs a name"
			return nil
		case b.saving:
			return nil
		default:
			b.saving = true
			save, text := m.SaveFile, b.text
			return func() tea.Msg { return fileSaved{b, name, save(name, []byte(text))} }
		}
	}
	var cmd tea.Cmd
	b.input, cmd = b.input.Update(msg)
	return cmd
}

func (b *saveBox) view(m *Model, w, _ int) []string {
	t := m.theme
	w = min(w, 72)
	var out []string
	for _, l := range t.wrap(t.clean("Save "+b.what+" as"), w) {
		out = append(out, t.bold.Render(l))
	}
	b.input.SetWidth(max(1, w-3))
	out = append(out, t.pad(b.input.View(), w))
	for _, l := range t.wrap(b.problem, w) {
		out = append(out, t.warning.Render(l))
	}
	for _, l := range t.wrap(t.clean(b.note), w) {
		out = append(out, t.faint.Render(l))
	}
	return out
}
