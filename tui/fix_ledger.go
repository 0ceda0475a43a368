package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// ledger is what has been done so far of something that writes, and how it ended.
type ledger struct {
	stages  []Stage // that have begun
	running bool
	cancel  context.CancelFunc
	applied Applied
	err     error
	ended   bool
	asked   bool // the question was asked again afterwards
	gaveUp  bool
	text    list // of its lines: the first in sight
}

// finisher is a screen with something that writes.
type finisher interface {
	// finished is told when it has ended.
	finished(m *Model) tea.Cmd
}

// progress is what the writer tells.
type progress struct {
	of      *ledger
	to      finisher
	events  <-chan progress
	stage   Stage
	ended   bool
	applied Applied
	err     error
}

// begin starts something that writes. It is heard of also when its screen is left.
func (l *ledger) begin(m *Model, to finisher, do func(ctx context.Context, stage func(Stage)) (Applied, error)) tea.Cmd {
	ctx, cancel := context.WithCancel(m.ctx)
	*l = ledger{running: true, cancel: cancel}
	m.writer = l
	events := make(chan progress)
	tell := func(p progress) {
		p.of, p.to, p.events = l, to, events
		offer(m.ctx, events, p)
	}
	run := func() tea.Msg {
		defer cancel()
		defer close(events)
		applied, err := do(ctx, func(s Stage) { tell(progress{stage: s}) })
		tell(progress{ended: true, applied: applied, err: err})
		return nil
	}
	return tea.Batch(run, await(events))
}

// take takes what the writer tells, and waits for more.
func (p progress) take(m *Model) tea.Cmd {
	l := p.of
	if !p.ended {
		l.stages = append(l.stages, p.stage)
		return await(p.events)
	}
	l.running, l.ended, l.applied, l.err = false, true, p.applied, p.err
	return p.to.finished(m)
}

// writing reports whether it would be harmful to stop now.
func (l *ledger) writing() bool {
	return l.running && len(l.stages) > 0 && l.stages[len(l.stages)-1] != Proving
}

// wrote reports whether something was written, or may have been.
func (l *ledger) wrote() bool { return l.applied.ID != "" || len(l.applied.Written) > 0 }

// back gives up what has not begun to write yet; what has is not left.
func (l *ledger) back(m *Model) bool {
	switch {
	case l.writing():
		m.say(m.notQuit())
		return true
	case l.running:
		l.gaveUp = true
		l.cancel()
		return true
	case l.wrote():
		m.leaveRepairs()
		return true
	}
	return false
}

// key scrolls.
func (l *ledger) key(msg tea.Msg, h int) {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		l.text.key(k.String(), h)
	}
}
