package tui

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// overlay lies above the screen and gets all keys but esc, which closes it.
type overlay interface {
	keys() []key.Binding
	update(m *Model, msg tea.Msg) tea.Cmd
	// view is at most h lines of at most w columns.
	view(m *Model, w, h int) []string
}

// clicker is an overlay that something in can be clicked on.
type clicker interface {
	// click is a click on a column and line of the view.
	click(m *Model, x, y int) tea.Cmd
}

// enterKey is the key that does what is selected.
var enterKey = tea.KeyPressMsg{Code: tea.KeyEnter}

// cutFrom are the columns from and up to, but not including, to.
func cutFrom(s string, from, to int) string { return ansi.Cut(s, from, to) }

// helpBox lists the keys.
type helpBox struct{ list list }

func (m *Model) openHelp() tea.Cmd {
	m.overlay = &helpBox{}
	return nil
}

func (*helpBox) keys() []key.Binding { return nil }

func (b *helpBox) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		if k.String() == "?" || k.String() == "q" {
			m.overlay = nil
		}
		b.list.key(k.String(), m.bodyHeight()-2)
	}
	return nil
}

func (b *helpBox) view(m *Model, w, h int) []string {
	t := m.theme
	lines := []string{t.bold.Render(t.cut("Keys of "+t.clean(m.top().title(m)), w))}
	for _, a := range m.keyed() {
		show := a.binding().Help().Key
		text := t.accent.Render(t.pad(show, 13)) + " " + a.does
		if a.off != "" {
			text = t.accent.Render(t.pad(show, 13)) + " " + t.faint.Render(a.does+": "+t.clean(a.off))
		}
		lines = append(lines, t.cut(text, w))
	}
	for _, more := range m.moves() {
		lines = append(lines, t.cut(t.accent.Render(t.pad(more[0], 13))+" "+more[1], w))
	}
	return t.sight(&b.list, lines, h)
}

// keyed are the actions that a key of theirs does here: one that another action has, or
// that would be typed, is not among its keys.
func (m *Model) keyed() []action {
	var out []action
	taken := map[string]bool{}
	for _, a := range m.actions() {
		var keys []string
		for _, k := range a.keys {
			letter := utf8.RuneCountInString(k) == 1
			if !taken[k] && (!letter || !m.isText(k)) {
				keys = append(keys, k)
			}
			taken[k] = true
		}
		if len(keys) == 0 {
			continue
		}
		if keys[0] != a.keys[0] {
			a.show = ""
		}
		a.keys = keys
		out = append(out, a)
	}
	return out
}

// moves are the keys that move, and what they do; letters do not where they are typed.
func (m *Model) moves() [][2]string {
	out := [][2]string{{"up down", "move"}, {"pgup pgdown", "a page"}}
	if !m.isText("j") {
		out = [][2]string{
			{"up down j k", "move"}, {"pgup pgdown", "a page"}, {"ctrl+u ctrl+d", "half a page"}, {"g G", "first, last"},
		}
	}
	return append(out, [2]string{"ctrl+z", "suspend"})
}

// palette runs an action by its name.
type palette struct {
	input textinput.Model
	list  list
}

func (m *Model) openPalette() tea.Cmd {
	p := &palette{input: newInput(m, ": ", "")}
	m.overlay = p
	return nil
}

func (p *palette) keys() []key.Binding {
	return []key.Binding{key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "do it"))}
}

// found are the actions whose name or description holds what is typed, those whose name
// begins with it first.
func (p *palette) found(m *Model) []action {
	words := strings.ToLower(strings.TrimSpace(p.input.Value()))
	var first, then []action
	for _, a := range m.actions() {
		switch {
		case a.name == "" || a.name == "command":
		case strings.HasPrefix(a.name, words):
			first = append(first, a)
		case strings.Contains(a.name+" "+a.does, words):
			then = append(then, a)
		}
	}
	return append(first, then...)
}

func (p *palette) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		switch k.String() {
		case "enter":
			found := p.found(m)
			m.overlay = nil
			if p.list.cursor < len(found) {
				return m.perform(found[p.list.cursor])
			}
			m.say("there is no command " + p.input.Value())
			return nil
		case "up", "down":
			p.list.resize(len(p.found(m)))
			p.list.key(k.String(), 1)
			return nil
		}
		p.list.to(0)
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

// click does the action of a line.
func (p *palette) click(m *Model, _, y int) tea.Cmd {
	row := p.list.top + y - 1
	if y < 1 || row >= len(p.found(m)) {
		return nil
	}
	p.list.to(row)
	return p.update(m, enterKey)
}

func (p *palette) view(m *Model, w, h int) []string {
	t := m.theme
	found := p.found(m)
	p.list.resize(len(found))
	p.input.SetWidth(max(1, min(40, w-3)))
	lines := []string{p.input.View()}
	from, to := p.list.window(h - 1)
	for i, a := range found[from:min(to, len(found))] {
		text := t.pad(a.name, 16) + " " + a.does
		if a.off != "" {
			text += ": " + t.clean(a.off)
		}
		lines = append(lines, t.marked(t.cut(text, min(w, 70)-2), from+i == p.list.cursor, min(w, 70)))
	}
	return lines
}

// newInput is a line to type in.
func newInput(m *Model, prompt, value string) textinput.Model {
	in := textinput.New()
	in.Prompt = prompt
	s := textinput.DefaultStyles(m.dark)
	s.Cursor.Blink = false // nothing moves that nobody moves
	in.SetStyles(s)
	in.SetValue(value)
	in.CursorEnd()
	in.Focus()
	return in
}

// prompt asks for a line; done gets it.
type prompt struct {
	title, note string
	input       textinput.Model
	done        func(m *Model, value string) tea.Cmd
}

// askFor opens a prompt.
func (m *Model) askFor(title, note, value string, done func(m *Model, value string) tea.Cmd) {
	m.overlay = &prompt{title: title, note: note, input: newInput(m, "> ", value), done: done}
}

func (p *prompt) keys() []key.Binding {
	return []key.Binding{key.NewBinding(key.WithKeys("enter"), key.WithHelp("enter", "go on"))}
}

func (p *prompt) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "enter" {
		m.overlay = nil
		return p.done(m, p.input.Value())
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *prompt) view(m *Model, w, _ int) []string {
	t := m.theme
	w = min(w, 72)
	lines := []string{}
	for _, l := range t.wrap(t.clean(p.title), w) {
		lines = append(lines, t.bold.Render(l))
	}
	lines = append(lines, t.wrap(t.clean(p.note), w)...)
	p.input.SetWidth(max(1, w-3))
	return append(lines, t.pad(p.input.View(), w))
}
