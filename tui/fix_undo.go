package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// canUndo reports whether something that was applied can be taken back.
func (m *Model) canUndo() bool { return len(m.applied) > 0 && m.Writer != nil && !m.ReadOnly }

// undoAction takes the latest fix back.
func (m *Model) undoAction() action {
	return action{name: "undo", does: "undo", keys: []string{"u"}, run: m.openUndo}
}

// takingBack is the one stage of an undo.
const takingBack Stage = "taking it back"

// undoing is a fix that is being taken back, or was.
type undoing struct {
	ledger
	fix  appliedFix
	plan *UndoPlan // nil: it is being looked up
	page int
}

// openUndo takes back what was applied last in this session, after asking.
func (m *Model) openUndo() tea.Cmd {
	if !m.canUndo() {
		m.say("undo: nothing was applied in this session")
		return nil
	}
	s := &undoing{fix: m.applied[len(m.applied)-1]}
	m.push(s)
	writer, id := m.Writer, s.fix.id
	ctx, cancel := context.WithCancel(m.ctx)
	s.running, s.cancel = true, cancel
	return func() tea.Msg {
		defer cancel()
		plan, err := writer.PlanUndo(ctx, id)
		return undoPlanned{s, plan, err}
	}
}

// undoPlanned is what taking back comes to.
type undoPlanned struct {
	to   *undoing
	plan UndoPlan
	err  error
}

func (p undoPlanned) deliver(m *Model) {
	s := p.to
	s.running = false
	if p.err != nil {
		s.ended, s.err = true, p.err
		return
	}
	s.plan = &p.plan
	if len(p.plan.Does) == 0 { // somebody has done it already
		s.ended, s.applied.Notes = true, p.plan.Already
		s.forget(m)
		return
	}
	if m.top() == screen(s) && m.overlay == nil {
		s.confirm(m)
	}
}

// confirm asks whether it is to be done.
func (s *undoing) confirm(m *Model) {
	facts := []report.Fact{{Name: "in", Words: m.Origin}}
	name := "does"
	for _, line := range s.plan.Does {
		facts = append(facts, report.Fact{Name: name, Words: line})
		name = ""
	}
	for _, already := range s.plan.Already {
		facts = append(facts, report.Fact{Name: "done", Words: already})
	}
	ask := &confirmation{
		title: "Undo " + s.plan.ID + ": " + s.plan.Title, facts: facts, does: "undo",
		done: s.undo,
		left: func(m *Model) { _ = m.back() },
	}
	ask.ask(m)
}

func (s *undoing) undo(m *Model) tea.Cmd {
	writer, id := m.Writer, s.fix.id
	return s.begin(m, s, func(ctx context.Context, stage func(Stage)) (Applied, error) {
		stage(takingBack)
		return writer.Undo(ctx, id)
	})
}

// finished forgets what was taken back, and asks the question again.
func (s *undoing) finished(m *Model) tea.Cmd {
	if s.err == nil {
		s.forget(m)
	}
	if s.err != nil && !s.wrote() {
		return nil
	}
	s.asked = true
	return m.askAgain()
}

// back gives the looking up up at once: nothing has come of it.
func (s *undoing) back(m *Model) bool {
	if s.plan == nil && s.running {
		s.cancel()
		return false
	}
	return s.ledger.back(m)
}

func (*undoing) title(*Model) string { return "undo" }

// forget takes the fix from those that can be undone.
func (s *undoing) forget(m *Model) {
	m.applied = slices.DeleteFunc(m.applied, func(a appliedFix) bool { return a.id == s.fix.id })
}

func (*undoing) typing() bool { return false }
func (*undoing) repairing()   {}

func (s *undoing) actions(m *Model) []action {
	out := []action{s.quit(m)}
	if s.ended && m.canUndo() {
		again := m.undoAction()
		again.run = func() tea.Cmd { // in the place of this one
			m.stack = m.stack[:len(m.stack)-1]
			return m.openUndo()
		}
		out = append([]action{again}, out...)
	}
	return out
}

func (s *undoing) update(_ *Model, msg tea.Msg) tea.Cmd {
	s.key(msg, s.page)
	return nil
}

func (s *undoing) click(*Model, int, int) tea.Cmd { return nil }

// command is the one that takes back the same.
func (s *undoing) command(*Model) []string { return []string{"fix", "undo", s.fix.id} }

func (s *undoing) view(m *Model, w, h int) string {
	t := m.theme
	s.page = h
	var lines []string
	for _, l := range t.wrap(t.clean("Undo "+s.fix.id+": "+s.fix.title), max(1, w-1)) {
		lines = append(lines, " "+t.bold.Render(l))
	}
	lines = append(lines, t.cut(" "+t.faint.Render(t.clean("in "+m.Origin)), w), "")
	if s.plan == nil && !s.ended {
		lines = append(lines, t.faint.Render(t.clean(" looking up what there is to take back …")))
	}
	lines = append(lines, s.lines(m, "undone", w)...)
	verdict, ok := s.verdict(m, w)
	switch {
	case ok && s.err == nil:
		lines = append(lines, "", verdict, t.cut(" It is taken back; esc goes on with the answer.", w))
	case s.ended && s.err != nil:
		lines = append(lines, "", t.cut(" u tries again.", w))
	case s.ended && !s.asked:
		lines = append(lines, "", " There is nothing to take back any more.")
	case verdict != "":
		lines = append(lines, "", verdict)
	}
	return strings.Join(t.sight(&s.text, lines, h), "\n")
}
