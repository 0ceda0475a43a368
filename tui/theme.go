package tui

import (
	"charm.land/lipgloss/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// theme is how things look. Colours are the 16 of the terminal, so that a user's own
// palette holds on a light background as on a dark one.
type theme struct {
	ascii bool

	denied, allowed, conditional, undetermined lipgloss.Style
	bold, faint, accent, selected, bar         lipgloss.Style
	added, removed, deciding, warning          lipgloss.Style
}

func newTheme(ascii bool) *theme {
	s := lipgloss.NewStyle
	return &theme{
		ascii:        ascii,
		denied:       s().Foreground(lipgloss.Red).Bold(true),
		allowed:      s().Foreground(lipgloss.Green).Bold(true),
		conditional:  s().Foreground(lipgloss.Yellow).Bold(true),
		undetermined: s().Foreground(lipgloss.Magenta).Bold(true),
		bold:         s().Bold(true),
		faint:        s().Faint(true),
		accent:       s().Foreground(lipgloss.Cyan),
		selected:     s().Reverse(true),
		bar:          s().Reverse(true),
		added:        s().Foreground(lipgloss.Green),
		removed:      s().Foreground(lipgloss.Red),
		deciding:     s().Foreground(lipgloss.Red).Bold(true),
		warning:      s().Foreground(lipgloss.Yellow),
	}
}

// verdict is the style, the symbol and the word of a verdict.
func (t *theme) verdict(v diagnose.Verdict) (style lipgloss.Style, symbol, word string) {
	switch v {
	case diagnose.Allowed:
		return t.allowed, t.glyph("√", "v"), "ALLOWED"
	case diagnose.Denied:
		return t.denied, t.glyph("×", "x"), "DENIED"
	case diagnose.Conditional:
		return t.conditional, "~", "CONDITIONAL"
	case diagnose.Undetermined:
	}
	return t.undetermined, "?", "UNDETERMINED"
}

// glyph is s, or what stands for it in ASCII.
func (t *theme) glyph(s, ascii string) string {
	if t.ascii {
		return ascii
	}
	return s
}

// box are the lines of a frame.
type box struct{ topLeft, topRight, bottomLeft, bottomRight, across, down string }

// frame is what boxes are drawn of; heavy is for the one that is looked at.
func (t *theme) frame(heavy bool) box {
	switch {
	case t.ascii && heavy:
		return box{"#", "#", "#", "#", "=", "#"}
	case t.ascii:
		return box{"+", "+", "+", "+", "-", "|"}
	case heavy:
		return box{"┏", "┓", "┗", "┛", "━", "┃"}
	}
	return box{"┌", "┐", "└", "┘", "─", "│"}
}

// arrow leads from a box to the next.
func (t *theme) arrow() string { return t.glyph("─▶", "->") }

// rule is a line across.
func (t *theme) rule() string { return t.glyph("─", "-") }
