package tui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// confirm asks whether the candidate is to be applied. What does more than was asked for
// has to be typed.
func (s *repairs) confirm(m *Model) tea.Cmd {
	c := *s.candidate()
	facts := []report.Fact{{Name: "to", Words: m.Origin}}
	name := "writes"
	for _, change := range c.Changes {
		facts = append(facts, report.Fact{Name: name, Words: change.Verb() + " " + change.Object()})
		name = ""
	}
	ask := &confirmation{
		title: "Apply " + c.ID + ": " + c.Title, facts: append(facts, c.Facts()...), does: "apply", typed: !c.Plain(),
		done: func(m *Model) tea.Cmd { return m.apply(s.question, c) },
	}
	ask.ask(m)
	return nil
}

// applying is a candidate that is being applied, or was.
type applying struct {
	ledger
	question  Question
	candidate fix.Candidate
	page      int
}

// apply applies a candidate.
func (m *Model) apply(q Question, c fix.Candidate) tea.Cmd {
	s := &applying{question: q, candidate: c}
	m.push(s)
	writer := m.Writer
	return s.begin(m, s, func(ctx context.Context, stage func(Stage)) (Applied, error) {
		return writer.Apply(ctx, q, c, stage)
	})
}

// finished keeps what can be taken back, and asks the question again.
func (s *applying) finished(m *Model) tea.Cmd {
	if !s.wrote() {
		return nil
	}
	m.applied = append(m.applied, appliedFix{s.applied.ID, s.candidate.Title})
	s.asked = true
	return m.askAgain()
}

func (s *applying) title(*Model) string { return "apply " + s.candidate.ID }
func (*applying) typing() bool          { return false }
func (*applying) repairing()            {}

func (s *applying) actions(m *Model) []action {
	var out []action
	if s.ended && m.canUndo() {
		out = append(out, m.undoAction())
	}
	if s.running {
		does := "give up"
		if s.writing() {
			does = "back"
		}
		out = append(out, action{name: "back", does: does, keys: []string{"esc"}, run: m.back})
	}
	return out
}

func (s *applying) update(_ *Model, msg tea.Msg) tea.Cmd {
	s.key(msg, s.page)
	return nil
}

func (s *applying) click(*Model, int, int) tea.Cmd { return nil }

// command is the one that applies the same.
func (s *applying) command(*Model) []string {
	return append(append([]string{"fix"}, s.question.Args()...), "--pick", s.candidate.ID, "--apply")
}

func (s *applying) view(m *Model, w, h int) string {
	t := m.theme
	s.page = h
	var lines []string
	for _, l := range t.wrap(t.clean("Apply "+s.candidate.ID+": "+s.candidate.Title), max(1, w-1)) {
		lines = append(lines, " "+t.bold.Render(l))
	}
	lines = append(lines, t.cut(" "+t.faint.Render(t.clean("to "+m.Origin)), w), "")
	lines = append(lines, s.lines(m, "written", w)...)
	lines = append(lines, s.outcome(m, w)...)
	return strings.Join(t.sight(&s.text, lines, h), "\n")
}

// outcome says whether it has helped, and what can be done now.
func (s *applying) outcome(m *Model, w int) []string {
	t := m.theme
	verdict, ok := s.verdict(m, w)
	undo := ""
	if m.canUndo() {
		undo = "; u takes it back"
	}
	switch {
	case !s.ended:
		return nil
	case !s.wrote():
		return []string{"", t.cut(" Nothing was written; esc goes back to the candidates.", w)}
	case !ok:
		return []string{"", verdict, t.cut(" "+strings.TrimPrefix(undo, "; "), w)}
	}
	out := []string{"", verdict}
	add := func(indent int, text string) {
		for _, l := range t.wrap(t.clean(text), max(1, w-indent)) {
			out = append(out, strings.Repeat(" ", indent)+l)
		}
	}
	d := m.answer.Diagnosis.Status
	switch {
	case s.applied.Uncertain:
		add(1, "The answer to it got lost"+undo+", if it is there.")
		return out
	case s.err != nil:
		add(1, "Only a part of it is written"+undo+".")
		return out
	case d.Verdict == diagnose.Allowed:
		add(1, "It is allowed now"+undo+".")
		return out
	case len(s.candidate.Afterwards) > 0:
		add(1, "It does not help yet"+undo+".")
	default:
		add(1, "It does not help"+undo+".")
	}
	for _, step := range s.candidate.Afterwards {
		add(3, "still to do: "+step)
	}
	add(3, d.Summary)
	return out
}
