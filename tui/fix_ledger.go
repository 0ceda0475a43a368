package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
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
	events := make(chan progress)
	tell := func(p progress) {
		p.of, p.to, p.events = l, to, events
		select {
		case events <- p:
		case <-m.ctx.Done():
		}
	}
	run := func() tea.Msg {
		defer cancel()
		defer close(events)
		applied, err := do(ctx, func(s Stage) { tell(progress{stage: s}) })
		tell(progress{ended: true, applied: applied, err: err})
		return nil
	}
	return tea.Batch(run, heard(events))
}

// heard waits for what is told next.
func heard(events <-chan progress) tea.Cmd {
	return func() tea.Msg {
		if p, ok := <-events; ok {
			return p
		}
		return nil
	}
}

// take takes what the writer tells, and waits for more.
func (p progress) take(m *Model) tea.Cmd {
	l := p.of
	if !p.ended {
		l.stages = append(l.stages, p.stage)
		return heard(p.events)
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
		m.say("it is being written: this takes a few seconds")
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

// quit keeps one from leaving while something is being written.
func (l *ledger) quit(m *Model) action {
	a := action{name: "quit", does: "quit", keys: []string{"q"}, run: m.quit}
	if l.writing() {
		a.off = "it is being written: this takes a few seconds"
	}
	return a
}

// lines tell all of it; did is what it is called when the writing is done.
func (l *ledger) lines(m *Model, did string, w int) []string {
	t := m.theme
	var out []string
	for i, s := range l.stages {
		last := i == len(l.stages)-1
		mark, style := t.glyph("√", "+"), t.allowed
		switch {
		case last && l.running:
			mark, style = t.glyph("·", "-"), t.faint
		case last && l.err != nil:
			mark, style = t.glyph("×", "x"), t.denied
		}
		text := t.clean(string(s))
		if last && l.running {
			text += t.clean(" …")
		}
		for j, line := range t.wrap(text, max(1, w-4)) {
			if j > 0 {
				mark = " "
			}
			out = append(out, " "+style.Render(mark)+" "+line)
		}
	}
	return append(out, l.end(m, did, w)...)
}

// end tells how it ended.
func (l *ledger) end(m *Model, did string, w int) []string {
	if !l.ended {
		return nil
	}
	t := m.theme
	var out []string
	if len(l.stages) > 0 {
		out = []string{""}
	}
	add := func(name, text string, warn bool) {
		style := lipgloss.NewStyle()
		if warn {
			style = t.warning
		}
		for _, line := range t.fact(name, t.clean(text), style, w-1) {
			out = append(out, " "+line)
		}
	}
	switch {
	case l.err != nil && l.gaveUp && !l.wrote():
		add("", "Given up: nothing was written.", false)
	case l.err != nil:
		add("failed", l.err.Error(), true)
		out = append(out, l.detail(t, w)...)
	}
	for _, done := range l.applied.Written {
		add(did, done, false)
	}
	if l.applied.Uncertain {
		add("", "It is not known whether the last of it was "+did+".", true)
	}
	for _, r := range l.applied.Reverted {
		add("warning", r, true)
	}
	for _, n := range l.applied.Notes {
		add("note", n, false)
	}
	return out
}

// detail is what an error has no room for in a line: what somebody else has changed, or
// the whole answer of a webhook.
func (l *ledger) detail(t *theme, w int) []string {
	var d interface{ Detail() string }
	if !errors.As(l.err, &d) {
		return nil
	}
	var out []string
	for _, line := range t.signed(d.Detail(), max(1, w-factColumn-1)) {
		out = append(out, t.pad("", factColumn+1)+line)
	}
	return out
}

// verdict is the answer after it, as it is now; ok is false as long as there is none.
func (l *ledger) verdict(m *Model, w int) (line string, ok bool) {
	t := m.theme
	switch {
	case !l.asked:
		return "", false
	case m.asking != 0:
		return t.faint.Render(t.clean(" asking again …")), false
	case m.problem != "" || m.answer == nil:
		return t.cut(" "+t.warning.Render("asking again: "+m.problem), w), false
	}
	d := m.answer.Diagnosis.Status
	return t.verdictLine(d.Verdict, d.Title, w), true
}
