package cluster

import (
	"context"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// Event is something that happened to what a snapshot was read from. One of Object, Lost,
// Regained and Unwatched is set.
type Event struct {
	// Object names what changed: AuthorizationPolicy default/allow-frontend. Verb says
	// how: was created, was changed, was deleted.
	Object, Verb string
	// Lost says why the server does not answer any more; Regained that it does again.
	Lost     string
	Regained bool
	// Unwatched is what the server does not let one watch: pods in foo.
	Unwatched string
}

// Watcher is a Reader that can tell of changes.
type Watcher interface {
	// Watch tells of each change of what s was read from, beginning with those since it
	// was read, until ctx ends or nothing is left that may be watched. It reads metadata
	// only. tell is called by one goroutine at a time, and holds up the others.
	Watch(ctx context.Context, s *Snapshot, tell func(Event))
}

// watchClient returns the client that watches: one whose requests may last.
func watchClient(config *rest.Config) (metadata.Interface, error) {
	config = rest.CopyConfig(config)
	config.Timeout = 0
	config.QPS = -1
	config.RateLimiter = nil
	config.WarningHandler = rest.NoWarnings{}
	config.WarningHandlerWithContext = nil
	return metadata.NewForConfig(config)
}

// Watch tells of changes.
func (l *live) Watch(ctx context.Context, s *Snapshot, tell func(Event)) {
	client, err := watchClient(l.config)
	if err != nil { // Connect has accepted the same configuration
		tell(Event{Lost: oneLine(err.Error())})
		return
	}
	ctx = klog.NewContext(ctx, logr.Discard()) // the terminal is somebody else's
	w := &watch{live: l, client: client, snapshot: s, line: &line{tell: tell}, seen: map[key][]string{}}
	var wait sync.WaitGroup
	for _, p := range s.places() {
		wait.Go(func() { w.follow(ctx, p) })
	}
	wait.Wait()
}

// manyNames is from how many objects of one namespace on they are watched together.
const manyNames = 4

// watchPlace is one thing to watch: all that a query shows, or of it what has one of the
// names.
type watchPlace struct {
	Query
	names map[string]bool // nil: all
}

// places are what to watch for the snapshot: each query, but for those that another one
// covers, that the server refused to answer, that are for no resource, and for what no
// server has.
func (s *Snapshot) places() []watchPlace {
	queries := s.Queries()
	named := map[Query]map[string]bool{}
	var out []watchPlace
	for _, q := range queries {
		if q.Resource == APIGroups || Elsewhere(q.Resource) || s.refused(q) || coveredByOther(queries, q) {
			continue
		}
		if q.Name == "" {
			out = append(out, watchPlace{Query: q})
			continue
		}
		all := Query{Resource: q.Resource, Namespace: q.Namespace}
		if named[all] == nil {
			named[all] = map[string]bool{}
		}
		named[all][q.Name] = true
	}
	for _, q := range queries { // in their order
		all := Query{Resource: q.Resource, Namespace: q.Namespace}
		p := watchPlace{all, named[all]}
		switch {
		case p.names == nil:
		case len(p.names) >= manyNames:
			out = append(out, p)
			delete(named, all)
		case p.names[q.Name]:
			out = append(out, watchPlace{Query: q})
		}
	}
	return out
}

// refused reports whether there is nothing to watch, or the server will not let us.
func (s *Snapshot) refused(q Query) bool {
	unread := s.asked[q]
	if unread == nil {
		return false
	}
	switch unread.Reason {
	case Forbidden, NotInstalled, NotInSnapshot, NotAsked:
		return true
	case TimedOut, Unreachable, Unauthorized, Failed:
	}
	return false
}

func coveredByOther(queries []Query, q Query) bool {
	for _, other := range queries {
		if other != q && other.covers(q) {
			return true
		}
	}
	return false
}

// apart are the names of a place that cannot be watched together.
func (p watchPlace) apart() []watchPlace {
	var out []watchPlace
	for name := range p.names {
		out = append(out, watchPlace{Query: Query{Resource: p.Resource, Namespace: p.Namespace, Name: name}})
	}
	return out
}

// words name the place for somebody who may not watch it.
func (p watchPlace) words() string {
	switch {
	case p.Name != "" && p.Namespace != "":
		return p.Resource.Kind + " " + p.Namespace + "/" + p.Name
	case p.Name != "":
		return p.Resource.Kind + " " + p.Name
	case p.Namespace != "":
		return p.Resource.Plural + " in " + p.Namespace
	case p.Resource.Namespaced:
		return p.Resource.Plural + " in all namespaces"
	}
	return p.Resource.Plural
}
