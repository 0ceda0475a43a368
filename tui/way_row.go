package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// row is one entry of the detail: a line or a few that belong together.
type row struct {
	level  int    // how far in it stands; what is below it stands further in
	symbol string // before the text
	mark   lipgloss.Style
	text   string
	style  lipgloss.Style
	tail   string // behind the text, as a finding's code
	more   []part // on lines of their own, or behind the text if there is room
	about  about
	code   string // of a finding

	lines []string // as they are drawn
}

// part is a datum beside its name.
type part struct {
	name, words string
	style       lipgloss.Style
}

// words are all that a row says, for the filter.
func (r *row) words() string {
	var b strings.Builder
	b.WriteString(r.symbol + " " + r.text + " " + r.tail)
	for _, p := range r.more {
		b.WriteString(" " + p.name + " " + p.words)
	}
	return strings.ToLower(b.String())
}

// high reports whether the row may have more than mostLines lines of w columns.
func (r *row) high(w int) bool {
	room := max(1, (w-2*r.level-width(r.symbol)-10)/2) // as good as any line is half full
	lines := 1 + len(r.text)/room
	for _, p := range r.more {
		lines += 1 + (len(p.name)+len(p.words))/room
	}
	return lines > mostLines
}

// draw sets the lines of the row, of at most w columns.
func (r *row) draw(t *theme, w int) {
	lead := strings.Repeat(" ", 2*r.level)
	if r.symbol != "" {
		lead += r.mark.Render(r.symbol) + " "
	}
	hang := width(lead)
	if room := w - hang; room < 12 {
		lead, hang = "", 0
	}
	if one, ok := r.inOne(t, w-hang); ok {
		r.lines = []string{lead + one}
		return
	}
	r.lines = nil
	text := r.text
	if r.tail != "" {
		text += "  " + r.tail
	}
	for _, l := range t.wrap(text, w-hang) {
		r.lines = append(r.lines, lead+r.style.Render(l))
		lead = strings.Repeat(" ", hang)
	}
	for _, p := range r.more {
		r.lines = append(r.lines, p.draw(t, w, min(hang, 2*r.level+2))...)
	}
	if len(r.lines) == 0 {
		r.lines = []string{lead}
	}
}

// inOne draws the row in one line, if there is room.
func (r *row) inOne(t *theme, w int) (string, bool) {
	n := width(r.text)
	if r.tail != "" {
		n += 2 + width(r.tail)
	}
	for _, p := range r.more {
		if n += 2 + width(p.words); p.name != "" {
			n += 1 + width(p.name)
		}
	}
	if n > w {
		return "", false
	}
	out := styled(r.style, r.text)
	if r.tail != "" {
		out += "  " + t.bold.Render(r.tail)
	}
	for _, p := range r.more {
		out += "  "
		if p.name != "" {
			out += t.faint.Render(p.name) + " "
		}
		out += styled(p.style, p.words)
	}
	return out, true
}

// draw is the part on lines of its own.
func (p part) draw(t *theme, w, hang int) []string {
	hang += 2
	name := p.name
	col := max(7, width(name)+1)
	if name == "" {
		col = 0
	}
	if w-hang-col < 12 {
		hang, col = 0, width(name)+1
	}
	var out []string
	for _, l := range t.wrap(p.words, max(1, w-hang-col)) {
		out = append(out, strings.Repeat(" ", hang)+t.faint.Render(t.pad(name, col))+styled(p.style, l))
		name = ""
	}
	if out == nil {
		out = []string{strings.Repeat(" ", hang) + t.faint.Render(t.cut(name, w-hang))}
	}
	return out
}
