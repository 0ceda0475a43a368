package tui_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// scriptedWatcher tells what a story wants told.
type scriptedWatcher struct {
	begun  atomic.Int32
	events chan tui.Event
	end    chan struct{}
}

func newScriptedWatcher() *scriptedWatcher {
	return &scriptedWatcher{events: make(chan tui.Event), end: make(chan struct{})}
}

// Watch tells what it is told to tell.
func (w *scriptedWatcher) Watch(ctx context.Context, _ *cluster.Snapshot, tell func(tui.Event)) {
	w.begun.Add(1)
	for {
		select {
		case e := <-w.events:
			tell(e)
		case <-ctx.Done():
			return
		case <-w.end:
			return
		}
	}
}

// tells lets the watch tell of events, one after the other, without waiting for what
// comes of them before all are told.
func (s *story) tells(events ...tui.Event) *story {
	s.t.Helper()
	d := s.errand()
	for _, e := range events {
		d.happens(e)
	}
	d.finish(never)
	return s
}

// happens lets the watch tell of an event, and waits until somebody is told.
func (e *errand) happens(event tui.Event) {
	e.t.Helper()
	told := e.watch.events
	e.await(func() bool { return told == nil }, func() {
		select {
		case told <- event:
			told = nil
		default:
		}
	})
}

// ends lets the watch end by itself.
func (s *story) ends() *story {
	s.t.Helper()
	close(s.watch.end)
	e := s.errand()
	both := 2 // the one that watches, and the one that waits
	e.await(func() bool { both--; return both == 0 }, func() {})
	e.finish(never)
	return s
}

// await takes what commands bring until one of a watch is what is awaited, and tries
// something meanwhile.
func (e *errand) await(awaited func() bool, try func()) {
	e.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		try()
		select {
		case msg := <-e.told:
			e.hear(msg)
			if awaited() {
				return
			}
		case msg := <-e.out:
			e.pending--
			e.hear(msg)
		case <-time.After(time.Millisecond):
		case <-deadline:
			e.t.Fatal("nobody hears of it")
		}
	}
}

// changing is a cluster that changes: that of a folder, or no server at all.
type changing struct {
	cluster.Reader
	now  cluster.Reader
	down bool
	// downFor is how many times it does not answer.
	downFor int
	gate    chan struct{} // what is asked waits until it is closed
	asks    int
}

func (c *changing) Live() bool     { return true }
func (c *changing) Origin() string { return "cluster" }

func (c *changing) Read(ctx context.Context, queries []cluster.Query) []cluster.Result {
	c.asks++
	if c.gate != nil {
		<-c.gate
	}
	if c.downFor--; !c.down && c.downFor < 0 {
		return c.now.Read(ctx, queries)
	}
	var out []cluster.Result
	for _, q := range queries {
		out = append(out, cluster.Result{Query: q, Unread: &cluster.Unread{
			Resource: q.Resource.Plural, Reason: cluster.Unreachable, Message: "https://cluster:6443 refuses the connection",
		}})
	}
	return out
}

// read reads the example's manifests, and more of them.
func read(t testing.TB, example string, more ...string) cluster.Reader {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "examples", example, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range more {
		name := filepath.Join(t.TempDir(), "more.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, name)
	}
	files, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

const admitted = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: all, namespace: default}
spec: {rules: [{}]}
`

// liveStory asks a cluster that changes.
func liveStory(t *testing.T, w, h int) (*story, *changing) {
	t.Helper()
	c := &changing{now: read(t, "no-sidecar")}
	at := noon
	now := func() time.Time { at = at.Add(time.Second); return at }
	sess := session.New(c, now)
	o := tui.Options{
		Origin: `context "dev"`, Command: []string{"kubectl", "authz-doctor"},
		Question: tui.QuestionOf(diagnose.Question{Source: "sleep.foo", Target: "http://httpbin.default:8000/get", Namespace: "default"}),
		Asker:    sess, Fixer: sess, Now: func() time.Time { return noon }, Watcher: newScriptedWatcher(),
	}
	return begin(t, o, w, h), c
}

// edges are what is seen of a live answer: the first line and the message.
func (s *story) edges() string {
	s.fits()
	lines := strings.Split(s.screen(), "\n")
	return lines[0] + "\n" + lines[len(lines)-3] + "\n"
}

func changed(object string) tui.Event { return tui.Event{Object: object, Verb: "was changed"} }

// Something changes, the server goes and comes back, the user pauses.
func TestLive(t *testing.T) {
	for name, size := range map[string][2]int{"live-80": {80, 24}, "live-200": {200, 50}} {
		t.Run(name, func(t *testing.T) {
			s, c := liveStory(t, size[0], size[1])
			var seen strings.Builder
			see := func(what string) { seen.WriteString("# " + what + "\n" + s.edges() + "\n") }
			see("at first")
			s.tells(changed("Pod default/httpbin-0"))
			see("something changes that does not matter")
			c.now = read(t, "no-sidecar", admitted)
			s.tells(tui.Event{Object: "AuthorizationPolicy default/all", Verb: "was created"})
			see("something changes that does")
			s.tells(changed("Pod a"), changed("Pod b"), changed("Pod b"), changed("Pod c"), changed("Pod d"))
			see("much changes")
			s.tells(tui.Event{Unwatched: "pods in foo"}, tui.Event{Unwatched: "Namespace foo"})
			s.press("r")
			see("not all may be watched")
			s.tells(tui.Event{Lost: "https://cluster:6443 refuses the connection"})
			see("the server is gone")
			c.down = true
			s.press("r")
			see("it is asked all the same")
			c.down = false
			s.tells(tui.Event{Regained: true})
			see("it is there again")
			s.press("p")
			see("paused")
			s.press("p")
			see("live again")
			s.compare(name, seen.String())
		})
	}
}

// In a storm of changes the question is asked once in a second, and the last change counts.
func TestLiveStorm(t *testing.T) {
	s, c := liveStory(t, 80, 24)
	s.tells(changed("Pod a"))
	began, asks, watches := time.Now(), c.asks, s.watch.begun.Load()
	e := s.errand()
	for time.Since(began) < 1500*time.Millisecond {
		e.happens(changed("Pod a"))
	}
	e.finish(never)
	rounds := (c.asks - asks) / asks // of reading, for each time the question is asked
	if rounds < 1 || rounds > 4 {
		t.Errorf("asked %d times in %s", rounds, time.Since(began))
	}
	if got := s.watch.begun.Load(); got != watches {
		t.Errorf("%d watches were begun, although what is read is the same", got-watches)
	}
}

// A change that comes while the question is asked is asked about as well.
func TestLiveChangeWhileAsking(t *testing.T) {
	s, c := liveStory(t, 80, 24)
	c.gate = make(chan struct{})
	_, again := s.model.Update(tea.KeyPressMsg{Code: 'r', Text: "r"})
	e := s.errand(again)
	e.happens(changed("Pod late"))
	close(c.gate)
	e.finish(never)
	s.shows("Pod late was changed: still DENIED")
}

// What cannot be asked again keeps its answer, and edits are answered from what was read.
func TestLiveKeepsTheAnswer(t *testing.T) {
	s, c := liveStory(t, 80, 24)
	c.down = true
	s.tells(changed("Pod a"))
	s.shows("refuses the connection: this is the answer as of 12:00:01", "httpbin.default:8000  /get")
	s.tells(tui.Event{Lost: "gone"})
	s.shows("no connection, as of 12:00:01")
	s.press("r").shows("refuses the connection")
	s.press("i", "tab", "tab", "tab").types("PUT").press("enter").shows("DENIED", "PUT /get", "no connection, as of 12:00:01")
	c.down = false
	s.tells(tui.Event{Regained: true})
	s.shows("the server is there again: still DENIED")
}

// Where nothing may be watched it is not called live.
func TestLiveEnds(t *testing.T) {
	s, _ := liveStory(t, 80, 24)
	s.tells(tui.Event{Unwatched: "pods in foo"}).ends()
	s.shows("not watched, as of 12:00:01", "not watched: pods in foo; r asks again")
}

// What could not be read once is read a little later.
func TestLiveTriesAgain(t *testing.T) {
	s, c := liveStory(t, 80, 24)
	c.downFor = 1
	s.tells(changed("Pod a"))
	s.shows("Pod a was changed: still DENIED")
}
