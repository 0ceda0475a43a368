package matrix

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// TextOptions say how the text looks.
type TextOptions struct {
	report.TextOptions
	// List tells of one target after the other, also where a table would do.
	List bool
	// Lines is how many lines there may be; what is more is left out, and said. 0: any.
	Lines int
	// All is the command that shows all.
	All string
}

// look is how a verdict appears: its word, its mark and the colour of both.
func look(v diagnose.Verdict) (word, mark, color string) {
	switch v {
	case diagnose.Allowed:
		return "ALLOWED", "√", "1;32"
	case diagnose.Denied:
		return "DENIED", "×", "1;31"
	case diagnose.Conditional:
		return "CONDITIONAL", "~", "1;33"
	case diagnose.Undetermined:
	}
	return "UNDETERMINED", "?", "1;35"
}

// Text writes the matrix as a table, or as a list of targets where a table would be too
// wide.
func (m *Matrix) Text(w io.Writer, o TextOptions) error {
	p := &printer{m: m, o: o}
	p.head()
	switch {
	case len(m.Sources) == 0 || len(m.Targets) == 0:
	case o.Wide || o.List || !p.table():
		p.list()
	}
	return p.write(w)
}

// printer collects lines.
type printer struct {
	m      *Matrix
	o      TextOptions
	lines  []string
	buffer []int // of members
}

func (p *printer) clean(s string) string { return report.Clean(s, p.o.ASCII) }

// line adds a line of clean text.
func (p *printer) line(format string, args ...any) {
	p.lines = append(p.lines, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// write writes the lines that there is room for.
func (p *printer) write(w io.Writer) error {
	lines := p.lines
	if n := p.o.Lines; n > 0 && len(lines) > n {
		left := len(lines) - n
		lines = append(lines[:n:n], "", fmt.Sprintf("%d more lines. All of them: %s", left, p.clean(p.o.All)))
	}
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("write the matrix: %w", err)
	}
	return nil
}

// head tells how much there is.
func (p *printer) head() {
	m := p.m
	p.line("%s × %s: %s", plural(len(m.Sources), "source"), plural(len(m.Targets), "target"), p.clean(m.totals()))
	if p.o.ASCII {
		p.lines[0] = p.clean(p.lines[0])
	}
	if len(m.Rows) > 0 && len(m.Columns) > 0 {
		p.line("%s of sources, %d of targets: nothing distinguishes those of one", classes(len(m.Rows)), len(m.Columns))
	}
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}

func classes(n int) string {
	if n == 1 {
		return "1 class"
	}
	return fmt.Sprintf("%d classes", n)
}

// Count is how many pairs of a source and a target get a verdict.
func (m *Matrix) Count(v diagnose.Verdict) int {
	n := 0
	for i := range m.Columns {
		c := &m.Columns[i]
		for row, cell := range c.cells {
			if m.Cells[cell].Verdict == v {
				n += len(m.Rows[row].Members) * len(c.Targets)
			}
		}
	}
	return n
}

// verdicts in the order in which they are counted.
var verdicts = []diagnose.Verdict{diagnose.Allowed, diagnose.Conditional, diagnose.Undetermined, diagnose.Denied}

func (m *Matrix) totals() string {
	var out []string
	for _, v := range verdicts {
		if n := m.Count(v); n > 0 || v == diagnose.Allowed || v == diagnose.Denied {
			out = append(out, fmt.Sprintf("%d %s", n, strings.ToLower(v.String())))
		}
	}
	return strings.Join(out, ", ")
}

// some names the first of names and how many more there are, within a width.
func (p *printer) some(names []string, width int) string { return p.someOf(names, len(names), width) }

// someOf is some of as many names as total, of which the first are at hand.
func (p *printer) someOf(names []string, total, width int) string {
	if len(names) == 0 {
		return ""
	}
	out := p.clean(names[0])
	for i, n := range names[1:] {
		more := fmt.Sprintf(" and %d more", total-1-i)
		next := out + ", " + p.clean(n)
		if utf8.RuneCountInString(next+more) > width {
			return out + more
		}
		out = next
	}
	if left := total - len(names); left > 0 {
		out += fmt.Sprintf(" and %d more", left)
	}
	return out
}

func (m *Matrix) targetNames(c *Column) []string {
	var out []string
	for _, t := range c.Targets {
		out = append(out, m.Targets[t].Name)
	}
	return out
}

// table is the compressed table; false: it would be too wide, or is longer than it helps.
func (p *printer) table() bool {
	m := p.m
	digits := len(fmt.Sprint(len(m.Columns)))
	name := 24
	if (digits+2)*len(m.Columns) > p.o.Width-26 {
		return false
	}
	for _, r := range m.Rows {
		name = max(name, min(utf8.RuneCountInString(p.some(r.Names, 48)), 48))
	}
	name = min(name, p.o.Width-2-(digits+2)*len(m.Columns))
	if name < 24 {
		return false
	}
	p.line("")
	head := fmt.Sprintf("  %-*s", name, "")
	for i := range m.Columns {
		head += fmt.Sprintf("  %*d", digits, i+1)
	}
	p.line("%s", head)
	for ri, r := range m.Rows {
		text := p.some(r.Names, name)
		if n := utf8.RuneCountInString(text); n > name { // one long name
			text = string([]rune(text)[:name-3]) + "..."
		}
		line := "  " + text + strings.Repeat(" ", name-utf8.RuneCountInString(text))
		for ci := range m.Columns {
			_, mark, color := look(m.Cell(ri, ci).Verdict)
			line += strings.Repeat(" ", digits+1) + report.Paint(p.o.Color, color, p.clean(mark))
		}
		p.line("%s", line)
	}
	p.line("")
	for i := range m.Columns {
		p.line("  %*d  %s", digits, i+1, p.some(m.targetNames(&m.Columns[i]), p.o.Width-digits-4))
	}
	p.conditions()
	p.line("")
	p.line("  %s", p.clean("√ allowed   ~ depends on the request   ? cannot be told   × denied"))
	return true
}

// conditions lists what the Conditional cells of each column depend on, and what the
// Undetermined ones lack.
func (p *printer) conditions() {
	for ci := range p.m.Columns {
		c := &p.m.Columns[ci]
		for _, g := range c.Groups {
			cell := p.m.Cells[g.Cell]
			_, mark, _ := look(cell.Verdict)
			says := cell.When
			if cell.Verdict == diagnose.Undetermined {
				says = missing(g)
			}
			if len(says) == 0 {
				continue
			}
			p.line("")
			p.line("  %s %d, %s:", p.clean(mark), ci+1, p.some(p.names(c, g), p.o.Width-10))
			p.wrapped("    ", says...)
		}
	}
}

// names are the sources of a group.
func (p *printer) names(c *Column, g Group) []string { return p.m.names(p.members(c, g)) }

// members are the sources of a group, until the next are asked for.
func (p *printer) members(c *Column, g Group) []int {
	p.buffer = p.buffer[:0]
	for row, cell := range c.cells {
		if int(cell) == g.Cell {
			p.buffer = append(p.buffer, p.m.Rows[row].Members...)
		}
	}
	slices.Sort(p.buffer)
	return p.buffer
}

// wrapped adds texts, each on lines of its own.
func (p *printer) wrapped(indent string, texts ...string) {
	for _, t := range texts {
		for i, l := range report.Wrap(p.clean(t), max(20, p.o.Width-len(indent)-2)) {
			if i > 0 {
				l = "  " + l
			}
			p.line("%s%s", indent, l)
		}
	}
}

// list tells of one class of targets after the other.
func (p *printer) list() {
	for ci := range p.m.Columns {
		c := &p.m.Columns[ci]
		p.line("")
		if p.o.Wide {
			p.wrapped("", strings.Join(p.m.targetNames(c), ", "))
		} else {
			p.line("%s", p.some(p.m.targetNames(c), p.o.Width))
		}
		for _, g := range c.Groups {
			p.group(c, g)
		}
	}
}

// group tells of the sources with one answer.
func (p *printer) group(c *Column, g Group) {
	cell := p.m.Cells[g.Cell]
	word, mark, color := look(cell.Verdict)
	most := math.MaxInt
	if !p.o.Wide {
		most = p.o.Width // there is no room for more
	}
	names, total := p.m.firstNames(p.members(c, g), most)
	lead := fmt.Sprintf("  %s %-12s %4d  ", report.Paint(p.o.Color, color, p.clean(mark)), word, total)
	const indent = "                       "
	if p.o.Wide {
		for i, l := range report.Wrap(p.clean(strings.Join(names, ", ")), max(20, p.o.Width-len(indent))) {
			if i == 0 {
				p.line("%s%s", lead, l)
				continue
			}
			p.line("%s%s", indent, l)
		}
	} else {
		p.line("%s%s", lead, p.someOf(names, total, p.o.Width-len(indent)))
	}
	p.wrapped(indent, cell.When...)
	if p.o.Wide {
		p.wrapped(indent, by(g)...)
	}
	if cell.Verdict == diagnose.Undetermined {
		p.wrapped(indent, g.Missing...)
	}
	if p.o.Wide && cell.Connection != cell.Verdict {
		p.line("%sthe connection: %s", indent, strings.ToLower(cell.Connection.String()))
	}
}

// missing words what an Undetermined verdict lacks, of much the first.
func missing(g Group) []string {
	const most = 3
	var out []string
	for i, m := range g.Missing {
		if i == most {
			return append(out, fmt.Sprintf("and %d more", len(g.Missing)-i))
		}
		out = append(out, m)
	}
	return out
}

// by names what decides, of some policies the first.
func by(g Group) []string {
	switch n := len(g.By); {
	case n == 0:
		return nil
	case n > 3:
		return []string{fmt.Sprintf("by %s and %d more", strings.Join(g.By[:3], ", "), n-3)}
	}
	return []string{"by " + strings.Join(g.By, ", ")}
}
