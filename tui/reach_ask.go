package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
)

// reached are rows, or the end of them.
type reached struct {
	of    *reach
	round int
	pages <-chan reached
	rows  []reachLine
	ended bool
	err   error
}

// begin asks; the rows come one after the other.
func (r *reach) begin(m *Model) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	r.round++
	if r.reads = m.reads; r.at.IsZero() && m.answer != nil {
		r.at = m.answer.At
	}
	r.cancel, r.running, r.stopped, r.problem = cancel, true, false, ""
	pages := make(chan reached)
	asker, q, theme, who, round := m.Asker, r.question, m.theme, r.who, r.round
	send := func(msg reached) {
		msg.of, msg.round, msg.pages = r, round, pages
		offer(ctx, pages, msg)
	}
	read := func() tea.Msg {
		defer cancel()
		defer close(pages)
		err := asker.Reach(ctx, q, func(rows []ReachRow) { send(reached{rows: theme.reachLines(rows, who)}) })
		if ctx.Err() != nil { // nobody may be listening any more: see next
			return reached{of: r, round: round, ended: true, err: ctx.Err()}
		}
		send(reached{ended: true, err: err})
		return nil
	}
	return tea.Batch(read, await(pages))
}

func (r *reach) receive(m *Model, msg reached) tea.Cmd {
	switch {
	case msg.of != r || msg.round != r.round:
		return nil
	case msg.ended:
		r.running = false
		r.stopped = errors.Is(msg.err, context.Canceled)
		if msg.err != nil && !r.stopped {
			r.problem = m.theme.clean(msg.err.Error())
		}
		return nil
	}
	r.table.add(msg.rows)
	return await(msg.pages)
}

// again reads everything anew and asks once more.
func (r *reach) again(m *Model) tea.Cmd {
	r.cancel()
	r.table = reachTable{only: r.table.only, sought: r.table.sought}
	m.reads++
	r.at = m.now()
	asker, begin := m.Asker, r.begin(m)
	return tea.Sequence(func() tea.Msg { asker.Renew(); return nil }, begin)
}
