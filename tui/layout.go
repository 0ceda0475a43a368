package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// width is how many columns s takes, styled or not. Every frame measures thousands of
// strings, most of them of ASCII, lines of boxes and colours: these are counted here.
func width(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= ' ' && c < 0x7f:
			n++
		case c == 0xe2 && i+2 < len(s) && s[i+1] == 0x94: // U+2500 to U+253F, lines
			n, i = n+1, i+2
		case c == 0x1b && i+1 < len(s) && s[i+1] == '[':
			end := i + 2
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == ';') {
				end++
			}
			if end == len(s) || s[end] != 'm' {
				return ansi.StringWidth(s)
			}
			i = end
		default:
			return ansi.StringWidth(s)
		}
	}
	return n
}

// cut shortens s to w columns, with an ellipsis where something is missing.
func (t *theme) cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if width(s) <= w {
		return s
	}
	return ansi.Truncate(s, w, t.glyph("…", "~"))
}

// pad makes s exactly w columns wide.
func (t *theme) pad(s string, w int) string {
	n := width(s)
	if n > w {
		s = t.cut(s, w) // a wide character may leave a column free
		n = width(s)
	}
	return s + strings.Repeat(" ", max(0, w-n))
}

// clean makes a string of the cluster harmless, and plain where the terminal is.
func (t *theme) clean(s string) string { return report.Clean(s, t.ascii) }

// wrap breaks a clean paragraph into lines of at most w columns; words that are longer
// are cut through.
func (t *theme) wrap(s string, w int) []string {
	if w <= 0 || s == "" {
		return nil
	}
	var out []string
	for _, l := range report.Wrap(s, w) {
		for width(l) > w {
			head := ansi.Truncate(l, w, "")
			if head == "" { // a wide character in one column
				break
			}
			out = append(out, head)
			l = l[len(head):]
		}
		out = append(out, t.cut(l, w))
	}
	return out
}

// fill makes exactly h lines of exactly w columns of lines.
func (t *theme) fill(lines []string, w, h int) string {
	var b strings.Builder
	for i := range h {
		if i > 0 {
			b.WriteByte('\n')
		}
		l := ""
		if i < len(lines) {
			l = lines[i]
		}
		b.WriteString(t.pad(l, w))
	}
	return b.String()
}

// sight are h lines of all, from where the list is on; where more follow the last one says
// so.
func (t *theme) sight(l *list, lines []string, h int) []string {
	l.resize(max(1, len(lines)-h+1))
	from := l.cursor
	out := lines[from:min(len(lines), from+h)]
	if from+h < len(lines) && h > 1 {
		out = append(slices.Clone(out[:h-1]), t.faint.Render(t.clean(" … down shows more")))
	}
	return out
}

// titled is a line across with a title in it.
func (t *theme) titled(title string, w int) string {
	line := t.rule() + " " + t.cut(title, max(0, w-6)) + " "
	return t.faint.Render(line + strings.Repeat(t.rule(), max(0, w-width(line))))
}

// beside puts two blocks of lines next to each other, w columns for the left one.
func (t *theme) beside(left []string, w int, right []string, h int) []string {
	out := make([]string, h)
	bar := t.faint.Render(t.glyph("│", "|"))
	for i := range h {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out[i] = t.pad(l, w) + bar + r
	}
	return out
}

// marked puts the marker of a list before a line; the one that is selected is reversed as
// well, over w columns.
func (t *theme) marked(line string, selected bool, w int) string {
	if !selected {
		return "  " + line
	}
	return t.selected.Render(t.pad(t.glyph("▸", ">")+" "+ansi.Strip(line), w))
}

// styled renders s unless it is empty.
func styled(s lipgloss.Style, text string) string {
	if text == "" {
		return ""
	}
	return s.Render(text)
}
