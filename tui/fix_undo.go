package tui

import (
	"context"
	"slices"

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

// forget takes the fix from those that can be undone.
func (s *undoing) forget(m *Model) {
	m.applied = slices.DeleteFunc(m.applied, func(a appliedFix) bool { return a.id == s.fix.id })
}
