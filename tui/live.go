package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// What changes seldom changes alone: quiet is how long after a change the question is
// asked again. However much changes, it is asked once in an interval.
const (
	quiet    = 300 * time.Millisecond
	interval = time.Second
	// retry is how long after it could not be read it is tried once more: that a server
	// is gone the watch finds out.
	retry = 3 * time.Second
)

// live watches what the last answer rests on.
type live struct {
	off     bool // the user has turned it off
	cancel  context.CancelFunc
	events  <-chan Event
	round   int             // the number of the watch, so that an older one's events count for nothing
	watched []cluster.Query // what it watches
	ended   bool            // it watches nothing any more

	changes   []string // what happened that the answer does not know
	waiting   bool     // for the quiet
	renewing  int      // the number of the question that is asked again; its answer knows
	knows     int      // so many of the changes
	renewed   time.Time
	retried   bool
	note      string // what had happened before the last answer
	became    string // and what the verdict is since
	lost      string // why the server cannot be asked
	unwatched []string
}

// liveEvent is an event of a watch; ended says that there are no more.
type liveEvent struct {
	round int
	event Event
	ended bool
	due   bool // the quiet after changes is over
}

func (l *live) stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
}

// renews is told that everything is about to be read anew.
func (l *live) renews(m *Model) {
	l.renewing, l.knows, l.renewed = m.asking, len(l.changes), m.now()
}

// answered begins to watch what the new answer rests on, unless that is watched already;
// before is the answer before.
func (l *live) answered(m *Model, number int, before *Answer) tea.Cmd {
	l.note, l.became = "", ""
	if number == l.renewing {
		l.note, l.became = some(unique(l.changes[:l.knows]), 2), became(m, before)
		l.changes, l.knows, l.lost, l.retried = l.changes[l.knows:], 0, "", false
	}
	l.renewing = 0
	if m.Watcher == nil || l.off {
		return nil
	}
	if l.cancel != nil && (l.lost != "" || slices.Equal(l.watched, m.answer.Snapshot.Queries())) {
		return l.soon(m) // of a server that is gone the old watch tells when it is back
	}
	return l.begin(m)
}

// failed is told that the question could not be asked. What is known of the changes is
// not known sooner by asking again, unless they could not be read.
func (l *live) failed(m *Model, number int, err error) tea.Cmd {
	if number != l.renewing {
		return l.soon(m)
	}
	l.renewing = 0
	var unread *cluster.Unread
	if errors.As(err, &unread) && !l.retried && l.lost == "" && l.knows > 0 {
		l.knows, l.retried, l.waiting = 0, true, true
		return l.wait(retry)
	}
	l.changes, l.knows = l.changes[l.knows:], 0
	return l.soon(m)
}

// became is what has become of the verdict.
func became(m *Model, before *Answer) string {
	if before == nil || !before.Question.Equal(m.answer.Question) {
		return ""
	}
	_, _, now := m.theme.verdict(m.answer.Diagnosis.Status.Verdict)
	_, _, then := m.theme.verdict(before.Diagnosis.Status.Verdict)
	if then == now {
		return ": still " + now
	}
	return ": " + then + m.theme.glyph(" → ", " -> ") + now
}

func (l *live) begin(m *Model) tea.Cmd {
	l.stop()
	ctx, cancel := context.WithCancel(m.ctx)
	l.cancel, l.unwatched, l.ended, l.lost = cancel, nil, false, "" // a new watch finds out itself
	l.watched = m.answer.Snapshot.Queries()
	l.changes, l.knows, l.waiting = nil, 0, false // the watch begins with what the answer does not know
	l.round++
	events := make(chan Event)
	l.events = events
	watcher, snapshot, round := m.Watcher, m.answer.Snapshot, l.round
	watch := func() tea.Msg {
		defer close(events)
		watcher.Watch(ctx, snapshot, func(e Event) { offer(ctx, events, e) })
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

// event takes what a watch tells, and asks the question again when it is time.
func (l *live) event(m *Model, msg liveEvent) tea.Cmd {
	switch {
	case msg.round != l.round || l.off:
		return nil
	case msg.ended:
		l.ended = true
		return nil
	case msg.due:
		l.waiting = false
		if m.asking != 0 { // its answer may come of what was read before
			return l.soon(m)
		}
		if len(l.changes) == 0 || l.lost != "" {
			return nil
		}
		return m.askAgain()
	}
	e := msg.event
	switch {
	case e.Lost != "":
		l.lost = m.theme.clean(e.Lost)
	case e.Regained:
		l.lost = ""
		l.changes = append(l.changes, "the server is there again")
	case e.Unwatched != "":
		l.unwatched = unique(append(l.unwatched, m.theme.clean(e.Unwatched)))
	case e.Object != "":
		l.changes = append(l.changes, m.theme.clean(e.Object+" "+e.Verb))
	}
	return tea.Batch(next(l.events, l.round), l.soon(m))
}

// soon asks the question again after the quiet, if something has happened.
func (l *live) soon(m *Model) tea.Cmd {
	if len(l.changes) == 0 || l.waiting || l.off || l.lost != "" {
		return nil
	}
	l.waiting = true
	return l.wait(min(max(quiet, interval-m.now().Sub(l.renewed)), interval))
}

// wait tells after a time that it is over.
func (l *live) wait(d time.Duration) tea.Cmd {
	round := l.round
	return tea.Tick(d, func(time.Time) tea.Msg { return liveEvent{round: round, due: true} })
}

func (m *Model) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

// words are what the header says.
func (l *live) words(m *Model) string {
	if m.answer == nil || m.Watcher == nil {
		return ""
	}
	asOf := "as of " + m.answer.At.Format("15:04:05")
	switch {
	case l.lost != "":
		return "  " + m.theme.glyph("○", "o") + " no connection, " + asOf
	case l.off:
		return "  " + m.theme.glyph("‖", "=") + " paused, " + asOf
	case l.ended:
		return "  " + m.theme.glyph("○", "o") + " not watched, " + asOf
	}
	return "  " + m.theme.glyph("●", "*") + " live"
}

// message is what the line below the screen says.
func (l *live) message(m *Model) string {
	t := m.theme
	switch {
	case m.problem != "" && m.answer != nil:
		return t.warning.Render(m.problem + ": this is the answer as of " + m.answer.At.Format("15:04:05"))
	case l.lost != "":
		return t.warning.Render("the answer is old: " + l.lost)
	case l.note != "":
		note := m.answer.At.Format("15:04:05") + " " + l.note
		return t.accent.Render(t.cut(note, m.width-2-width(l.became)) + l.became)
	case len(l.unwatched) > 0:
		return t.faint.Render("not watched: " + some(l.unwatched, 2) + "; r asks again")
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
		l.changes, l.knows, l.lost, l.note, l.became = nil, 0, "", "", ""
		m.say("paused: r asks again, p goes on")
		return nil
	}
	m.say("live again")
	return tea.Batch(l.begin(m), m.askAgain())
}

// some are the first n of all, and how many more there are.
func some(all []string, n int) string {
	if len(all) <= n+1 {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:n], ", "), len(all)-n)
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
