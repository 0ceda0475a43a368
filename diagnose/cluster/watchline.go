package cluster

import (
	"sync"
	"time"
)

// line is the connection to the server, as all that watch find it together.
type line struct {
	mu   sync.Mutex // also that of tell
	tell func(Event)
	lost bool
	back time.Time // when it was there last
}

// lose takes note that a request that began then got no answer. One that began before
// another was answered says nothing.
func (l *line) lose(why string, began time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost || began.Before(l.back) {
		return
	}
	l.lost = true
	l.tell(Event{Lost: why})
}

// up takes note that a request was answered.
func (l *line) up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.back = time.Now()
	if l.lost {
		l.lost = false
		l.tell(Event{Regained: true})
	}
}

// down reports whether the connection is lost.
func (l *line) down() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

func (l *line) unwatched(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(Event{Unwatched: what})
}

func (l *line) changed(object, verb string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell(Event{Object: object, Verb: verb})
}
