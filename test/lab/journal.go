package lab

import (
	"fmt"
	"io"
	"time"
)

// journal tells the person who waits what the lab is doing, a line at a time.
type journal struct{ w io.Writer }

func newJournal(w io.Writer) journal {
	if w == nil {
		w = io.Discard
	}
	return journal{w}
}

// printf writes a line. Whether anybody reads it is not the lab's concern, so
// a failing writer is no error.
func (j journal) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(j.w, "lab: "+format+"\n", args...)
}

// since is how long ago a moment was, to a tenth of a second.
func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Millisecond) }
