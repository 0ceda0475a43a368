package tui_test

import (
	"bytes"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/teatest/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// TestProgram runs the model in a program of Bubble Tea, with its loop, its renderer and its
// commands in goroutines, where the stories have a driver of their own.
func TestProgram(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	p := teatest.NewTestModel(t, tui.New(t.Context(), o), teatest.WithInitialTermSize(80, 24))
	shows := func(want ...string) {
		t.Helper()
		teatest.WaitFor(t, p.Output(), func(out []byte) bool {
			for _, w := range want {
				if !bytes.Contains(out, []byte(w)) {
					return false
				}
			}
			return true
		}, teatest.WithDuration(20*time.Second))
	}
	shows("DENIED", "3 destination")
	p.Type("i")
	shows("Method")
	p.Send(tea.KeyPressMsg{Code: tea.KeyEscape})
	p.Type("f")
	shows("opens")
	p.Type("q")
	p.WaitFinished(t, teatest.WithFinalTimeout(20*time.Second))
	m, ok := p.FinalModel(t).(*tui.Model)
	if !ok {
		t.Fatalf("the model has become a %T", p.FinalModel(t))
	}
	if w, h := m.Size(); w != 80 || h != 24 {
		t.Errorf("the terminal was %d × %d", w, h)
	}
}
