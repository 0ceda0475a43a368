package report

import "strings"

// wrap breaks s at spaces into lines of at most limit columns. A word that is
// longer has a line of its own; runs of spaces inside a line stay as they are.
func wrap(s string, limit int) []string {
	var (
		lines []string
		line  strings.Builder
		used  int
	)
	for s = strings.TrimRight(s, " "); s != ""; {
		gap := len(s) - len(strings.TrimLeft(s, " "))
		word, rest, _ := strings.Cut(s[gap:], " ")
		if rest != "" {
			rest = s[gap+len(word):]
		}
		w := columns(word)
		if used > 0 && used+gap+w > limit {
			lines = append(lines, line.String())
			line.Reset()
			used = 0
		}
		if used > 0 {
			line.WriteString(s[:gap])
			used += gap
		}
		line.WriteString(word)
		used += w
		s = rest
	}
	if used > 0 {
		lines = append(lines, line.String())
	}
	return lines
}
