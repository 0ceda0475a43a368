package tui

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// change is a form of the question: with each key the answer is that of the question as it
// stands then.
type change struct {
	was    Question // when the form was opened
	fields []formField
	rows   list // over the fields and the conditions
	err    string
	wrong  int // the field that err is about, or -1
	typed  int // how many keys went into source and target
	due    bool

	picks conditions
	areas []int // of each line of the view the row that it shows, or -1
}

func (m *Model) openChange() tea.Cmd {
	c := &change{was: m.question, wrong: -1}
	c.load(m, m.question)
	c.picks.take(m)
	m.push(c)
	return nil
}

func (*change) title(*Model) string { return "change" }
func (*change) typing() bool        { return true }

func (c *change) actions(m *Model) []action {
	enter := action{name: "done", does: "done", keys: []string{"enter"}, run: func() tea.Cmd { return c.enter(m) }}
	if c.picked() >= 0 {
		enter.name, enter.does = "set", "set what it asks for"
	}
	return []action{
		enter,
		{name: "back", does: "keep it, go back", keys: []string{"esc"}, run: func() tea.Cmd { return c.leave(m) }},
		{name: "clear", does: "clear", keys: []string{"ctrl+u"}, run: func() tea.Cmd { return c.clear(m) }},
		{name: "restore", does: "as it was", keys: []string{"ctrl+r"}, run: func() tea.Cmd { return c.restore(m) }},
		{name: "next-field", does: "next field", keys: []string{"tab"}, run: func() tea.Cmd { c.rows.move(1); return nil }, quiet: true},
		{name: "previous-field", does: "previous field", keys: []string{"shift+tab"}, run: func() tea.Cmd { c.rows.move(-1); return nil }, quiet: true},
	}
}

// picked is the condition that is selected, or -1.
func (c *change) picked() int { return max(-1, c.rows.cursor-len(c.fields)) }

// enter sets the selected condition, or leaves the form if what is in it is a question.
func (c *change) enter(m *Model) tea.Cmd {
	if i := c.picked(); i >= 0 {
		return c.pick(m, i)
	}
	cmd := tea.Cmd(nil)
	if c.due {
		cmd = c.changed(m)
	}
	if c.err != "" {
		m.say(c.err)
		return nil
	}
	return tea.Batch(cmd, c.leave(m))
}

// leave goes back with the last question that was one.
func (c *change) leave(m *Model) tea.Cmd {
	if i := slices.Index(m.stack, screen(c)); i > 0 {
		m.stack = m.stack[:i]
	}
	return m.remember()
}

func (c *change) clear(m *Model) tea.Cmd {
	f := c.field()
	if f == nil {
		return nil
	}
	if f.kind == tokenField && f.input.Value() == "" {
		f.given = false
	}
	f.input.SetValue("")
	c.follow(m, f)
	return c.changed(m)
}

func (c *change) restore(m *Model) tea.Cmd {
	at := c.rows.cursor
	c.load(m, c.was)
	c.rows.to(at)
	return c.changed(m)
}

// field is the one that is typed in; nil if a condition is selected.
func (c *change) field() *formField {
	if c.rows.cursor < len(c.fields) {
		return &c.fields[c.rows.cursor]
	}
	return nil
}

func (c *change) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answered:
		c.picks.take(m)
	case changeDue:
		if int(msg) == c.typed && c.due {
			return c.changed(m)
		}
		return nil
	}
	c.rows.resize(len(c.fields) + len(c.picks.all))
	k, key := msg.(tea.KeyPressMsg)
	f := c.field()
	switch {
	case key && (k.String() == "up" || k.String() == "down" || k.String() == "pgup" || k.String() == "pgdown"):
		c.rows.key(k.String(), 6)
		return nil
	case f == nil:
		return nil
	case f.kind == exactField:
		if key && k.String() == "space" {
			f.yes = !f.yes
		}
		return c.changed(m)
	}
	if key || isPaste(msg) {
		return c.takes(m, f, msg)
	}
	return nil
}

func isPaste(msg tea.Msg) bool {
	_, ok := msg.(tea.PasteMsg)
	return ok
}

// changeDue says that nothing was typed for a while, since so many keys.
type changeDue int

// pause is how long one has to have typed nothing before a cluster is asked about another
// source or target: it has to be read, and half a name is another name.
const pause = 150 * time.Millisecond

// takes lets a field take what is typed.
func (c *change) takes(m *Model, f *formField, msg tea.Msg) tea.Cmd {
	f.input.Focus()
	var cmd tea.Cmd
	before := f.input.Value()
	if f.input, cmd = f.input.Update(msg); f.input.Value() == before {
		return cmd
	}
	c.follow(m, f)
	if m.Watcher != nil && (f.kind == sourceField || f.kind == targetField) {
		c.typed++
		c.due = true
		n := c.typed
		return tea.Batch(cmd, tea.Tick(pause, func(time.Time) tea.Msg { return changeDue(n) }))
	}
	return tea.Batch(cmd, c.changed(m))
}

// changed asks the question that the form is now, or says why it is none.
func (c *change) changed(m *Model) tea.Cmd {
	c.more(m)
	q := c.question(m)
	c.err, c.wrong, c.due = "", -1, false
	if q.Source == "" || q.Target == "" {
		c.err = "who calls, and what is called?"
		if c.wrong = 0; q.Source != "" {
			c.wrong = 1
		}
		return nil
	}
	without := q
	without.Token = "" // a file, which is read elsewhere
	if _, err := without.Parse(); err != nil {
		c.err = m.theme.clean(err.Error())
		c.wrong = c.blame(c.err)
		return nil
	}
	if q.Equal(m.question) {
		return nil
	}
	return m.ask(q)
}

// blame finds the field that an error names, or -1.
func (c *change) blame(err string) int {
	for i, f := range c.fields {
		named := strings.Contains(err, "--"+f.flag+" ")
		if f.flag == "source" || f.flag == "target" {
			named = strings.HasPrefix(err, f.flag+" ")
		}
		if f.kind == headerField || f.kind == claimField {
			named = named && f.input.Value() != "" && strings.Contains(err, strings.ReplaceAll(f.input.Value(), `"`, `\"`))
		}
		if named {
			return i
		}
	}
	return -1
}
