package tui

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"
)

// start is the first screen: who calls, and what is called. Three fields stand above the
// list of what the one with the focus can be.
type start struct {
	fields [3]startField
	focus  int // of fields
	stock  stock
	recent []Question // the latest first

	ctx      context.Context
	cancel   context.CancelFunc
	listing  int             // how many lists are being read
	listed   map[string]bool // the namespaces that were asked for; "" is all
	some     bool            // not all namespaces may be listed
	note     string          // what is not listed
	unlisted string          // why there is nothing to pick
	height   int             // how many rows the list had when it was drawn
	listTop  int             // the line of the first row
	wide     int             // how wide it was
	beside   bool            // the list of the target stands beside it
}

// The fields.
const (
	startNamespace = iota
	startSource
	startTarget
)

func newStart(m *Model) *start {
	s := &start{focus: startSource, listed: map[string]bool{}, height: 10}
	s.ctx, s.cancel = context.WithCancel(m.ctx)
	s.stock.has = map[string]bool{}
	for i, f := range []startField{
		{label: "Namespace", hint: "all namespaces", of: "namespaces", kinds: []EntryKind{NamespaceEntry}},
		{label: "Source", hint: "who calls", of: "workloads and Pods", kinds: []EntryKind{WorkloadEntry, PodEntry}},
		{label: "Target", hint: "what is called", of: "Services and Pods", kinds: []EntryKind{ServiceEntry, PodEntry}},
	} {
		f.input = newInput(m, "", "")
		s.fields[i] = f
	}
	if m.asked == 0 { // what the command line has said
		s.fields[startSource].set(m.theme.clean(m.Question.Source))
		s.fields[startTarget].set(m.theme.clean(m.Question.Target))
	}
	if s.fields[startSource].text() != "" {
		s.focus = startTarget
	}
	s.refresh(m)
	return s
}

// begin lists what can be picked, and what was asked before.
func (s *start) begin(m *Model) tea.Cmd {
	cmds := []tea.Cmd{s.list(m, "")}
	if m.Recent != nil {
		recent := m.Recent
		cmds = append(cmds, func() tea.Msg { return remembered{s, recent.List()} })
	}
	return tea.Batch(cmds...)
}

// openStart asks for another question.
func (m *Model) openStart() tea.Cmd {
	m.cut(0)
	s := newStart(m)
	m.push(s)
	return s.begin(m)
}

// close stops listing.
func (s *start) close() { s.cancel() }

func (*start) title(*Model) string { return "start" }

func (s *start) actions(m *Model) []action {
	does := "take it"
	if s.focus == startTarget {
		does = "ask"
	}
	return []action{
		{name: "take", does: does, keys: []string{"enter"}, run: func() tea.Cmd { return s.take(m) }},
		{name: "next-field", does: "next field", keys: []string{"tab"}, run: func() tea.Cmd { return s.next(m) }},
		{name: "previous-field", does: "field before", keys: []string{"shift+tab"}, run: func() tea.Cmd { s.to(m, s.focus-1); return nil }, quiet: true},
		{name: "complete", does: "complete", keys: []string{"right"}, run: func() tea.Cmd { s.complete(m); return nil }, quiet: true},
		{name: "back", does: "clear, go back", keys: []string{"esc"}, run: m.back},
	}
}

// typing is true of a field that something stands in.
func (s *start) typing() bool { return s.field().text() != "" }

// acts leaves a few keys to actions as long as nothing is typed: any other begins a name.
// So does q where there is a name that begins with it: who types that does not want to leave.
func (s *start) acts(k string) bool {
	if s.typing() || k == "q" && s.field().leads {
		return false
	}
	return slices.Contains([]string{"?", ":", "q", "$"}, k)
}

// back clears the field, or else goes back to the one before.
func (s *start) back(m *Model) bool {
	switch f := s.field(); {
	case f.text() != "":
		f.set("")
		s.refresh(m)
	case s.focus > 0:
		s.to(m, s.focus-1)
	default:
		return len(m.stack) == 1 // there is nothing to go back to
	}
	return true
}

func (s *start) field() *startField { return &s.fields[s.focus] }

// to moves the focus; behind the last field is the first.
func (s *start) to(m *Model, field int) {
	s.focus = (field + len(s.fields)) % len(s.fields)
	s.field().input.CursorEnd()
	s.refresh(m)
}
