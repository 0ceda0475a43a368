package plain

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// live is what has happened since the answer. The zero value watches.
type live struct {
	mu        sync.Mutex
	off       bool
	watched   []cluster.Query
	cancel    context.CancelFunc
	ended     chan struct{}
	changes   []string
	lost      string
	unwatched []string
}

// follow watches what a snapshot was read from.
func (l *live) follow(ctx context.Context, w tui.Watcher, s *cluster.Snapshot) {
	if w == nil || l.off || l.cancel != nil && slices.Equal(l.watched, s.Queries()) {
		return
	}
	l.stop()
	ctx, l.cancel = context.WithCancel(ctx)
	l.watched, l.changes, l.lost, l.unwatched = s.Queries(), nil, "", nil
	ended := make(chan struct{})
	l.ended = ended
	go func() {
		defer close(ended)
		w.Watch(ctx, s, l.take)
	}()
}

// stop ends the watch, and waits until it has ended.
func (l *live) stop() {
	if l.cancel != nil {
		l.cancel()
		<-l.ended
		l.cancel = nil
	}
}

func (l *live) take(e tui.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case e.Lost != "":
		l.lost = e.Lost
	case e.Regained:
		l.lost = ""
		l.changes = append(l.changes, "the server is there again, and may have changed meanwhile")
	case e.Unwatched != "":
		l.unwatched = append(l.unwatched, e.Unwatched)
	case !slices.Contains(l.changes, e.Object+" "+e.Verb):
		l.changes = append(l.changes, e.Object+" "+e.Verb)
	}
}

// forget forgets what has happened, and returns it: it is going to be known.
func (l *live) forget() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	changes := l.changes
	l.changes = nil
	return changes
}

// remember puts back what was forgotten.
func (l *live) remember(changes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes = append(changes, l.changes...)
}

// changes says what has happened since the answer.
func (d *dialogue) changes(context.Context, string) error {
	switch {
	case d.Watcher == nil:
		return errors.New("files do not change")
	case d.live.off:
		return errors.New("changes are not watched for: live on does")
	case d.answer == nil:
		return errNoAnswer
	}
	d.live.mu.Lock()
	defer d.live.mu.Unlock()
	since := d.answer.At.Format("15:04:05")
	if d.live.lost != "" {
		d.say("There is no connection: %s. The answer is as of %s.", d.live.lost, since)
	}
	for _, c := range d.live.changes {
		d.say("Since %s: %s.", since, c)
	}
	for _, u := range d.live.unwatched {
		d.say("Not watched: %s.", u)
	}
	if len(d.live.changes) == 0 {
		d.say("Nothing that is watched has changed since %s.", since)
	} else {
		d.say("again asks again.")
	}
	return nil
}

// setLive turns the watch on or off.
func (d *dialogue) setLive(ctx context.Context, arg string) error {
	switch {
	case d.Watcher == nil:
		return errors.New("files do not change")
	case arg != "on" && arg != "off":
		return errors.New("say live on, or live off")
	}
	if d.live.off = arg == "off"; d.live.off {
		d.live.stop()
		d.say("Changes are not watched for any more.")
		return nil
	}
	if d.answer != nil {
		d.live.follow(ctx, d.Watcher, d.answer.Snapshot)
	}
	d.say("Changes are watched for: changes says them.")
	return nil
}
