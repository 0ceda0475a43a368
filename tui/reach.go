package tui

import (
	"context"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// reach is a table of who can reach a target, or of what a source can reach, by verdict.
type reach struct {
	who      bool
	question Question // Source is everyone's, or Target empty
	before   Question // what was asked when it was opened

	table  reachTable
	filter textinput.Model
	typed  bool // the filter has the keys

	cancel  context.CancelFunc
	round   int // of the asking, so that rows of one before count for nothing
	running bool
	stopped bool
	at      time.Time // of when the rows are
	reads   int       // how often everything had been read anew then
	problem string

	height, top int // of the table, as it was drawn
}

// openWho shows who can reach the target of the question.
func (m *Model) openWho() tea.Cmd {
	s, cmd := newWho(m)
	m.push(s)
	return cmd
}

// openWhat shows what the source of the question can reach.
func (m *Model) openWhat() tea.Cmd {
	s, cmd := newWhat(m)
	m.push(s)
	return cmd
}

func newWho(m *Model) (screen, tea.Cmd) {
	q := m.question
	q.Source = diagnose.Everyone
	return newReach(m, true, q)
}

func newWhat(m *Model) (screen, tea.Cmd) {
	q := m.question
	q.Target = ""
	return newReach(m, false, q)
}

func newReach(m *Model, who bool, q Question) (*reach, tea.Cmd) {
	r := &reach{who: who, question: q, before: m.question, filter: newInput(m, "", ""), height: 10}
	r.table.only = everyVerdict
	return r, r.begin(m)
}

// close ends the asking.
func (r *reach) close() { r.cancel() }

func (r *reach) title(*Model) string {
	if r.who {
		return "who can reach it"
	}
	return "what it can reach"
}

func (r *reach) typing() bool { return r.typed }

func (r *reach) actions(m *Model) []action {
	enter := "ask this one"
	if r.typed {
		enter = "keep the filter"
	}
	return []action{
		{name: "ask", does: enter, keys: []string{"enter"}, run: func() tea.Cmd { return r.enter(m) }},
		{name: "filter", does: "filter", keys: []string{"/"}, run: func() tea.Cmd { r.typed = true; return nil }},
		{name: "verdict", does: "next verdict", keys: []string{"tab"}, run: func() tea.Cmd { r.table.cycle(1); return nil }},
		{name: "verdict-before", does: "verdict before", keys: []string{"shift+tab"}, run: func() tea.Cmd { r.table.cycle(-1); return nil }, quiet: true},
		{name: "back", does: r.escapes(), keys: []string{"esc"}, run: func() tea.Cmd { return r.escape(m) }},
		{name: "ask-again", does: "ask again", keys: []string{"r", "ctrl+r"}, run: func() tea.Cmd { return r.again(m) }, quiet: true},
	}
}

// escapes says what esc does now.
func (r *reach) escapes() string {
	switch {
	case r.typed || r.filter.Value() != "":
		return "no filter"
	case r.running:
		return "stop asking"
	}
	return "back"
}

func (r *reach) escape(m *Model) tea.Cmd {
	switch {
	case r.typed || r.filter.Value() != "":
		r.typed = false
		r.filter.SetValue("")
		r.table.filter("")
		return nil
	case r.running:
		r.cancel()
		return nil
	}
	cmd := m.back()
	if !m.question.Equal(r.before) { // that of a row was asked
		return tea.Batch(cmd, m.ask(r.before))
	}
	return cmd
}

// enter asks the question of the row, or lets go of the filter.
func (r *reach) enter(m *Model) tea.Cmd {
	if r.typed {
		r.typed = false
		return nil
	}
	row, ok := r.table.selected()
	switch {
	case !ok:
		m.say("there is no row to ask")
		return nil
	case row.Source == diagnose.Anybody:
		m.askFor("Which caller outside the mesh?", "Its address, as the target sees it.", "ip/", func(m *Model, value string) tea.Cmd {
			return r.ask(m, value, row.Target)
		})
		return nil
	case row.Whoever:
		m.say("this row stands for all that are not in sight: ask with the name of one")
		return nil
	}
	return r.ask(m, row.Source, row.Target)
}

func (r *reach) ask(m *Model, source, target string) tea.Cmd {
	q := r.about(source, target)
	cmd := m.ask(q)
	m.push(newWay(m))
	return cmd
}

// about is the question that a row is the answer to: what a source can reach leaves the path
// open unless one was said.
func (r *reach) about(source, target string) Question {
	q := r.question
	q.Source, q.Target = source, target
	if !r.who {
		q.AnyPath = q.Path == ""
	}
	return q
}

// command asks for everyone; there is none for what a source reaches, so it asks what the
// row does.
func (r *reach) command(*Model) []string {
	q := r.question
	if row, ok := r.table.selected(); ok && !r.who {
		q = r.about(q.Source, row.Target)
	}
	return q.Args()
}

func (r *reach) update(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case reached:
		return r.receive(m, msg)
	case tea.KeyPressMsg:
		return r.key(m, msg)
	case tea.PasteMsg:
		if r.typed {
			return r.edit(m, msg)
		}
	}
	return nil
}

func (r *reach) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	switch {
	case !r.typed, k == "up", k == "down", k == "pgup", k == "pgdown":
		r.table.list.key(k, r.height)
		return nil
	}
	return r.edit(m, msg)
}

// edit passes a key to the filter.
func (r *reach) edit(m *Model, msg tea.Msg) tea.Cmd {
	in, cmd := r.filter.Update(msg)
	r.filter = in
	if text := m.theme.clean(in.Value()); text != in.Value() { // what was pasted may be anything
		r.filter.SetValue(text)
		r.filter.CursorEnd()
	}
	r.table.filter(r.filter.Value())
	return cmd
}

// click moves to a row, and asks it if the cursor is there already.
func (r *reach) click(m *Model, _, y int) tea.Cmd {
	row := r.table.list.top + y - r.top
	if y < r.top || y >= r.top+r.height || row >= len(r.table.shown) {
		return nil
	}
	if row == r.table.list.cursor {
		return r.enter(m)
	}
	r.table.list.to(row)
	return nil
}
