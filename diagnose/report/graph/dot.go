package graph

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// DOT writes the way in the language of Graphviz.
func DOT(w io.Writer, d *diagnose.Diagnosis) error {
	g := draw(d)
	var b strings.Builder
	b.WriteString("digraph \"authz-doctor\" {\n")
	fmt.Fprintf(&b, "  graph [rankdir=LR, labelloc=t, fontname=\"sans-serif\", bgcolor=white, label=%s];\n", quoteLine(g.title))
	fmt.Fprintf(&b, "  node [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11, fontcolor=%q];\n", ink)
	fmt.Fprintf(&b, "  edge [fontname=\"sans-serif\", fontsize=10, fontcolor=%q];\n", ink)
	for _, n := range g.nodes {
		shape := ""
		if n.answer {
			shape = `, shape=note, style=filled`
		}
		fmt.Fprintf(&b, "  %s [label=%s, color=%q, fillcolor=%q%s];\n", n.id, quote(n.lines, `\l`), paint[n.key].border, paint[n.key].area, shape)
	}
	for _, e := range g.edges {
		style := ""
		if e.unused {
			style = ", style=dashed"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%s, color=%q%s];\n", e.from, e.to, quote(e.lines, `\n`), paint[e.key].border, style)
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func quoteLine(s string) string { return `"` + dotQuoting.Replace(s) + `"` }

// dotQuoting takes away the meaning that characters have in a label: the quote, the
// backslash, and the ampersand, which begins an HTML entity.
var dotQuoting = strings.NewReplacer(`"`, `\"`, `\`, `\\`, `&`, `&amp;`)

// width is how many columns a line of a label has. Mermaid breaks lines itself.
const width = 44

// quote writes lines as one label; each of them but a single one ends in end.
func quote(long []string, end string) string {
	var b strings.Builder
	var lines []string
	for _, l := range long {
		lines = append(lines, report.Wrap(l, width)...)
	}
	for _, l := range lines {
		b.WriteString(dotQuoting.Replace(l))
		if len(lines) > 1 {
			b.WriteString(end)
		}
	}
	return `"` + b.String() + `"`
}
