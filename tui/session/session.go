// Package session answers what the screens of [tui] ask, from a cluster.Reader: questions,
// who reaches what, what there is to pick, repairs.
package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Session is a [tui.Asker], a [tui.Lister] and a [tui.Fixer]. What was read for one question serves the
// next, until Renew. It may be used from several goroutines; they take turns.
type Session struct {
	base cluster.Reader
	now  func() time.Time

	turn chan struct{} // whoever has taken from it may use what follows
	reading
	former *reading // the one before Renew, until there is an answer anew
}

// reading is what was read.
type reading struct {
	cache  *cluster.Cache
	ask    *diagnose.Session
	asked  [3]string // whose question the session is: source, target, namespace
	readAt time.Time
}

// New starts a session. Nothing is read yet.
func New(base cluster.Reader, now func() time.Time) *Session {
	s := &Session{base: base, now: now, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	s.forget()
	return s
}

// take waits for the turn; the error is that of ctx.
func (s *Session) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil { // a turn that is free as well is not taken
		return err
	}
	select {
	case <-s.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Session) give() { s.turn <- struct{}{} }

func (s *Session) forget() {
	s.reading = reading{cache: cluster.NewCache(s.base)}
}

// Renew forgets what was read, unless the server turns out to be gone.
func (s *Session) Renew() {
	<-s.turn
	defer s.give()
	if s.former == nil && s.ask != nil {
		former := s.reading
		s.former = &former
	}
	s.forget()
}

// gone says why the server cannot be asked any more that could be before.
func (s *Session) gone(err error) *cluster.Unread {
	if s.former == nil {
		return nil
	}
	var unread *cluster.Unread
	if errors.As(err, &unread) && silent(*unread) {
		return unread
	}
	if slices.ContainsFunc(s.former.ask.Snapshot().Unread(), silent) {
		return nil // it did not answer everything then either
	}
	all := s.ask.Snapshot().Unread()
	if i := slices.IndexFunc(all, silent); i >= 0 {
		return &all[i]
	}
	return nil
}

// silent reports whether the server did not answer, which says nothing of the objects.
func silent(u cluster.Unread) bool {
	return u.Reason == cluster.Unreachable || u.Reason == cluster.TimedOut || u.Reason == cluster.Unauthorized
}

// Ask answers a question.
func (s *Session) Ask(ctx context.Context, q tui.Question) (*tui.Answer, error) {
	question, err := q.Parse()
	if err != nil {
		return nil, err
	}
	if err := s.take(ctx); err != nil {
		return nil, err
	}
	defer s.give()
	question.Now = s.now()
	if about := [3]string{question.Source, question.Target, question.Namespace}; s.ask == nil || s.asked != about {
		// Another question rests on other objects, and only these are to be watched.
		s.ask, s.asked = diagnose.NewSession(s.cache), about
	}
	if s.readAt.IsZero() {
		s.readAt = question.Now
	}
	d, err := s.ask.Ask(ctx, question)
	if gone := s.gone(err); gone != nil {
		s.reading, s.former = *s.former, nil
		return nil, gone
	}
	if err != nil {
		return nil, err
	}
	s.former = nil
	return &tui.Answer{Question: q, Diagnosis: d, Snapshot: s.ask.Snapshot(), View: report.NewView(d), At: s.readAt}, nil
}

// Propose proposes repairs, from what there is now.
func (s *Session) Propose(ctx context.Context, q tui.Question) (*fix.Proposal, error) {
	question, err := q.Parse()
	if err != nil {
		return nil, err
	}
	question.Now = s.now()
	return fix.Propose(ctx, s.base, question)
}
