package matrix

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Lines writes a line for each target of a column that was just answered, see
// [Options.Each]: what a source, or a few of them, can reach.
func (m *Matrix) Lines(w io.Writer, c *Column, o TextOptions) {
	p := &printer{m: m, o: o}
	const indent = "                 "
	for _, g := range c.Groups {
		cell := m.Cells[g.Cell]
		word, mark, color := look(cell.Verdict)
		who := ""
		if len(c.Groups) > 1 {
			who = "  from " + p.some(m.NamesOf(c, g), 40)
		}
		for _, t := range m.targetNames(c) {
			p.line("%s %-12s   %s%s", report.Paint(o.Color, color, p.clean(mark)), word, p.clean(t), who)
		}
		p.wrapped(indent, cell.When...)
		if cell.Verdict == diagnose.Undetermined {
			p.wrapped(indent, g.Missing...)
		}
	}
	_, _ = fmt.Fprintln(w, strings.Join(p.lines, "\n"))
}
