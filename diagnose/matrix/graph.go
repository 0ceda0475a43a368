package matrix

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// edge is a path of a class of sources to a class of targets: what is not denied.
type edge struct {
	row, column int
	cell        Cell
}

func (m *Matrix) edges() []edge {
	var out []edge
	for ri := range m.Rows {
		for ci := range m.Columns {
			if cell := m.Cell(ri, ci); cell.Verdict != diagnose.Denied {
				out = append(out, edge{ri, ci, cell})
			}
		}
	}
	return out
}

// label names a class in a node: some of its members, each on a line.
func label(names []string, newline string, quote func(string) string) string {
	const most = 4
	var out []string
	for i, n := range names {
		if i == most && len(names) > most+1 {
			out = append(out, fmt.Sprintf("and %d more", len(names)-i))
			break
		}
		out = append(out, quote(report.Clean(n, false)))
	}
	return strings.Join(out, newline)
}

// words of an edge: what the diagram says beside its line.
func (e edge) words(quote func(string) string) string {
	switch {
	case e.cell.Verdict == diagnose.Undetermined:
		return "cannot be told"
	case e.cell.Verdict == diagnose.Conditional && len(e.cell.When) == 1:
		return quote(report.Clean(e.cell.When[0], false))
	case e.cell.Verdict == diagnose.Conditional:
		return "depends on the request"
	}
	return ""
}

// DOT writes the paths that are not denied as a diagram of Graphviz.
func (m *Matrix) DOT(w io.Writer) error {
	quote := func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
	var b strings.Builder
	b.WriteString("digraph matrix {\n  rankdir=LR\n  node [shape=box, fontname=\"sans-serif\"]\n  edge [fontname=\"sans-serif\", fontsize=10]\n")
	for i, r := range m.Rows {
		fmt.Fprintf(&b, "  s%d [label=\"%s\"]\n", i, label(r.Names, `\n`, quote))
	}
	for i := range m.Columns {
		fmt.Fprintf(&b, "  t%d [label=\"%s\", style=rounded]\n", i, label(m.targetNames(&m.Columns[i]), `\n`, quote))
	}
	for _, e := range m.edges() {
		style := ""
		if e.cell.Verdict != diagnose.Allowed {
			style = fmt.Sprintf(" [style=%s, label=\"%s\"]", map[bool]string{true: "dashed", false: "dotted"}[e.cell.Verdict == diagnose.Conditional], e.words(quote))
		}
		fmt.Fprintf(&b, "  s%d -> t%d%s\n", e.row, e.column, style)
	}
	b.WriteString("}\n")
	return written(w, b.String())
}

// Mermaid writes the paths that are not denied as a diagram of Mermaid.
func (m *Matrix) Mermaid(w io.Writer) error {
	quote := func(s string) string {
		return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;").Replace(s)
	}
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, r := range m.Rows {
		fmt.Fprintf(&b, "  s%d[\"%s\"]\n", i, label(r.Names, "<br/>", quote))
	}
	for i := range m.Columns {
		fmt.Fprintf(&b, "  t%d([\"%s\"])\n", i, label(m.targetNames(&m.Columns[i]), "<br/>", quote))
	}
	for _, e := range m.edges() {
		line := "-->"
		if e.cell.Verdict != diagnose.Allowed {
			line = fmt.Sprintf("-. \"%s\" .->", e.words(quote))
		}
		fmt.Fprintf(&b, "  s%d %s t%d\n", e.row, line, e.column)
	}
	return written(w, b.String())
}

func written(w io.Writer, text string) error {
	if _, err := io.WriteString(w, text); err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return nil
}
