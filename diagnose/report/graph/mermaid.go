package graph

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Mermaid writes the way in the language of Mermaid. Its title is a comment, for where
// a diagram of Mermaid stands in a page, the page has told it.
func Mermaid(w io.Writer, d *diagnose.Diagnosis) error {
	g := draw(d)
	var b strings.Builder
	fmt.Fprintf(&b, "flowchart LR\n  %%%% %s\n", strings.NewReplacer("{", "(", "}", ")").Replace(g.title))
	for _, n := range g.nodes {
		left, right := "[", "]"
		if n.answer {
			left, right = "([", "])"
		}
		fmt.Fprintf(&b, "  %s%s%s%s:::%s\n", n.id, left, entity(n.lines), right, n.key)
	}
	for _, e := range g.edges {
		arrow := "-->"
		if e.unused {
			arrow = "-.->"
		}
		if len(e.lines) > 0 {
			arrow += "|" + entity(e.lines) + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	for _, key := range []string{"allowed", "denied", "conditional", "undetermined"} {
		fmt.Fprintf(&b, "  classDef %s fill:%s,stroke:%s,color:%s\n", key, paint[key].area, paint[key].border, ink)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// entity writes lines as one label. Everything that could mean something in it is
// written by its number: #35; is what Mermaid has for that.
func entity(lines []string) string {
	var out []string
	for _, l := range lines {
		var b strings.Builder
		for i, r := range l {
			next := strings.TrimPrefix(l[i:], string(r))
			if means(r, next) {
				fmt.Fprintf(&b, "#%d;", r)
				continue
			}
			b.WriteRune(r)
		}
		out = append(out, b.String())
	}
	return `"` + strings.Join(out, "<br/>") + `"`
}

// means reports whether a character could mean something in a label: those of Mermaid's
// own, of Markdown and of HTML. A full stop, a hyphen and a plus are what a list begins
// with only if a space follows; a colon and a slash make a link.
func means(r rune, next string) bool {
	switch {
	case r > 0x7f || r == ' ' || unicode.IsLetter(r) || unicode.IsDigit(r) || r == ',':
		return false
	case r == '.' || r == '-' || r == '/':
		return next == "" || next[0] == ' ' || next[0] == byte(r)
	case r == ':':
		return next != "" && next[0] != ' '
	}
	return true
}
