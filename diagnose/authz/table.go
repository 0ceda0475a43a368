package authz

import (
	"maps"
	"slices"
)

// table holds the verdict of every combination of values, to shorten terms
// without changing what they say.
type table struct {
	rows     []env
	verdicts []Verdict
	columns  map[*field][]bool
}

// newTable makes the table, if it is small enough.
func newTable(p *Program, r *Request, unknowns []*unknown) (*table, bool) {
	n := 1
	for _, u := range unknowns {
		if n *= len(u.values); n > maxTable {
			return nil, false
		}
	}
	t := &table{columns: map[*field][]bool{}}
	t.fill(newSearch(p, r, unknowns), 0)
	return t, true
}

func (t *table) fill(s *search, i int) {
	if i == len(s.unknowns) {
		a := s.p.answers(&s.e)
		row := s.e
		row.over = maps.Clone(s.e.over)
		t.rows = append(t.rows, row)
		t.verdicts = append(t.verdicts, a.verdict())
		return
	}
	u := s.unknowns[i]
	for _, v := range u.values {
		if s.e.feasible(s.unknowns, u, v) {
			s.e.set(u.key, v)
			t.fill(s, i+1)
		}
	}
	s.e.unset(u.key)
}

// column tells for each row whether the literal holds.
func (t *table) column(l literal) []bool {
	c := t.columns[l.f]
	if c == nil {
		c = make([]bool, len(t.rows))
		for i := range t.rows {
			c[i] = l.f.eval(&t.rows[i]) == True
		}
		t.columns[l.f] = c
	}
	if !l.flip {
		return c
	}
	out := make([]bool, len(c))
	for i := range c {
		out[i] = !c[i]
	}
	return out
}

// simplify drops what is impossible, every literal without which a term still
// suffices, and every term that the others cover.
func (t *table) simplify(terms []term, wanted Verdict) []term {
	var out []term
	var covers [][]bool
	for _, x := range terms {
		x, rows := t.shorten(x, wanted)
		if slices.Contains(rows, true) {
			out, covers = append(out, x), append(covers, rows)
		}
	}
	for i := len(out) - 1; i >= 0; i-- {
		if covered(covers, i) {
			out, covers = slices.Delete(out, i, i+1), slices.Delete(covers, i, i+1)
		}
	}
	return out
}

// shorten drops literals, the last ones first, and returns the rows of what is
// left. A term that is impossible or does not suffice has no rows.
func (t *table) shorten(x term, wanted Verdict) (term, []bool) {
	columns := make([][]bool, len(x))
	for i, l := range x {
		columns[i] = t.column(l)
	}
	rows := t.conjunction(columns)
	if !slices.Contains(rows, true) || !t.suffices(rows, wanted) {
		return nil, nil
	}
	x = slices.Clone(x)
	for i := len(x) - 1; i >= 0; i-- {
		without := slices.Delete(slices.Clone(columns), i, i+1)
		if wider := t.conjunction(without); t.suffices(wider, wanted) {
			x, columns, rows = slices.Delete(x, i, i+1), without, wider
		}
	}
	return x, rows
}

func (t *table) conjunction(columns [][]bool) []bool {
	out := make([]bool, len(t.rows))
	for i := range out {
		out[i] = true
		for _, c := range columns {
			out[i] = out[i] && c[i]
		}
	}
	return out
}

func (t *table) suffices(rows []bool, wanted Verdict) bool {
	for i, in := range rows {
		if in && t.verdicts[i] != wanted {
			return false
		}
	}
	return true
}

// covered reports whether the rows of i are all in others.
func covered(covers [][]bool, i int) bool {
	for row, in := range covers[i] {
		if !in {
			continue
		}
		found := false
		for j, other := range covers {
			found = found || j != i && other[row]
		}
		if !found {
			return false
		}
	}
	return true
}
