package session

import (
	"context"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// watcher is a [tui.Watcher] of a cluster.
type watcher struct{ cluster.Watcher }

// NewWatcher returns what tells of changes of what r reads, nil if it does not change.
func NewWatcher(r cluster.Reader) tui.Watcher {
	if w, ok := r.(cluster.Watcher); ok && r.Live() {
		return watcher{w}
	}
	return nil
}

// Watch tells of every change.
func (w watcher) Watch(ctx context.Context, s *cluster.Snapshot, tell func(tui.Event)) {
	w.Watcher.Watch(ctx, s, func(e cluster.Event) { tell(tui.Event(e)) })
}
