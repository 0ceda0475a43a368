package tui_test

import (
	"context"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Help lists a key for what it does on this screen, and says where there is more to read.
func TestHelpIsTrue(t *testing.T) {
	s := begin(t, options(t, "no-sidecar"), 80, 24)
	s.press("?").shows("Keys of start", "right", "complete", "up down", "q  ", "quit").hides("copy or save", "new question", "j k", "live on", "half a page", "down shows more")
	s = noSidecar(t).press("?").shows("down shows more").press("G").hides("down shows more").shows("suspend", "ctrl+u ctrl+d half a page")
	s.press("esc", "e", "/").types("Why").press("enter", "?").shows("previous match").hides("new question")
}

// The breadcrumb names the question of each screen, and leads back to it.
func TestCrumbsOfTables(t *testing.T) {
	s := begin(t, asking(t, "no-sidecar", wayFrom, wayTo), 200, 50)
	s.press("w").shows("[all 6]").press("enter").shows("deploy/httpbin.default → httpbin.default:8000")
	head, _, _ := strings.Cut(s.screen(), "\n")
	if want := wayFrom + " → " + wayTo + " › who can reach it › deploy/httpbin.default → " + wayTo; !strings.Contains(head, want) {
		t.Errorf("%q, want %q in it", head, want)
	}
	s.send(tea.MouseClickMsg{X: 17, Y: 0, Button: tea.MouseLeft})
	s.shows("DENIED  "+wayFrom+" → ").hides("› who can reach it", "former question")
}

// A table that nobody watches says of when it is, and when something has been read since.
func TestReachAge(t *testing.T) {
	o := asking(t, "no-sidecar", wayFrom, wayTo)
	o.Watcher = newScriptedWatcher()
	s := begin(t, o, 80, 24).press("w").shows("as of 12:00:00").hides("old")
	s.tells(tui.Event{Object: "AuthorizationPolicy default/x", Verb: "was changed"}).shows("old, as of 12:00:00: r asks again")
	s.press("r").shows("as of 12:00:00").hides("old, ")
}

// silent is an Asker that gets no answer.
type silent struct {
	tui.Asker
	err error
}

func (s silent) Ask(context.Context, tui.Question) (*tui.Answer, error) { return nil, s.err }

// Where no server answers it is said what else can be asked, and that it can be tried again.
func TestWayNoCluster(t *testing.T) {
	o := asking(t, "no-sidecar", wayFrom, wayTo)
	o.Asker = silent{o.Asker, &cluster.Unread{Reason: cluster.Unreachable, Message: "https://127.0.0.1:1 refuses the connection"}}
	s := begin(t, o, 80, 24)
	s.shows("no cluster: https://127.0.0.1:1 refuses the connection; read one from", "files with -f", "r asks again").golden("way-nowhere-80")
	s.resize(40, 10)
	s.fits()
}

// What is being written is not left by a key that was pressed once.
func TestQuitWhileWriting(t *testing.T) {
	o, server := writable(t)
	server.hold = make(chan struct{})
	s := begin(t, o, 80, 24).press("f", "a")
	e := s.pressUntil("y", "waiting whether it stays")
	s.press("q").shows("it is being written")
	s.press("N").shows("▸ Source")
	if s.press("q").shows("it is being written"); s.quit {
		t.Fatal("q leaves while something is being written")
	}
	if s.press("ctrl+c").shows("ctrl+c again leaves"); s.quit {
		t.Fatal("one ctrl+c leaves while something is being written")
	}
	if s.press("x", "esc", "ctrl+c"); s.quit {
		t.Fatal("a ctrl+c after another key leaves")
	}
	if s.press("ctrl+c"); !s.quit {
		t.Error("the second ctrl+c does not leave")
	}
	close(server.hold)
	e.finish(never)
}

// In a terminal that shows nothing no key does anything but leave.
func TestSmallTakesNoKeys(t *testing.T) {
	o, server := writable(t)
	s := begin(t, o, 80, 24).press("f")
	s.resize(39, 9)
	s.shows("40x10 is the least").press("a", "y", "enter").pastes("apply").press("enter")
	s.resize(80, 24)
	if s.shows("a apply").hides("Cancel"); len(server.wrote) > 0 {
		t.Error("something is written that nobody has seen")
	}
	s.resize(20, 5)
	if s.press("q"); !s.quit {
		t.Error("q does not quit")
	}
}
