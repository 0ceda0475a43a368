package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// patience is how long something may take before it is said what it is, and how often it
// is said anew.
const patience = time.Second

// progress is a line on the terminal that says what is being done. It is gone before
// anything else is printed: whoever prints takes it back first.
type progress struct {
	out   io.Writer
	width int // of the terminal; 0: it is none, and nothing is said

	turn  sync.Mutex
	what  string
	since time.Time
	shown int // columns of the line
	stop  chan struct{}
}

type progressKey struct{}

// withProgress lets commands say what they do, if out is a terminal that can take it back.
func withProgress(ctx context.Context, out io.Writer, env lookup) (context.Context, *progress) {
	p := &progress{out: out}
	if kind, _ := env("TERM"); isTerminal(out) && kind != "dumb" {
		p.width = textWidth(out, env)
	}
	return context.WithValue(ctx, progressKey{}, p), p
}

// progressOf is that of a command, or one that says nothing.
func progressOf(ctx context.Context) *progress {
	if ctx != nil {
		if p, ok := ctx.Value(progressKey{}).(*progress); ok {
			return p
		}
	}
	return &progress{}
}

// say tells what is being done from now on, if it takes long.
func say(ctx context.Context, format string, args ...any) {
	p := progressOf(ctx)
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.width == 0 {
		return
	}
	p.what = report.Clean(fmt.Sprintf(format, args...), !speaksUTF8(os.LookupEnv))
	if p.stop != nil {
		return
	}
	p.since, p.stop = time.Now(), make(chan struct{})
	go p.run(p.stop)
}

// said takes back what was said: something is going to be printed, or is at its end.
func said(ctx context.Context) { progressOf(ctx).end() }

func (p *progress) end() {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.stop != nil {
		close(p.stop)
		p.stop = nil
		p.erase()
	}
}

// mute says nothing at all from now on.
func (p *progress) mute() {
	p.end()
	p.turn.Lock()
	defer p.turn.Unlock()
	p.width = 0
}

func (p *progress) run(stop chan struct{}) {
	tick := time.NewTicker(patience)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			p.draw(stop)
		}
	}
}

func (p *progress) draw(stop chan struct{}) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.stop != stop { // it ended meanwhile
		return
	}
	line := fmt.Sprintf("%s, %d s", p.what, int(time.Since(p.since).Seconds()))
	if cut := []rune(line); len(cut) >= p.width { // a line that wraps could not be taken back
		line = string(cut[:p.width-1])
	}
	p.erase()
	_, _ = io.WriteString(p.out, line)
	p.shown = len([]rune(line))
}

// erase overwrites the line.
func (p *progress) erase() {
	if p.shown > 0 {
		_, _ = io.WriteString(p.out, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}

// muteIfAsked says nothing where the user wants nothing, or the log of requests.
func muteIfAsked(c *cobra.Command) {
	for _, flag := range []string{"quiet", "v"} {
		if c.Flags().Changed(flag) {
			progressOf(c.Context()).mute()
		}
	}
}
