package tui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

const (
	wayFrom = "sleep.foo"
	wayTo   = "http://httpbin.default:8000/get"
)

// who opens who can reach httpbin of an example.
func who(t *testing.T, o tui.Options, w, h int) *story {
	s := begin(t, o, w, h)
	s.run(s.model.OpenWho())
	return s
}

func what(t *testing.T, o tui.Options, w, h int) *story {
	s := begin(t, o, w, h)
	s.run(s.model.OpenWhat())
	return s
}

func TestReachGoldens(t *testing.T) {
	plain := func(t *testing.T) tui.Options { return asking(t, "no-sidecar", wayFrom, wayTo) }
	kyma := func(t *testing.T) tui.Options {
		return asking(t, "kyma-in-cluster", "httpbin.default", "httpbin.default:8000")
	}
	ascii := func(t *testing.T) tui.Options { o := plain(t); o.ASCII = true; return o }
	for _, tt := range []struct {
		name    string
		options func(*testing.T) tui.Options
		open    func(*testing.T, tui.Options, int, int) *story
		keys    []string
	}{
		{"reach-who", plain, who, nil},
		{"reach-what", kyma, what, nil},
		{"reach-filter", plain, who, []string{"/", "s", "l", "e"}},
		{"reach-verdict", plain, who, []string{"tab", "down"}},
		{"reach-ascii", ascii, who, []string{"down"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range [][2]int{{80, 24}, {200, 50}} {
				tt.open(t, tt.options(t), size[0], size[1]).press(tt.keys...).golden(fmt.Sprintf("%s-%d", tt.name, size[0]))
			}
		})
	}
	who(t, plain(t), 80, 24).golden("reach-who-80-color")
}

func TestWho(t *testing.T) {
	s := who(t, asking(t, "no-sidecar", wayFrom, wayTo), 80, 24)
	s.shows("[all 6]", "× denied 4", "√ allowed 1", "▸ × DENIED       deploy/httpbin.default")
	s.press("tab").shows("[× denied 4]").hides("deploy/frontend")
	s.press("tab").shows("[~ conditional 1]").press("tab").shows("[√ allowed 1]", "deploy/frontend.default").hides("deploy/sleep")
	s.press("tab").shows("[all 6]").press("shift+tab").shows("[√ allowed 1]").press("tab")
	s.press("/").types("slee").shows("1 of 6", "deploy/sleep.foo").press("enter").shows("/ slee  1 of 6").press("enter")
	s.shows("deploy/sleep.foo → httpbin.default:8000")
	s.press("esc").shows("/ slee").press("esc").shows("[all 6]").hides("/ slee")
	s.press("esc").shows(wayFrom + " → httpbin.default:8000").hides("deploy/sleep.foo")
}

// A verdict is a word that the filter finds.
func TestWhoFilter(t *testing.T) {
	s := who(t, asking(t, "no-sidecar", wayFrom, wayTo), 80, 24)
	s.press("/").types("allowed").shows("1 of 6", "deploy/frontend.default").press("esc", "/").types("nobody here").shows("no row is like that")
	s.press("enter", "enter").shows("there is no row to ask")
	s.send(tea.PasteMsg{Content: "not typed"})
	s.press("/").send(tea.PasteMsg{Content: "\x1b[31m"})
	s.fits()
}

// A row that no name stands for is not asked: for a caller outside the mesh an address is.
func TestWhoever(t *testing.T) {
	s := who(t, asking(t, "no-sidecar", wayFrom, wayTo), 80, 24)
	s.press("/").types("another").press("enter", "enter").shows("ask with the name of one")
	s.press("esc", "/").types("caller").press("enter", "enter").shows("Which caller outside the mesh?", "ip/")
	s.types("10.0.0.9").press("enter").shows("ip/10.0.0.9 → httpbin.default:8000")
}

func TestWhat(t *testing.T) {
	s := what(t, asking(t, "kyma-in-cluster", "test-internal.curl-test", "http://httpbin.default:8000/"), 80, 24)
	s.shows("What test-internal.curl-test can reach", "[all 3]", "▸ × DENIED").press("G").shows("▸ √ ALLOWED      httpbin.default:8000")
	s.press("enter").shows("test-internal.curl-test → httpbin.default:8000")
}

// tap is an asker whose rows come when the test lets them.
type tap struct {
	tui.Asker
	rows chan []tui.ReachRow // closed: there are no more
	err  error
}

func (a tap) Reach(ctx context.Context, _ tui.Question, each func([]tui.ReachRow)) error {
	for {
		select {
		case rows, ok := <-a.rows:
			if !ok {
				return a.err
			}
			each(rows)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// flow runs commands beside the story, and hands over what they bring one by one.
type flow struct {
	*story
	messages chan tea.Msg
}

func (f flow) begin(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				f.begin(c)
			}
		default:
			f.messages <- msg
		}
	}()
}

// next takes the next message.
func (f flow) next() {
	_, cmd := f.model.Update(<-f.messages)
	f.begin(cmd)
}

func row(v diagnose.Verdict, target, summary string) tui.ReachRow {
	return tui.ReachRow{Source: wayFrom, Target: target, Verdict: v, Summary: summary}
}

// flowing opens a table whose rows come from a tap.
func flowing(t *testing.T, err error) (flow, tap) {
	o := asking(t, "no-sidecar", wayFrom, wayTo)
	a := tap{o.Asker, make(chan []tui.ReachRow), err}
	o.Asker = a
	f := flow{begin(t, o, 80, 24), make(chan tea.Msg)}
	f.begin(f.model.OpenWhat())
	return f, a
}

// Rows are shown as they come, and the cursor stays where it was put.
func TestReachStreams(t *testing.T) {
	f, a := flowing(t, errors.New("only the services of default: jane may not"))
	f.shows("asking …", "[all 0 …]")
	a.rows <- []tui.ReachRow{row(diagnose.Allowed, "b.x:1", "fine"), row(diagnose.Denied, "c.x:1", "no policy admits it")}
	f.next()
	f.shows("[all 2 …]", "▸ × DENIED       c.x:1").press("down").shows("▸ √ ALLOWED      b.x:1", "fine")
	a.rows <- []tui.ReachRow{row(diagnose.Denied, "a.x:1", "no"), row(diagnose.Undetermined, "d.x:1", strings.Repeat("who knows ", 100))}
	f.next()
	f.shows("[all 4 …]", "▸ √ ALLOWED      b.x:1").press("home").shows("▸ × DENIED       a.x:1").press("down", "down").shows("▸ ? UNDETERMINED d.x:1", " …").fits()
	close(a.rows)
	f.next()
	f.shows("! only the services of default: jane may not").shows("[all 4]")
}

// The asking ends with esc, and with the screen.
func TestReachStops(t *testing.T) {
	f, a := flowing(t, nil)
	a.rows <- []tui.ReachRow{row(diagnose.Allowed, "b.x:1", "fine")}
	f.next()
	f.press("esc")
	f.next()
	f.shows("[all 1, stopped]", "b.x:1").press("esc").shows(wayFrom + " → httpbin.default:8000").hides("b.x:1")

	f, _ = flowing(t, nil)
	f.send(tea.MouseClickMsg{X: 17, Y: 0, Button: tea.MouseLeft})
	f.next() // what was asked has ended: else this would hang
	f.hides("What sleep.foo")
}

// The command line asks for everyone; of what a source reaches, what the row asks.
func TestReachCommandLine(t *testing.T) {
	o := asking(t, "kyma-in-cluster", "httpbin.default", "http://httpbin.default:8000/x")
	for want, s := range map[string]*story{
		"kubectl authz-doctor -f examples/kyma-in-cluster '*' http://httpbin.default:8000/x":                    who(t, o, 80, 24),
		"kubectl authz-doctor -f examples/kyma-in-cluster httpbin.default httpbin.default:8000":                 what(t, o, 80, 24).press("G"),
		"kubectl authz-doctor -f examples/kyma-in-cluster httpbin.default istio-ingressgateway.istio-system:80": what(t, o, 80, 24).press("j"),
	} {
		if got := s.model.CommandLine(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Once more, and everything is read anew.
func TestReachAgain(t *testing.T) {
	s := who(t, asking(t, "no-sidecar", wayFrom, wayTo), 80, 24)
	s.press("tab", "r").shows("[× denied 4]", "all 6")
}

// Rows that nobody should have do not break the frame.
func TestReachStrangeRows(t *testing.T) {
	f, a := flowing(t, errors.New("\x1b[2J\u202e"+strings.Repeat("長", 300)))
	var rows []tui.ReachRow
	for i, name := range []string{"日本語", "\x1b[31mred", "x\u202ey", strings.Repeat("長", 100), "\xff"} {
		rows = append(rows, row(diagnose.Verdict(i%4), name, strings.Repeat(name+" ", 50)))
	}
	a.rows <- rows
	f.next()
	close(a.rows)
	f.next()
	for _, size := range [][2]int{{80, 24}, {40, 10}, {200, 50}, {61, 13}} {
		f.resize(size[0], size[1])
		f.press("home")
		for range rows {
			f.fits()
			f.press("down")
		}
		f.press("/").types("日").fits()
		f.press("esc")
	}
}
