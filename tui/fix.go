package tui

import (
	"context"
	"errors"
	"slices"
	"strings"

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

func (s *repairs) actions(m *Model) []action {
	if s.cancel != nil {
		return []action{{name: "back", does: "give up", keys: []string{"esc"}, run: m.back}}
	}
	var out []action
	add := func(a action, when bool) {
		if when {
			out = append(out, a)
		}
	}
	some := s.candidate() != nil
	shows := "YAML"
	if s.yaml {
		shows = "diff"
	}
	add(action{name: "apply", does: "apply", keys: []string{"a"}, run: func() tea.Cmd { return s.confirm(m) }, off: m.notWritable()}, some && !m.ReadOnly)
	add(action{name: "yaml", does: shows, keys: []string{"y"}, run: s.toggleYAML}, some)
	add(action{name: "pane", does: "list or detail", keys: []string{"tab"}, run: s.toggleFocus}, some)
	add(action{name: "zoom", does: "zoom", keys: []string{"enter"}, run: s.zoom}, some)
	add(m.undoAction(), m.canUndo())
	add(action{name: "ask-again", does: "look again", keys: []string{"r", "ctrl+r"}, run: func() tea.Cmd { return s.look(m) }, quiet: true}, true)
	return out
}

// notWritable says why nothing can be applied.
func (m *Model) notWritable() string {
	switch {
	case m.Writer != nil:
		return ""
	case m.WhyNot != "":
		return m.WhyNot
	}
	return "there is nothing to write to"
}

func (s *repairs) toggleYAML() tea.Cmd {
	s.yaml = !s.yaml
	s.detail.to(0)
	return nil
}

func (s *repairs) toggleFocus() tea.Cmd {
	s.focused = !s.focused
	return nil
}

func (s *repairs) zoom() tea.Cmd {
	s.zoomed = !s.zoomed
	s.focused = s.zoomed
	return nil
}

// update moves the list, or the detail if keys are for it. Left and right are the
// candidates before and after, also where only one is seen.
func (s *repairs) update(_ *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok || s.candidate() == nil {
		return nil
	}
	was := s.list.cursor
	switch key := k.String(); {
	case key == "left" || key == "h":
		s.list.move(-1)
	case key == "right" || key == "l":
		s.list.move(1)
	case s.focused:
		s.detail.key(key, s.page)
	default:
		s.list.key(key, 5)
	}
	if s.list.cursor != was {
		s.detail.to(0)
	}
	return nil
}

// click selects a candidate, or makes keys move the detail.
func (s *repairs) click(_ *Model, x, y int) tea.Cmd {
	row := y - s.from
	s.focused = s.zoomed || row >= len(s.rows) || s.split > 0 && x >= s.split
	if !s.focused && row >= 0 && s.list.cursor != s.rows[row] {
		s.list.to(s.rows[row])
		s.detail.to(0)
	}
	return nil
}

// command is the one that shows the candidate.
func (s *repairs) command(*Model) []string {
	out := append([]string{"fix"}, s.question.Args()...)
	if c := s.candidate(); c != nil {
		out = append(out, "--pick", c.ID)
		if s.yaml {
			out = append(out, "-o", "yaml")
		}
	}
	return out
}

// copies are the candidate as others take it.
func (s *repairs) copies(*Model) []copyable {
	c := s.candidate()
	if c == nil {
		return nil
	}
	name := "fix-" + c.ID
	return []copyable{
		{what: "YAML of candidate " + c.ID, file: name + ".yaml", text: func() (string, error) { return objects(*c) }},
		{what: "diff of candidate " + c.ID, file: name + ".diff", text: func() (string, error) { return diff(*c), nil }},
	}
}

// objects are those of a candidate, as manifests.
func objects(c fix.Candidate) (string, error) {
	var b strings.Builder
	err := fix.Print(&b, &fix.Proposal{Candidates: []fix.Candidate{c}}, "yaml", true)
	return b.String(), err
}

// diff is what becomes of a candidate's objects.
func diff(c fix.Candidate) string {
	var b strings.Builder
	for _, change := range c.Changes {
		b.WriteString(fix.Diff(change))
	}
	return b.String()
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
