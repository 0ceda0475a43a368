package tui

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// What is counted here is what is counted there.
func TestWidth(t *testing.T) {
	for _, s := range []string{
		"", "abc", "┌─┐ x", "\x1b[1;31m× DENIED\x1b[m  x", "\x1b[7mab\x1b[0m", "日本語", "─\u0301", "a\u0301", "─\ufe0f", "👩‍👩‍👧‍👦", "\x1b[2J", "\x1b]0;x\x07y",
		"\x1b[31", "\x1b", "\u202ea", "a\x00b", "é", "\xff", "\xe2\x94", "━┃", "tab\t", "…",
	} {
		if got, want := width(s), ansi.StringWidth(s); got != want {
			t.Errorf("%q has %d columns, want %d", s, got, want)
		}
	}
}
