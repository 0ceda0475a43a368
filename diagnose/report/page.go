package report

import (
	"bytes"
	"strings"
)

const (
	defaultWidth = 100
	minWidth     = 40
	proseWidth   = 100 // longer lines of prose are hard to read
	minRoom      = 24  // less is no room for a text beside other columns
	gap          = 2   // between columns
)

// page is a sheet of lines. Its methods take strings as they come: nothing gets
// on the page that is not clean, and no line ends in a space.
type page struct {
	out   bytes.Buffer
	width int
	color bool
	ascii bool
}

func newPage(o TextOptions) *page {
	w := o.Width
	if w == 0 {
		w = defaultWidth
	}
	return &page{width: max(w, minWidth), color: o.Color, ascii: o.ASCII}
}

// cell is a piece of a line that fills a column; its width includes the gap to
// the next one.
type cell struct {
	text  string
	width int
	style style
}

func (p *page) clean(s string) string { return clean(s, p.ascii) }

func (p *page) columns(s string) int { return columns(p.clean(s)) }

func (p *page) blank() { p.out.WriteByte('\n') }

func (p *page) line(s string) {
	p.out.WriteString(strings.TrimRight(s, " "))
	p.out.WriteByte('\n')
}

// para writes s, wrapped and indented; nothing if it is empty.
func (p *page) para(indent int, s string) {
	for _, l := range wrap(p.clean(s), min(p.width, proseWidth)-indent) {
		p.line(strings.Repeat(" ", indent) + l)
	}
}

// heading writes a title of a section after an empty line.
func (p *page) heading(indent int, s string) {
	p.blank()
	p.line(strings.Repeat(" ", indent) + p.paint(bold, p.clean(s)))
}

// item writes cells and then s, wrapped beside them, with tail at the right
// margin if there is room, else at the end of the text. A cell that is too long
// for its column has a line of its own; where the cells leave little room, the
// text is below them.
func (p *page) item(indent int, head []cell, s, tail string) {
	lead, hang := p.lead(indent, head)
	if p.width-hang < minRoom && s != "" {
		p.line(lead)
		hang = indent + 2*gap
		lead = strings.Repeat(" ", hang)
	}
	lines := p.withTail(wrap(p.clean(s), p.width-hang), hang, tail)
	if len(lines) == 0 && strings.TrimSpace(lead) != "" {
		lines = []string{""}
	}
	for _, l := range lines {
		p.line(lead + l)
		lead = strings.Repeat(" ", hang)
	}
}

// lead writes the cells of a line up to its text, and returns what the text's
// line begins with, and its column.
func (p *page) lead(indent int, head []cell) (line string, hang int) {
	line, hang = strings.Repeat(" ", indent), indent
	for _, c := range head {
		text := p.clean(c.text)
		hang += c.width
		line += p.paint(c.style, text)
		if used := columns(text); used < c.width || text == "" {
			line += strings.Repeat(" ", c.width-used)
			continue
		}
		p.line(line)
		line = strings.Repeat(" ", hang)
	}
	return line, hang
}

// withTail adds tail to lines that begin at the column hang.
func (p *page) withTail(lines []string, hang int, tail string) []string {
	if tail == "" {
		return lines
	}
	tail = p.clean(tail)
	if len(lines) == 0 {
		lines = []string{""}
	}
	last := len(lines) - 1
	room := p.width - hang - columns(lines[last]) - columns(tail)
	switch {
	case room >= gap && last == 0:
		lines[0] += strings.Repeat(" ", room) + p.paint(bold, tail)
	case room >= gap:
		lines[last] += strings.Repeat(" ", gap) + p.paint(bold, tail)
	default:
		lines = append(lines, p.paint(bold, tail))
	}
	return lines
}
