package tui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// repairs is what can be done about a denial: candidates, and of the one that is looked at
// what else it does and how it changes objects.
type repairs struct {
	question Question
	cancel   context.CancelFunc // of the search; nil: nothing is being searched for
	proposal *fix.Proposal
	problem  string  // why there is no proposal
	rests    *Answer // what was known when the search began

	list    list // of the candidates
	detail  list // of the lines of the one that is selected: the first in sight
	focused bool // keys move the detail
	zoomed  bool // the detail has all the room
	yaml    bool // objects as they are to be, in place of the diff

	drawn drawn
	rows  []int // which candidate stands in each line of the list, as last drawn
	from  int   // the line of the screen that the list begins in
	page  int   // how many lines of the detail are in sight
	split int   // the column that the detail begins in; 0: below
}

// openFix looks for repairs of the question.
func (m *Model) openFix() tea.Cmd {
	s := &repairs{question: m.question}
	m.push(s)
	return s.look(m)
}

// look proposes, in the background.
func (s *repairs) look(m *Model) tea.Cmd {
	s.proposal, s.problem, s.rests = nil, "", m.answer
	s.list, s.detail, s.focused, s.zoomed, s.drawn = list{}, list{}, false, false, drawn{}
	if m.Fixer == nil {
		s.problem = "nothing proposes repairs here"
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	s.cancel = cancel
	fixer, q := m.Fixer, s.question
	return func() tea.Msg {
		defer cancel()
		p, err := fixer.Propose(ctx, q)
		return proposed{s, p, err}
	}
}

// proposed is the outcome of a search.
type proposed struct {
	to       *repairs
	proposal *fix.Proposal
	err      error
}

func (p proposed) deliver(m *Model) {
	p.to.cancel = nil
	p.to.proposal = p.proposal
	if p.err != nil && !errors.Is(p.err, context.Canceled) {
		p.to.problem = m.theme.clean(p.err.Error())
	}
}

// back gives a search up, or leaves the detail.
func (s *repairs) back(*Model) bool {
	switch {
	case s.cancel != nil:
		s.cancel()
	case s.zoomed || s.focused:
		s.zoomed, s.focused = false, false
		return true
	}
	return false
}

func (*repairs) title(*Model) string { return "fix" }
func (*repairs) typing() bool        { return false }
func (*repairs) repairing()          {}

// candidate is the one that is selected; nil if there is none.
func (s *repairs) candidate() *fix.Candidate {
	if s.proposal == nil || len(s.proposal.Candidates) == 0 {
		return nil
	}
	s.list.resize(len(s.proposal.Candidates))
	return &s.proposal.Candidates[s.list.cursor]
}

// leaveRepairs goes back to what the repairs were opened from: once something is written
// they are of the past.
func (m *Model) leaveRepairs() {
	m.stack = slices.DeleteFunc(m.stack, func(s screen) bool { _, ok := s.(interface{ repairing() }); return ok })
	if len(m.stack) == 0 {
		m.stack = []screen{newWay(m)}
	}
}

// allowed reports whether a proposal says that there is nothing to repair.
func allowed(p *fix.Proposal) bool {
	return p != nil && p.Diagnosis != nil && p.Diagnosis.Status.Verdict == diagnose.Allowed
}
