package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// wide is from where on the YAML stands beside the detail.
const wide = 140

// detail is a list of rows that tell of the selected stage.
type detail struct {
	rows   list // over shown
	all    []row
	own    int     // how many of all are of the stage, not of what is around it
	shown  []piece // of all, what the filter leaves
	made   made
	anew   bool // another stage was selected
	keep   row  // the row that is to be selected then, if it is there
	filter string
	typing bool
	input  textinput.Model
}

// piece is a row as it is moved over: all of its lines, or, where there are many, those from
// and up to, but not including, to.
type piece struct{ row, from, to int }

// mostLines is how high a piece may be.
const mostLines = 6

// made is what rows are made of: they are kept until some of it changes.
type made struct {
	answer     *Answer
	at         int
	hop, stage int
	w          int
	zoom       bool
	theme      *theme
	filter     string
}

// columns is how wide the detail is; the rest is for the YAML.
func (*theme) columns(w int) int {
	if w < wide {
		return w
	}
	return w * 11 / 20
}

// build makes the rows, unless they are there.
func (d *detail) build(m *Model, s *way, w int) {
	now := made{m.answer, s.at, s.hop, s.stage, m.theme.columns(w) - 3, s.zoom, m.theme, d.filter}
	if now == d.made && !d.anew {
		return
	}
	if was := d.made; was.answer != now.answer || was.at != now.at || was.hop != now.hop || was.stage != now.stage || was.zoom != now.zoom || was.theme != now.theme || d.all == nil {
		d.all, d.own = s.tell(m)
		d.made.w = 0
	}
	if d.made.w != now.w {
		for i := range d.all {
			d.all[i].lines = nil
		}
	}
	d.made = now
	d.sift()
	d.rows.resize(len(d.shown))
	if d.anew {
		d.rows.top = 0
		d.rows.to(d.nearest())
		if i := slices.IndexFunc(d.shown, func(p piece) bool { return d.all[p.row].text == d.keep.text && d.all[p.row].level == d.keep.level }); i >= 0 {
			d.rows.to(i)
		}
		d.anew, d.keep = false, row{}
	}
}

// nearest is the first row that names a field of an object: what decides comes first.
func (d *detail) nearest() int {
	first := 0
	for i, p := range d.shown {
		if r := &d.all[p.row]; p.row < d.own && r.about.field != "" {
			if len(r.more) > 0 {
				return i
			}
			if first == 0 {
				first = i
			}
		}
	}
	return first
}

// sift leaves the rows that hold the filter, what stands below them, and those above that
// they belong to.
func (d *detail) sift() {
	d.shown = d.shown[:0]
	words := strings.ToLower(d.filter)
	keep := make([]bool, len(d.all))
	under := -1 // rows that stand further in than this belong to one that holds it
	for i := range d.all {
		r := &d.all[i]
		if under >= 0 && r.level <= under {
			under = -1
		}
		if keep[i] = under >= 0 || words == "" || strings.Contains(r.words(), words); keep[i] && under < 0 && words != "" {
			under = r.level
		}
	}
	need := -1 // rows above that stand less far in than this belong to one that is kept
	for i := len(d.all) - 1; i >= 0; i-- {
		if level := d.all[i].level; keep[i] || level < need {
			keep[i], need = true, level
		}
	}
	for at, kept := range keep {
		switch {
		case !kept:
			continue
		case !d.all[at].high(d.made.w):
			d.shown = append(d.shown, piece{row: at})
			continue
		}
		n := len(d.lines(at))
		for from := 0; from < n; from += mostLines {
			d.shown = append(d.shown, piece{at, from, min(n, from+mostLines)})
		}
	}
}

// lines are those of a row. Most rows are never seen, and are not drawn.
func (d *detail) lines(at int) []string {
	r := &d.all[at]
	if r.lines == nil {
		r.draw(d.made.theme, d.made.w)
	}
	return r.lines
}

// in are the lines of a piece.
func (d *detail) in(p piece) []string {
	if p.to == 0 {
		return d.lines(p.row)
	}
	return d.lines(p.row)[p.from:p.to]
}

// row is the selected one; nil if there is none.
func (d *detail) row() *row {
	if d.rows.cursor >= len(d.shown) {
		return nil
	}
	return &d.all[d.shown[d.rows.cursor].row]
}

// explained is what the selected row says, and what stands below it.
func (d *detail) explained() []row {
	if d.row() == nil {
		return nil
	}
	at := d.shown[d.rows.cursor].row
	to := at + 1
	for to < len(d.all) && d.all[to].level > d.all[at].level {
		to++
	}
	return d.all[at:to]
}

func (d *detail) startFilter(m *Model) {
	d.typing = true
	d.input = filterInput(m, d.filter)
}

func (d *detail) unfilter() {
	d.typing, d.filter = false, ""
	d.input.SetValue("")
}

// typed takes a key for the filter.
func (d *detail) typed(msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok && (k.String() == "up" || k.String() == "down") {
		d.rows.key(k.String(), 1)
		return nil
	}
	var cmd tea.Cmd
	d.input, cmd = d.input.Update(msg)
	if f := d.input.Value(); f != d.filter {
		d.filter = f
		d.rows.to(0)
	}
	return cmd
}

// below draws the detail in h lines, and the YAML beside it where there is room.
func (s *way) below(m *Model, w, h, top int) []string {
	if h <= 0 {
		return nil
	}
	left := m.theme.columns(w)
	out := s.detailLines(m, left, h, top)
	if left == w {
		return out
	}
	s.source.show(m, s.object(m))
	right := w - left - 1
	s.areas.yaml = area{x: left + 1, y: top, w: right, h: h - 1}
	return m.theme.beside(out, left, s.source.view(m, right, h, s.focus == yamlPane), h)
}

// detailLines are the title and the rows in sight.
func (s *way) detailLines(m *Model, w, h, top int) []string {
	t, d := m.theme, &s.detail
	out := []string{s.detailTitle(m, w)}
	if d.typing {
		d.input.SetWidth(max(1, w-8))
		out = append(out, " "+t.pad(d.input.View(), w-2))
	}
	s.areas.detail = area{y: top + len(out), w: w, h: h - len(out)}
	from, _ := d.rows.windowOf(h-len(out), func(i int) int { return len(d.in(d.shown[i])) })
	for i := from; i < len(d.shown) && len(out) < h; i++ {
		for j, l := range d.in(d.shown[i]) {
			if len(out) == h {
				break
			}
			s.areas.rows = append(s.areas.rows, i)
			out = append(out, s.rowLine(t, l, i == d.rows.cursor, j == 0, w-1))
		}
	}
	if len(d.shown) == 0 {
		out = append(out, "  "+t.faint.Render("nothing holds "+t.clean(d.filter)+"; esc shows all"))
	}
	return out
}

// rowLine marks the selected row: reversed where the keys move it.
func (s *way) rowLine(t *theme, l string, selected, first bool, w int) string {
	switch {
	case !selected:
		return "  " + l
	case s.focus != yamlPane && first:
		return t.marked(l, true, w)
	case s.focus != yamlPane:
		return t.selected.Render(t.pad("  "+stripped(l), w))
	case first:
		return t.glyph("▸ ", "> ") + l
	}
	return "  " + l
}

// detailTitle names what the rows are about, in full if there is room, and where one is.
func (s *way) detailTitle(m *Model, w int) string {
	t := m.theme
	title := "what was found"
	if h, st := s.chosen(m); h != nil {
		title = h.Number + " " + t.clean(h.Name)
		if st != nil && st.Name != h.Name {
			title += "  " + t.clean(st.Name)
		}
	}
	where := fmt.Sprintf("%d/%d", min(s.detail.rows.cursor+1, len(s.detail.shown)), len(s.detail.shown))
	if f := s.detail.filter; f != "" && !s.detail.typing {
		where = "/" + t.clean(f) + "  " + where
	}
	where = t.cut(where, w/3)
	rule := t.frame(s.focus == detailPane).across // heavy where the keys go
	line := rule + " " + t.cut(title, max(0, w-width(where)-8)) + " "
	line += strings.Repeat(rule, max(0, w-width(line)-width(where)-3)) + " " + where + " " + rule
	if s.focus != detailPane {
		return t.faint.Render(t.cut(line, w))
	}
	return t.accent.Render(t.cut(line, w))
}
