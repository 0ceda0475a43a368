package tui_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// broken is an Asker with a bug, or one that never answers.
type broken struct {
	tui.Asker
	asked chan struct{}
}

func (b broken) Ask(ctx context.Context, _ tui.Question) (*tui.Answer, error) {
	if b.asked == nil {
		panic("out of order")
	}
	close(b.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// A bug ends it with an error in one line, and leaves the other screen.
func TestRunPanics(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Asker = broken{}
	in, keyboard := io.Pipe()
	defer func() { _ = keyboard.Close() }()
	var out bytes.Buffer
	_, err := tui.Run(t.Context(), o, in, &out)
	if err == nil || !strings.HasPrefix(err.Error(), "a bug") {
		t.Errorf("error: %v", err)
	}
	if s := out.String(); strings.LastIndex(s, "\x1b[?1049h") > strings.LastIndex(s, "\x1b[?1049l") {
		t.Error("the other screen is still there")
	}
}

// Whoever ends its context is told so, and the terminal is as it was.
func TestRunInterrupted(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	b := broken{asked: make(chan struct{})}
	o.Asker = b
	in, keyboard := io.Pipe()
	defer func() { _ = keyboard.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var out bytes.Buffer
	go func() {
		_, err := tui.Run(ctx, o, in, &out)
		ended <- err
	}()
	<-b.asked
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}
