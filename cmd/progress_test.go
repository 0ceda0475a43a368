package cmd

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// onTerminal is a context that says what is done to a terminal of some columns.
func onTerminal(ctx context.Context, out *bytes.Buffer, columns int) (context.Context, *progress) {
	ctx, p := withProgress(ctx, out, only(""))
	p.width = columns
	return ctx, p
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, p := onTerminal(t.Context(), &out, 30)
		expect := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after)
			synctest.Wait()
			if got := out.String(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			out.Reset()
		}
		say(ctx, "reading %s", "files")
		expect(900*time.Millisecond, "")
		said(ctx)
		expect(time.Minute, "") // what is quick is not told

		say(ctx, "reading")
		expect(1100*time.Millisecond, "reading, 1 s")
		say(ctx, "a name of \x1b[31mmore than thirty columns\n")
		line := `a name of \x1b[31mmore than t`
		expect(time.Second, "\r"+strings.Repeat(" ", 12)+"\r"+line)
		said(ctx)
		expect(0, "\r"+strings.Repeat(" ", len(line))+"\r")
		expect(time.Minute, "")

		p.mute()
		say(ctx, "reading")
		expect(time.Minute, "")
	})
}

// What is no terminal is told nothing, and neither is one that cannot take a line back.
func TestNoProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		ctx, _ := withProgress(t.Context(), &out, only("TERM=dumb"))
		say(ctx, "reading")
		say(t.Context(), "reading")
		time.Sleep(time.Minute)
		synctest.Wait()
		said(ctx)
		said(t.Context())
		if out.Len() > 0 {
			t.Error(out.String())
		}
	})
}
