package tui

import (
	"slices"

	"charm.land/bubbles/v2/textinput"
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
		d.rows.to(d.nearest(s.reason(m)))
		if i := slices.IndexFunc(d.shown, func(p piece) bool { return d.all[p.row].text == d.keep.text && d.all[p.row].level == d.keep.level }); i >= 0 {
			d.rows.to(i)
		}
		d.anew, d.keep = false, row{}
	}
}

// nearest is the row of what decided, or else the first that names a field of an object.
func (d *detail) nearest(reason about) int {
	for i, p := range d.shown {
		if r := &d.all[p.row]; !reason.none() && p.row < d.own && r.about.String() == reason.String() && r.about.field == reason.field && len(r.more) > 0 {
			return i
		}
	}
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
