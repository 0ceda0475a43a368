package tui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// quiet is how long nothing must have happened before the question is asked again: what
// changes seldom changes alone.
const quiet = 300 * time.Millisecond

// live watches what the last answer rests on.
type live struct {
	off       bool // the user has turned it off
	cancel    context.CancelFunc
	events    <-chan Event
	changes   []string // what happened since the last answer
	note      string   // what had happened before the last answer
	lost      string   // why the server cannot be asked
	unwatched []string
	round     int // the number of the watch, so that an older one's events count for nothing
}

// liveEvent is an event of a watch; ended says that there are no more.
type liveEvent struct {
	round int
	event Event
	ended bool
	due   bool // the quiet after changes is over
	of    int  // how many changes there were when it began
}

func (l *live) stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

// answered begins to watch what the new answer rests on.
func (l *live) answered(m *Model) tea.Cmd {
	l.note = strings.Join(unique(l.changes), ", ")
	l.changes, l.lost = nil, ""
	if m.Watcher == nil || l.off {
		return nil
	}
	return l.begin(m)
}

func (l *live) begin(m *Model) tea.Cmd {
	l.stop()
	ctx, cancel := context.WithCancel(m.ctx)
	l.cancel, l.unwatched = cancel, nil
	l.round++
	events := make(chan Event)
	l.events = events
	watcher, snapshot, round := m.Watcher, m.answer.Snapshot, l.round
	watch := func() tea.Msg {
		defer close(events)
		watcher.Watch(ctx, snapshot, func(e Event) {
			select {
			case events <- e:
			case <-ctx.Done():
			}
		})
		return nil
	}
	return tea.Batch(watch, next(events, round))
}

// next waits for the next event of a watch.
func next(events <-chan Event, round int) tea.Cmd {
	return func() tea.Msg {
		e, ok := <-events
		return liveEvent{round: round, event: e, ended: !ok}
	}
}

// event takes what a watch tells, and asks the question again when it has become quiet.
func (l *live) event(m *Model, msg liveEvent) tea.Cmd {
	switch {
	case msg.round != l.round || l.off || msg.ended:
		return nil
	case msg.due:
		if msg.of != len(l.changes) || l.lost != "" {
			return nil
		}
		return m.askAgain()
	}
	e := msg.event
	wait := next(l.events, l.round)
	switch {
	case e.Lost != "":
		l.lost = m.theme.clean(e.Lost)
	case e.Regained:
		l.lost = ""
		l.changes = append(l.changes, "the server is there again")
		return tea.Batch(wait, l.due())
	case e.Unwatched != "":
		l.unwatched = unique(append(l.unwatched, m.theme.clean(e.Unwatched)))
	case e.Object != "":
		l.changes = append(l.changes, m.theme.clean(e.Object+" "+e.Verb))
		return tea.Batch(wait, l.due())
	}
	return wait
}

func (l *live) due() tea.Cmd {
	of, round := len(l.changes), l.round
	return tea.Tick(quiet, func(time.Time) tea.Msg { return liveEvent{round: round, due: true, of: of} })
}

// failed is told that the question could not be asked.
func (l *live) failed(_ *Model, _ error) tea.Cmd {
	l.changes = nil
	return nil
}

// words are what the header says.
func (l *live) words(m *Model) string {
	switch {
	case m.answer == nil:
		return ""
	case m.Watcher == nil:
		return ""
	case l.lost != "":
		return "  " + m.theme.glyph("○", "o") + " no connection, as of " + m.answer.At.Format("15:04:05")
	case l.off:
		return "  " + m.theme.glyph("‖", "=") + " as of " + m.answer.At.Format("15:04:05")
	}
	return "  " + m.theme.glyph("●", "*") + " live"
}

// message is what the line below the screen says.
func (l *live) message(m *Model) string {
	switch {
	case m.problem != "" && m.answer != nil:
		return m.theme.warning.Render(m.problem + ": this is the answer as of " + m.answer.At.Format("15:04:05"))
	case l.lost != "":
		return m.theme.warning.Render("the answer is old: " + l.lost)
	case l.note != "":
		return m.theme.accent.Render("asked again: " + l.note)
	case len(l.unwatched) > 0:
		return m.theme.faint.Render("not watched: " + strings.Join(l.unwatched, ", ") + "; r asks again")
	}
	return ""
}

func (m *Model) notLive() string {
	switch {
	case m.Watcher == nil:
		return "files do not change"
	case m.answer == nil:
		return "nothing was asked yet"
	}
	return ""
}

func (m *Model) toggleLive() tea.Cmd {
	l := &m.live
	if l.off = !l.off; l.off {
		l.stop()
		m.say("paused: r asks again")
		return nil
	}
	m.say("live again")
	return tea.Batch(l.begin(m), m.askAgain())
}

// unique are the strings of all, each once, in their order.
func unique(all []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
