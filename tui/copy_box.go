package tui

import (
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// copyBox is the choice of what is copied or saved.
type copyBox struct {
	all    []copyable
	list   list
	height int // how many of them are in sight
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

// click copies what is in a line.
func (b *copyBox) click(m *Model, _, y int) tea.Cmd {
	row := b.list.top + y - 1
	if y < 1 || row >= len(b.all) || row >= b.list.top+b.height {
		return nil
	}
	b.list.to(row)
	return b.update(m, enterKey)
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
	b.height = max(1, h-1-len(foot))
	from, to := b.list.window(b.height)
	for i := from; i < to && i < len(b.all); i++ {
		line := t.pad(strconv.Itoa(i+1), 3) + t.clean(b.all[i].what)
		out = append(out, t.marked(t.cut(line, w-2), i == b.list.cursor, w))
	}
	for _, l := range foot {
		out = append(out, styled(t.faint, l))
	}
	return out
}
