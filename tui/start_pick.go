package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// take takes the row under the cursor, and goes on with the next field; in the last one
// it asks.
func (s *start) take(m *Model) tea.Cmd {
	f := s.field()
	if f.list.cursor >= f.rows() {
		m.say("there is nothing to pick: type a name")
		return nil
	}
	r := f.row(f.list.cursor)
	if r.recent != nil {
		return s.again(m, *r.recent)
	}
	f.set(r.value)
	s.refresh(m)
	if r.unfinished {
		return nil
	}
	if s.focus == startTarget {
		return s.ask(m)
	}
	cmd := s.limited(m)
	s.to(m, s.focus+1)
	return cmd
}

// set puts a text into the field.
func (f *startField) set(text string) {
	f.input.SetValue(text)
	f.input.CursorEnd()
	f.list.to(0)
}

// next goes to the next field. What is half typed is completed, as a shell does with this
// key.
func (s *start) next(m *Model) tea.Cmd {
	s.complete(m)
	cmd := s.limited(m)
	s.to(m, s.focus+1)
	return cmd
}

// complete puts the row under the cursor into the field, to be typed on.
func (s *start) complete(m *Model) {
	f := s.field()
	if f.text() == "" || f.list.cursor >= f.rows() {
		return
	}
	f.set(f.row(f.list.cursor).value)
	s.refresh(m)
}

// limited lists the namespace that was chosen, if it is not among what was listed.
func (s *start) limited(m *Model) tea.Cmd {
	namespace := s.fields[startNamespace].text()
	if s.focus != startNamespace || namespace == "" || !s.some {
		return nil
	}
	return s.list(m, namespace)
}

// ask asks what the fields say.
func (s *start) ask(m *Model) tea.Cmd {
	if s.fields[startSource].text() == "" {
		s.to(m, startSource)
		m.say("who calls? pick a source")
		return nil
	}
	return s.open(m, s.question(m))
}

// again asks a question that was asked before.
func (s *start) again(m *Model, q Question) tea.Cmd {
	s.fields[startSource].set(m.theme.clean(q.Source))
	s.fields[startTarget].set(m.theme.clean(q.Target))
	s.to(m, startTarget)
	return s.open(m, q)
}

func (s *start) open(m *Model, q Question) tea.Cmd {
	cmd := m.ask(q)
	m.push(newWay(m))
	return cmd
}

// question is what the fields say, with what the command line said of the request.
func (s *start) question(m *Model) Question {
	q := m.Question
	q.Source, q.Target = s.fields[startSource].text(), s.fields[startTarget].text()
	q.AnyPath = q.Path == "" // of a Service nobody has said a path
	if namespace := s.fields[startNamespace].text(); namespace != "" && namespace != q.Base.Namespace {
		q.Namespace, q.Base.Namespace = namespace, namespace
	}
	return q
}

// command are the words of what the fields say so far.
func (s *start) command(m *Model) []string {
	q := s.question(m)
	words := q.Args()
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// click moves to a field, or to a row, and takes the row that the cursor is on already.
func (s *start) click(m *Model, x, y int) tea.Cmd {
	if y < len(s.fields) {
		s.to(m, y)
		return nil
	}
	list, had := s.listAt(x), s.focus
	f := &s.fields[list]
	row := f.list.top + y - s.listTop
	if y < s.listTop || row >= f.rows() {
		return nil
	}
	s.to(m, list)
	if row == f.list.cursor && list == had {
		return s.take(m)
	}
	f.list.to(row)
	return nil
}

// listAt is the field whose list stands in a column.
func (s *start) listAt(x int) int {
	switch {
	case x >= s.wide:
		return startTarget
	case s.beside:
		return min(s.focus, startSource)
	}
	return s.focus
}
