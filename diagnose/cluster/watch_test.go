package cluster

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/client-go/rest"
)

// watching is a watch of a server, and what it tells.
type watching struct {
	t      *testing.T
	server *watchServer
	events chan Event
	stop   context.CancelFunc
	ended  chan struct{}
}

// beginWatch reads the queries, and watches what they were read from.
func beginWatch(t *testing.T, s *watchServer, queries ...Query) *watching {
	t.Helper()
	r, err := NewLive(&rest.Config{Host: s.url(), Timeout: 5 * time.Second}, `context "test"`)
	if err != nil {
		t.Fatal(err)
	}
	snapshot := (*Snapshot)(nil).Plus(r.Origin(), r.Read(t.Context(), queries))
	ctx, cancel := context.WithCancel(t.Context())
	w := &watching{t: t, server: s, events: make(chan Event, 100), stop: cancel, ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		r.(Watcher).Watch(ctx, snapshot, func(e Event) { w.events <- e })
	}()
	t.Cleanup(func() {
		cancel()
		<-w.ended
	})
	return w
}

// wants waits for exactly these events, in any order: OBJECT VERB, lost, regained,
// unwatched WHAT.
func (w *watching) wants(want ...string) {
	w.t.Helper()
	var got []string
	for range want {
		select {
		case e := <-w.events:
			got = append(got, eventWords(e))
		case <-time.After(20 * time.Second):
			w.t.Fatalf("want %q, got only %q", want, got)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(want, got) {
		w.t.Fatalf("want %q, got %q", want, got)
	}
}

func eventWords(e Event) string {
	switch {
	case e.Lost != "":
		return "lost"
	case e.Regained:
		return "regained"
	case e.Unwatched != "":
		return "unwatched " + e.Unwatched
	}
	return e.Object + " " + e.Verb
}

// silent fails if there was an event that nobody wanted. What the server was told before
// has arrived: it is followed by something that is wanted.
func (w *watching) silent() {
	w.t.Helper()
	w.server.put("namespaces", "", "marker", "")
	w.wants("Namespace marker was created")
	w.server.remove("namespaces", "", "marker")
	w.wants("Namespace marker was deleted")
}

const policies = "authorizationpolicies"

func TestWatchTellsOfChanges(t *testing.T) {
	defer goleak.VerifyNone(t)
	s := newWatchServer(t)
	s.put(policies, "foo", "a", "")
	s.put(policies, "foo", "b", "")
	s.put("namespaces", "", "foo", "")
	w := beginWatch(t, s, Query{Resource: AuthorizationPolicies, Namespace: "foo"}, Query{Resource: Namespaces})
	s.await(2)
	w.silent() // nothing of what was there
	s.put(policies, "foo", "a", "generation")
	w.wants("AuthorizationPolicy foo/a was changed")
	s.put(policies, "foo", "a", "status")
	s.put(policies, "bar", "a", "generation")
	w.silent()
	s.put(policies, "foo", "a", "label")
	w.wants("AuthorizationPolicy foo/a was changed")
	s.put(policies, "foo", "c", "")
	s.remove(policies, "foo", "b")
	w.wants("AuthorizationPolicy foo/c was created", "AuthorizationPolicy foo/b was deleted")
	w.stop()
	<-w.ended
	s.close()
}

// What has changed between the reading and the watching is told too.
func TestWatchBeginsWithTheSnapshot(t *testing.T) {
	s := newWatchServer(t)
	for _, name := range []string{"a", "b", "c"} {
		s.put(policies, "foo", name, "")
	}
	s.onList = func() { // once, after the snapshot was read
		s.put(policies, "foo", "a", "generation")
		s.remove(policies, "foo", "b")
		s.put(policies, "foo", "d", "")
	}
	w := beginWatch(t, s, Query{Resource: AuthorizationPolicies, Namespace: "foo"})
	w.wants("AuthorizationPolicy foo/a was changed", "AuthorizationPolicy foo/b was deleted", "AuthorizationPolicy foo/d was created")
}

// A watch that is cut, too old, or of a server that was restarted goes on where it was.
func TestWatchGoesOn(t *testing.T) {
	for name, interrupt := range map[string]func(*watchServer){
		"cut":     (*watchServer).cut,
		"too old": func(s *watchServer) { s.compact(); s.cut() },
		"410 within a watch": func(s *watchServer) {
			s.compact()
			s.tellGone()
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newWatchServer(t)
			s.put(policies, "foo", "a", "")
			w := beginWatch(t, s, Query{Resource: AuthorizationPolicies, Namespace: "foo"}, Query{Resource: Namespaces})
			s.await(2)
			s.hold() // nothing is answered while both happens
			interrupt(s)
			s.put(policies, "foo", "a", "generation")
			s.release()
			w.wants("AuthorizationPolicy foo/a was changed")
			s.await(4)
			w.silent()
		})
	}
}

// However many watches break, the connection is lost once, and regained once.
func TestWatchLosesTheServer(t *testing.T) {
	s := newWatchServer(t)
	s.put(policies, "foo", "a", "")
	w := beginWatch(t, s,
		Query{Resource: AuthorizationPolicies, Namespace: "foo"}, Query{Resource: Namespaces},
		Query{Resource: Pods, Namespace: "foo"}, Query{Resource: Services, Namespace: "foo", Name: "x"})
	s.await(4)
	s.shutDown()
	w.wants("lost")
	s.put(policies, "foo", "a", "generation")
	s.startAgain()
	w.wants("regained", "AuthorizationPolicy foo/a was changed")
	s.await(8)
	w.silent()
}

// A server that refuses to serve for a while counts as gone.
func TestWatchServerOverburdened(t *testing.T) {
	s := newWatchServer(t)
	w := beginWatch(t, s, Query{Resource: Namespaces})
	s.await(1)
	s.answer(http.StatusServiceUnavailable, "")
	s.cut()
	w.wants("lost")
	s.answer(0, "")
	w.wants("regained")
	s.await(2)
	w.silent()
}

// What is no answer, to a list or within a watch, is a connection that is lost: nothing of what
// was there counts as deleted.
func TestWatchNonsense(t *testing.T) {
	for name, answer := range map[string]struct {
		code int
		body string
	}{
		"an empty object":      {200, `{}`},
		"null":                 {200, `null`},
		"nothing":              {200, ``},
		"a page to log in":     {200, `<html>`},
		"half an event":        {200, `{"type":"MODIFIED","object":{"kind":"PartialObj`},
		"another kind of list": {200, `{"kind":"PodList","apiVersion":"v1","items":[]}`},
		"the token is expired": {401, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":401,"reason":"Unauthorized"}`},
		"a proxy":              {502, `<html>`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWatchServer(t)
			s.put(policies, "foo", "a", "")
			w := beginWatch(t, s, Query{Resource: AuthorizationPolicies, Namespace: "foo"})
			s.await(1)
			s.answer(answer.code, answer.body)
			s.cut()
			w.wants("lost")
			s.put(policies, "foo", "a", "generation")
			s.answer(0, "")
			w.wants("regained", "AuthorizationPolicy foo/a was changed")
		})
	}
}

// What may not be watched is told once, and not tried again; the rest is watched.
func TestWatchForbidden(t *testing.T) {
	s := newWatchServer(t)
	s.forbid("/api/v1/namespaces/foo/pods", "watch")
	s.forbid("/api/v1/namespaces/foo/services", "list")
	w := beginWatch(t, s,
		Query{Resource: Pods, Namespace: "foo"}, Query{Resource: Services, Namespace: "foo", Name: "x"},
		Query{Resource: AuthorizationPolicies, Namespace: "foo"}, Query{Resource: Namespaces})
	w.wants("unwatched pods in foo", "unwatched Service foo/x")
	s.await(2)
	w.silent()
	if n := s.refusals(); n > 3 {
		t.Errorf("%d requests were refused", n)
	}
}

// Many names of one namespace are watched together, unless that is forbidden.
func TestWatchManyNames(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	var queries []Query
	for _, name := range names {
		queries = append(queries, Query{Resource: Services, Namespace: "foo", Name: name})
	}
	queries = append(queries, Query{Resource: Namespaces}, Query{Resource: Namespaces, Name: "foo"})
	for name, forbid := range map[string]bool{"together": false, "apart": true} {
		t.Run(name, func(t *testing.T) {
			s := newWatchServer(t)
			watches := 2
			if forbid {
				s.forbidWithoutName("/api/v1/namespaces/foo/services")
				watches = len(names) + 1
			}
			w := beginWatch(t, s, queries...)
			s.await(watches)
			s.put("services", "foo", "x", "")
			s.put("services", "foo", "e", "")
			w.wants("Service foo/e was created")
			w.silent()
			if got := s.watches(); got != watches {
				t.Errorf("%d watches, want %d", got, watches)
			}
		})
	}
}

// Two queries that show the same object tell of it once.
func TestWatchTellsOnce(t *testing.T) {
	s := newWatchServer(t)
	w := beginWatch(t, s,
		Query{Resource: Pods, Namespace: "foo", Labels: "app=x"}, Query{Resource: Pods, Namespace: "foo", Labels: "app"}, Query{Resource: Namespaces})
	s.await(3)
	s.put("pods", "foo", "a", "")
	w.wants("Pod foo/a has appeared")
	s.put("pods", "foo", "a", "status")
	w.wants("Pod foo/a was changed")
	w.silent()
}

// What the server refused to answer is not asked for.
func TestWatchPlaces(t *testing.T) {
	asked := func(q Query, reason Reason) Result {
		r := Result{Query: q}
		if reason != "" {
			r.Unread = q.unread(reason, "")
		}
		return r
	}
	s := (*Snapshot)(nil).Plus("", []Result{
		asked(Query{Resource: APIGroups}, ""),
		asked(Query{Resource: Pods, Namespace: "a"}, Forbidden),
		asked(Query{Resource: Gateways}, NotInstalled),
		asked(Query{Resource: Pods, Namespace: "b"}, TimedOut),
		asked(Query{Resource: Pods, Namespace: "b", Name: "x"}, ""),
		asked(Query{Resource: Pods, Namespace: "c", Fields: "status.podIP=1.2.3.4"}, ""),
		asked(Query{Resource: Namespaces, Name: "a"}, ""),
	})
	var got []string
	for _, p := range s.places() {
		got = append(got, p.words()+p.Fields)
	}
	want := "pods in b, pods in cstatus.podIP=1.2.3.4, Namespace a"
	slices.Sort(got)
	wanted := strings.Split(want, ", ")
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("got %q, want %q", got, wanted)
	}
}
