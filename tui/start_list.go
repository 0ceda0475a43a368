package tui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// remembered are the recent questions.
type remembered struct {
	of        *start
	questions []Question
}

// remember puts a question first among the recent ones.
func (s *start) remember(m *Model, q Question) {
	s.recent = append([]Question{q}, slices.DeleteFunc(slices.Clone(s.recent), q.Equal)...)
	s.refresh(m)
}

// listed is a page of what can be picked, or the end of the list.
type listed struct {
	of    *start
	pages <-chan listed
	page  []*choice
	ended bool
	only  string // the one namespace that was listed instead of all
	err   error  // what could not be listed
}

// list begins to list a namespace, or all. Where not all may be listed it is the
// question's.
func (s *start) list(m *Model, namespace string) tea.Cmd {
	if m.Lister == nil || s.listed[namespace] {
		return nil
	}
	s.listed[namespace] = true
	s.listing++
	pages := make(chan listed)
	ctx, lister, theme, fallback := s.ctx, m.Lister, m.theme, m.Question.Base.Namespace
	send := func(l listed) {
		l.of, l.pages = s, pages
		offer(ctx, pages, l)
	}
	read := func() tea.Msg {
		defer close(pages)
		each := func(page []Entry) { send(listed{page: theme.choices(page)}) }
		end := listed{ended: true, err: lister.List(ctx, namespace, each)}
		if namespace == "" && fallback != "" && forbidden(end.err) {
			if err := lister.List(ctx, fallback, each); err != nil {
				end.err = err
			} else {
				end.only = fallback
			}
		}
		send(end)
		return nil
	}
	return tea.Batch(read, await(pages))
}

// forbidden reports whether an error says that something may not be listed.
func forbidden(err error) bool {
	var u *cluster.Unread
	return errors.As(err, &u) && u.Reason == cluster.Forbidden && !harmless(err)
}

// harmless reports whether nothing is missing. That namespaces cannot be listed is no
// matter: each entry names its own.
func harmless(err error) bool {
	var u *cluster.Unread
	return err == nil || errors.Is(err, context.Canceled) ||
		errors.As(err, &u) && u.Reason == cluster.Forbidden && u.Resource == cluster.Namespaces.Plural
}

// turn takes a page in, and waits for the next.
func (s *start) turn(m *Model, l listed) tea.Cmd {
	switch {
	case l.of != s:
		return nil
	case l.ended:
		s.listing--
		s.ended(m, l)
		s.refresh(m)
		return nil
	}
	s.stock.add(l.page)
	s.refresh(m)
	return await(l.pages)
}

// ended says what of a list is missing.
func (s *start) ended(m *Model, l listed) {
	switch {
	case harmless(l.err):
		s.unlisted = ""
	case l.only != "":
		s.some, s.listed[l.only] = true, true
		s.note = m.theme.clean("only namespace " + l.only + " is listed: " + l.err.Error())
	default:
		s.some = true
		s.unlisted = m.theme.clean(l.err.Error())
	}
}
