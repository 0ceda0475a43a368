package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

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
