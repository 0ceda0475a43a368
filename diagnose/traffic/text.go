package traffic

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Text writes a line for each case that is not as expected, or with verbose for
// every case, and the summary.
func (r *Result) Text(w io.Writer, verbose bool) error {
	var b strings.Builder
	for _, f := range r.Files {
		for _, p := range f.Errors {
			line(&b, "ERROR", p.Error())
		}
		for _, c := range f.Cases {
			switch {
			case c.Outcome == Errored:
				line(&b, "ERROR", c.Error.Error())
			case c.Outcome == Failed:
				line(&b, "FAIL ", c.where(f)+c.difference()+because(c.Got.Summary))
			case verbose:
				line(&b, "ok   ", c.where(f)+c.Got.Verdict.String())
			}
		}
	}
	b.WriteString(r.Summary.String() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// where is the case as an editor finds it.
func (c *CaseResult) where(f File) string { return fmt.Sprintf("%s:%d: %s: ", f.Name, c.Line, c.Name) }

// difference words what is not as expected: expected Denied, got Allowed.
func (c *CaseResult) difference() string {
	words := make([]string, len(c.Differences))
	for i, d := range c.Differences {
		field := strings.TrimPrefix(d.Field, "reason.") + " "
		if d.Field == "verdict" {
			field = ""
		}
		words[i] = fmt.Sprintf("expected %s%s, got %s", field, d.Want, d.Got)
	}
	return strings.Join(words, "; ")
}

func because(summary string) string {
	if summary == "" {
		return ""
	}
	return ": " + summary
}

// line writes a line. What a file or a cluster says in it cannot break it, nor
// command a terminal.
func line(b *strings.Builder, outcome, text string) {
	b.WriteString(outcome + " ")
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	b.WriteByte('\n')
}
