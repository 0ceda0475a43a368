package tui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// copyBox is the choice of what is copied or saved.
type copyBox struct {
	all  []copyable
	list list
}

func (*copyBox) keys() []key.Binding {
	return []key.Binding{
		key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "copy")),
		key.NewBinding(key.WithKeys("s"), key.WithHelp("s", "save in a file")),
	}
}

func (b *copyBox) update(m *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	b.list.resize(len(b.all))
	name := k.String()
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(b.all) {
		b.list.to(n - 1)
		name = "enter"
	}
	switch name {
	case "enter", "s":
		m.overlay = nil
		chosen := b.all[b.list.cursor]
		text, err := chosen.text()
		switch {
		case err != nil:
			m.say(err.Error())
			return nil
		case name == "s":
			return m.saveAs(chosen.what, "", chosen.file, text)
		}
		return m.toClipboard(chosen.what, text)
	case "q", "c":
		m.overlay = nil
	default:
		b.list.key(name, 5)
	}
	return nil
}

func (b *copyBox) view(m *Model, w, h int) []string {
	t := m.theme
	w = min(w, 64)
	b.list.resize(len(b.all))
	out := []string{t.bold.Render(t.cut("Copy or save", w))}
	foot := t.wrap(t.clean("The terminal copies (OSC 52). tmux does with set-clipboard on; what is long is safer in a file."), w)
	if room := h - 1 - len(b.all); room < len(foot)+1 {
		foot = nil
	} else {
		foot = append([]string{""}, foot...)
	}
	from, to := b.list.window(max(1, h-1-len(foot)))
	for i := from; i < to && i < len(b.all); i++ {
		line := t.pad(strconv.Itoa(i+1), 3) + b.all[i].what
		out = append(out, t.marked(t.cut(line, w-2), i == b.list.cursor, w))
	}
	for _, l := range foot {
		out = append(out, styled(t.faint, l))
	}
	return out
}

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
