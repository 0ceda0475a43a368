package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// answered is the outcome of a question.
type answered struct {
	number int
	answer *Answer
	err    error
}

// ask asks a question; one that is still being asked is given up.
func (m *Model) ask(q Question) tea.Cmd {
	if m.cancel != nil {
		m.cancel()
	}
	ctx, cancel := context.WithCancel(m.ctx)
	m.question, m.cancel = q, cancel
	m.asked++
	m.asking = m.asked
	number, asker := m.asked, m.Asker
	return func() tea.Msg {
		defer cancel()
		a, err := asker.Ask(ctx, q)
		return answered{number, a, err}
	}
}

// askAgain reads everything anew.
func (m *Model) askAgain() tea.Cmd {
	q, asker := m.question, m.Asker
	ask := m.ask(q)
	m.reads++
	m.live.renews(m)
	return func() tea.Msg {
		asker.Renew()
		return ask()
	}
}

// notAsked says why there is nothing to ask again.
func (m *Model) notAsked() string {
	if m.question.Source == "" || m.question.Target == "" {
		return "nothing was asked yet"
	}
	return ""
}

// receive takes what commands bring to the model itself.
func (m *Model) receive(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case answered:
		return m.hear(msg)
	case liveEvent:
		return m.live.event(m, msg)
	case said:
		m.say(string(msg))
	case progress:
		return msg.take(m)
	case delivery:
		msg.deliver(m)
	}
	return nil
}

// delivery is a message that knows whom it is for, whatever is on the screen by now.
type delivery interface {
	deliver(m *Model)
}

// said is a message for the line below the screen.
type said string

func (m *Model) hear(a answered) tea.Cmd {
	if a.number != m.asking {
		return nil // of a question that nobody waits for any more
	}
	m.asking = 0
	if a.err != nil {
		if errors.Is(a.err, context.Canceled) {
			return nil
		}
		m.problem = m.theme.clean(a.err.Error())
		if m.answer == nil && unreachable(a.err) {
			m.problem = "no cluster: " + m.problem + "; read one from files with -f"
		}
		return m.live.failed(m, a.number, a.err)
	}
	before := m.answer
	m.problem, m.answer = "", a.answer
	watch := m.live.answered(m, a.number, before)
	if m.top().typing() {
		return watch // the question is not finished yet
	}
	return tea.Batch(watch, m.remember())
}

// unreachable reports whether an error says that no server answers.
func unreachable(err error) bool {
	var u *cluster.Unread
	return errors.As(err, &u) && (u.Reason == cluster.Unreachable || u.Reason == cluster.TimedOut)
}

// remember keeps the question that was answered last.
func (m *Model) remember() tea.Cmd {
	if m.Recent == nil || m.answer == nil {
		return nil
	}
	recent, q := m.Recent, m.answer.Question
	return func() tea.Msg { recent.Add(q); return nil }
}

// current reports whether the answer is that of the question as it stands.
func (m *Model) current() bool {
	return m.answer != nil && m.asking == 0 && m.problem == "" && m.answer.Question.Equal(m.question)
}
