package tui_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// recents are recent questions in memory.
type recents struct{ questions []tui.Question }

func (r *recents) List() []tui.Question { return slices.Clone(r.questions) }
func (r *recents) Add(q tui.Question)   { r.questions = append([]tui.Question{q}, r.questions...) }

// stocked lists pages, and an error, for each namespace.
type stocked struct {
	pages  map[string][][]tui.Entry
	errors map[string]error
}

func (l stocked) List(_ context.Context, namespace string, page func([]tui.Entry)) error {
	for _, p := range l.pages[namespace] {
		page(p)
	}
	return l.errors[namespace]
}

// asked are questions that were asked before.
func asked(pairs ...string) []tui.Question {
	var out []tui.Question
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, tui.QuestionOf(diagnose.Question{Source: pairs[i], Target: pairs[i+1], Namespace: "default"}))
	}
	return out
}

// forbidden is what a server says that does not allow to list everything.
func forbidden(resource, where string) error {
	return fmt.Errorf("%s cannot be listed: %w", resource, &cluster.Unread{
		Resource: resource, Reason: cluster.Forbidden,
		Message: `https://10.0.0.1:6443: User "jane" cannot list resource "` + resource + `" in API group "" ` + where,
	})
}

// restricted are the options of somebody who may list one namespace only.
func restricted(t *testing.T) tui.Options {
	o := options(t, "no-sidecar")
	o.Lister = stocked{
		pages: map[string][][]tui.Entry{
			"default": {{{Kind: tui.WorkloadEntry, Namespace: "default", Name: "web", Text: "deploy/web.default"}}},
			"foo":     {{{Kind: tui.WorkloadEntry, Namespace: "foo", Name: "sleep", Text: "deploy/sleep.foo"}}},
		},
		errors: map[string]error{"": forbidden("pods", "at the cluster scope")},
	}
	return o
}

// nowhere are the options without a cluster.
func nowhere(t *testing.T) tui.Options {
	o := options(t, "no-sidecar")
	o.Lister = stocked{errors: map[string]error{
		"": fmt.Errorf("no cluster: %w; read one from files with -f", &cluster.Unread{Reason: cluster.Unreachable, Message: "https://127.0.0.1:6443 refuses the connection"}),
	}}
	return o
}

func TestStartGoldens(t *testing.T) {
	withRecent := func(t *testing.T) tui.Options {
		o := options(t, "no-sidecar")
		o.Recent = &recents{asked("sleep.foo", "http://httpbin.default:8000/get", "frontend", "http://httpbin.default:8000/")}
		return o
	}
	plain := func(t *testing.T) tui.Options { return options(t, "no-sidecar") }
	ascii := func(t *testing.T) tui.Options { o := withRecent(t); o.ASCII = true; return o }
	for _, tt := range []struct {
		name    string
		options func(*testing.T) tui.Options
		keys    func(*story)
	}{
		{"start", plain, func(*story) {}},
		{"start-recent", withRecent, func(*story) {}},
		{"start-filter", plain, func(s *story) { s.types("sle") }},
		{"start-target", plain, func(s *story) { s.types("sleep").press("enter") }},
		{"start-namespace", plain, func(s *story) { s.press("shift+tab").types("de") }},
		{"start-forbidden", restricted, func(*story) {}},
		{"start-nowhere", nowhere, func(s *story) { s.types("sleep.foo") }},
		{"start-ascii", ascii, func(s *story) { s.press("down", "down") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {200, 50}} {
				s := begin(t, tt.options(t), size[0], size[1])
				tt.keys(s)
				s.golden(fmt.Sprintf("%s-%d", tt.name, size[0]))
			}
		})
	}
	begin(t, plain(t), 80, 24).types("sle").press("down").golden("start-filter-80-color")
}

// From a name that is typed to the question.
func TestStartAsks(t *testing.T) {
	o := options(t, "no-sidecar")
	kept := &recents{}
	o.Recent = kept
	s := begin(t, o, 80, 24)
	s.types("slefo").shows("deploy/sleep.foo", "2 of 8").press("enter").shows("▸ Target").types("httpb").press("enter")
	s.shows("deploy/sleep.foo → httpbin.default:8000")
	if len(kept.questions) != 1 {
		t.Errorf("%d recent questions", len(kept.questions))
	}
	s.press("esc").shows("Source     deploy/sleep.foo", "▸ Target     http://httpbin.default:8000")
	s.press("esc", "esc").shows("▸ Source     deploy/sleep.foo")
	s.press("esc").shows("deploy/sleep.foo → http://httpbin.default:8000", "asked before")
	s.press("enter").shows("start ›", "deploy/sleep.foo → httpbin.default:8000")
}

// What matches nothing, or is no part of a name, is taken as it is typed.
func TestStartTypes(t *testing.T) {
	s := begin(t, options(t, "no-sidecar"), 80, 24)
	s.types("ip/10.0.0.9").shows("▸ ip/10.0.0.9").press("enter")
	s.types("http://httpbin.default:8000/get").shows("▸ http://httpbin.default:8000/get", "http://httpbin.default:8000  ").press("enter")
	s.shows("ip/10.0.0.9 → httpbin.default:8000")

	begin(t, options(t, "no-sidecar"), 80, 24).types("10.0.0.9").shows("▸ ip/10.0.0.9").press("enter").shows("Source     ip/10.0.0.9", "▸ Target")

	s = begin(t, options(t, "no-sidecar"), 80, 24)
	s.types("nobody").shows("0 of", "as typed")
	s.press("esc").hides("nobody").press("end", "pgdown", "pgdown", "enter").shows("Source     ip/", "0 of")

	s = begin(t, options(t, "no-sidecar"), 80, 24)
	s.press("tab").types("httpbin.default:8000").press("enter").shows("▸ Source", "pick a source")
	s.types("sle").press("tab").shows("Source     deploy/sleep.foo", "▸ Target")
	s.press("ctrl+u").types("htt").press("right").types("/get").press("enter")
	s.shows("deploy/sleep.foo → httpbin.default:8000")
}

// A namespace limits both lists, and is that of the question.
func TestStartNamespace(t *testing.T) {
	s := begin(t, options(t, "no-sidecar"), 80, 24)
	s.press("shift+tab").shows("▸ Namespace", "all namespaces", "istio-system").types("fo")
	s.resize(200, 50)
	s.shows("Target: Services and Pods  5").types("o").shows("Target: Services and Pods  1") // half a name limits nothing
	s.resize(80, 24)
	s.press("backspace", "tab")
	s.shows("Namespace  foo", "deploy/sleep.foo", "Pods  2").hides("frontend")
	s.types("sleep").press("tab").shows("Pods  1").types("httpbin.default:8000").press("enter").shows("deploy/sleep.foo → httpbin.default:8000")
}

// In an empty field a few keys act, and every other one begins a name.
func TestStartKeys(t *testing.T) {
	s := begin(t, options(t, "no-sidecar"), 80, 24)
	s.press("?").shows("Keys of start", "take it").press("esc")
	s.press(":").shows(": ").press("esc")
	for _, k := range []string{"c", "r", "p", "N", "j", "k", "g", "G", "/", "w", "e"} {
		s.press(k).shows("Source     " + k).press("esc")
	}
	s.types("a?:q$").shows("Source     a?:q$")
	s.press("esc", "esc", "esc", "esc").shows("▸ Namespace")
	s.press("q")
	if !s.quit {
		t.Error("q does not quit")
	}
}

// Where a name begins with q, a q begins it, and ctrl+c leaves.
func TestStartQ(t *testing.T) {
	o := options(t, "no-sidecar")
	o.Lister = stocked{pages: map[string][][]tui.Entry{"": {{{Kind: tui.WorkloadEntry, Namespace: "shop", Name: "quotes", Text: "deploy/quotes.shop"}}}}}
	s := begin(t, o, 80, 24).shows("ctrl+c quit").hides("q quit").types("quo").shows("Source     quo", "▸ deploy/quotes.shop")
	s.press("enter").shows("▸ Target", "q quit").press("q")
	if !s.quit {
		t.Error("q does not quit where no name begins with it")
	}
}

func TestStartForbidden(t *testing.T) {
	s := begin(t, restricted(t), 80, 24)
	s.shows("only namespace default is listed", "deploy/web.default").hides("sleep.foo")
	s.press("shift+tab").types("foo").press("enter").shows("deploy/sleep.foo").hides("deploy/web")
}

func TestStartNowhere(t *testing.T) {
	s := begin(t, nowhere(t), 80, 24)
	s.shows("no cluster: https://127.0.0.1:6443 refuses the connection; read one from", "files with -f", "can be typed all the same")
	s.resize(40, 10)
	s.shows("! no cluster", " …", "Source: workloads").fits()
	s.resize(80, 24)
	s.types("sleep.foo").press("enter").types("http://httpbin.default:8000").press("enter").shows("sleep.foo → httpbin.default:8000")
}

// Names that nobody should have do not break the frame.
func TestStartStrangeNames(t *testing.T) {
	o := options(t, "no-sidecar")
	var page []tui.Entry
	for _, name := range []string{"日本語日本語", "שלום", "a\x1b[31mred\x1b[0m", "x\u202ey", "tab\there", strings.Repeat("長", 100), "é́́", "\xff"} {
		page = append(page, tui.Entry{Kind: tui.WorkloadEntry, Namespace: "foo", Name: name, Text: "deploy/" + name + ".foo", Says: name})
	}
	o.Lister = stocked{pages: map[string][][]tui.Entry{"": {page}}}
	for _, size := range [][2]int{{80, 24}, {41, 11}, {200, 50}} {
		s := begin(t, o, size[0], size[1])
		for range len(page) {
			s.fits()
			s.press("down")
		}
		s.types("日").fits()
		s.press("enter").fits()
		s.send(tea.PasteMsg{Content: "\x1b]0;x\x07 \u202e 長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長長"})
		s.fits()
	}
}

func TestStartMouse(t *testing.T) {
	s := begin(t, options(t, "no-sidecar"), 80, 24)
	click := func(x, y int) { s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }
	click(3, 3)
	s.shows("▸ Target")
	click(3, 2)
	s.shows("▸ Source")
	click(3, 6)
	s.shows("▸ deploy/httpbin.default")
	click(3, 6)
	s.shows("Source     deploy/httpbin.default", "▸ Target")
	s.send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	s.shows("▸ pod/frontend")
	s.resize(200, 50)
	s.fits()
	click(3, 5)
	s.shows("▸ Source", "▸ deploy/httpbin.default")
	click(150, 7)
	s.shows("▸ Target", "▸ pod/httpbin")
}

// trickle lists what the test lets through: each list has a channel of its own.
type trickle struct{ lists chan chan []tui.Entry }

func (l trickle) List(ctx context.Context, _ string, page func([]tui.Entry)) error {
	pages := make(chan []tui.Entry)
	l.lists <- pages
	for {
		select {
		case p, ok := <-pages:
			if !ok {
				return nil
			}
			page(p)
		case <-ctx.Done():
			close(l.lists)
			return ctx.Err()
		}
	}
}

func workload(name string) tui.Entry {
	return tui.Entry{Kind: tui.WorkloadEntry, Namespace: "foo", Name: name, Text: "deploy/" + name + ".foo"}
}

// trickling is a first screen whose lists fill as the test lets them.
func trickling(t *testing.T) (flow, trickle) {
	o := options(t, "no-sidecar")
	l := trickle{make(chan chan []tui.Entry)}
	o.Lister = l
	f := flow{&story{t: t, model: tui.New(t.Context(), o)}, make(chan tea.Msg)}
	f.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	f.begin(f.model.Init())
	f.next() // for the terminal: its background
	return f, l
}

// Lists fill while one types, and the cursor stays with what it was put on.
func TestStartFills(t *testing.T) {
	f, l := trickling(t)
	pages := <-l.lists
	f.shows("workloads and Pods  0 …")
	pages <- []tui.Entry{workload("sleep"), workload("slow")}
	f.next()
	f.shows("workloads and Pods  2 …", "▸ deploy/sleep.foo").types("sl").shows("2 of 2 …").press("down").shows("▸ deploy/sleep.foo")
	pages <- []tui.Entry{workload("slam"), workload("web"), workload("sleep")}
	f.next()
	f.shows("3 of 4 …", "deploy/slam.foo", "▸ deploy/sleep.foo").press("ctrl+u").shows("▸ deploy/slam.foo")
	close(pages)
	f.next()
	f.shows("workloads and Pods  4 ─")
}

// A screen that goes ends its lists.
func TestStartGone(t *testing.T) {
	f, l := trickling(t)
	<-l.lists
	f.press(":").types("quit")
	f.press("esc", "N", "esc") // a letter
	f.press(":").types("new")
	_, _ = f.model.Update(tea.KeyPressMsg{Code: tea.KeyEnter}) // nobody begins the new lists
	if _, open := <-l.lists; open {
		t.Error("another list was begun")
	}
}

// town is a large cluster.
func town(pods, services int) stocked {
	var pages [][]tui.Entry
	var page []tui.Entry
	add := func(e tui.Entry) {
		if page = append(page, e); len(page) == 500 {
			pages, page = append(pages, page), nil
		}
	}
	for i := range pods {
		ns, app := fmt.Sprintf("team-%d", i/5%50), fmt.Sprintf("service-%d", i/5)
		if i%5 == 0 {
			add(tui.Entry{Kind: tui.WorkloadEntry, Namespace: ns, Name: app, Text: "deploy/" + app + "." + ns})
		}
		name := fmt.Sprintf("%s-%x-%05x", app, 0x5c8b6d4f97+i/5*7919, i*104729%1048576)
		add(tui.Entry{Kind: tui.PodEntry, Namespace: ns, Name: name, Text: "pod/" + name + "." + ns})
	}
	for i := range services {
		ns, app := fmt.Sprintf("team-%d", i%50), fmt.Sprintf("service-%d", i)
		add(tui.Entry{Kind: tui.ServiceEntry, Namespace: ns, Name: app, Text: "http://" + app + "." + ns + ":8000", Says: "http"})
	}
	return stocked{pages: map[string][][]tui.Entry{"": append(pages, page)}}
}

func crowded(t testing.TB) *story {
	o := options(t, "no-sidecar")
	o.Lister = town(10_000, 2_000)
	return begin(t, o, 200, 50)
}

func TestStartCrowded(t *testing.T) {
	s := crowded(t)
	s.shows("Source: workloads and Pods  12,000").types("service-17team-17").shows("▸ deploy/service-17.team-")
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(s)
	t.Logf("%d MB", m.HeapAlloc>>20)
	if m.HeapAlloc > 150<<20 {
		t.Errorf("%d MB in use", m.HeapAlloc>>20)
	}
}

// BenchmarkFilter10000 is one key in the field of the source, among 10,000 Pods: a letter
// or, every tenth time, the field's end.
func BenchmarkFilter10000(b *testing.B) {
	s := crowded(b)
	text := "service-1"
	i := 0
	for b.Loop() {
		if i == len(text) {
			s.press("ctrl+u")
			i = 0
			continue
		}
		s.model.Update(tea.KeyPressMsg{Code: rune(text[i]), Text: text[i : i+1]})
		i++
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc>>20), "MB")
	runtime.KeepAlive(s)
}

// BenchmarkFilterFirst is the most expensive key: the first letter, which all match.
func BenchmarkFilterFirst(b *testing.B) {
	s := crowded(b)
	for b.Loop() {
		s.model.Update(tea.KeyPressMsg{Code: 'e', Text: "e"})
		b.StopTimer()
		s.press("ctrl+u")
		b.StartTimer()
	}
}

// BenchmarkStartView is a frame of a large terminal.
func BenchmarkStartView(b *testing.B) {
	s := crowded(b)
	s.types("ser")
	for b.Loop() {
		_ = s.frame()
	}
}
