package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// PlainJSON returns a writer for JSON that escapes what could command a terminal, reorder
// text or hide in it: encoding/json leaves most of that as it is. Such characters stand only
// in strings, so the JSON means the same.
func PlainJSON(w io.Writer) io.Writer {
	return &escaper{w: w, escape: func(r rune) string {
		if r > 0xffff {
			high, low := utf16.EncodeRune(r)
			return fmt.Sprintf(`\u%04x\u%04x`, high, low)
		}
		return fmt.Sprintf(`\u%04x`, r)
	}}
}

// JSON writes v as an indented document, as [PlainJSON] has it; what only HTML needs escaped
// is not.
func JSON(w io.Writer, v any) error {
	e := json.NewEncoder(PlainJSON(w))
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// PlainXML is PlainJSON for XML whose names are ASCII.
func PlainXML(w io.Writer) io.Writer {
	return &escaper{w: w, escape: func(r rune) string { return fmt.Sprintf("&#x%X;", r) }}
}

// Printable returns a writer that makes visible what is not, as Clean does, but for the ends
// of lines and tabs. It is for what a template prints of a cluster on a terminal.
func Printable(w io.Writer) io.Writer { return &escaper{w: w, escape: escaped} }

// escaper escapes what has no shape of its own.
type escaper struct {
	w      io.Writer
	escape func(rune) string
	rest   []byte // the beginning of a character that was cut off
}

func (e *escaper) Write(p []byte) (int, error) {
	text, out := slices.Concat(e.rest, p), []byte(nil)
	e.rest = nil
	for len(text) > 0 {
		if !utf8.FullRune(text) {
			e.rest = text
			break
		}
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			out = fmt.Appendf(out, `\x%02x`, text[0])
		case r == '\n', r == '\t', shown(r):
			out = append(out, text[:n]...)
		default:
			out = append(out, e.escape(r)...)
		}
		text = text[n:]
	}
	if _, err := e.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
