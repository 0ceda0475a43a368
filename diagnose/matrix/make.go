package matrix

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// maker puts a Matrix together of the answers for its targets. What it makes depends on
// their order, so that who has the answers of several processes makes the same.
type maker struct {
	m      *Matrix
	places map[string]int // of cells, by their key
	each   func(*Matrix, *Column)
}

// column is what becomes of the requests of all sources to one target.
type column struct {
	answers []answer
	err     error // the target makes no sense: nothing is known of any source
}

// answer is what becomes of the requests of some sources, by their places among those of
// the matrix.
type answer struct {
	detail
	members set
}

// take makes a column of the answers for a class of targets.
func (k *maker) take(class []int, c column) {
	m := k.m
	if c.err != nil {
		all := newSet(len(m.Sources))
		for i := range m.Sources {
			all.add(i)
		}
		c.answers = []answer{{detail{missing: []string{c.err.Error()}}, all}}
	}
	out := Column{Targets: class, cells: make([]int32, len(m.Sources))}
	for _, a := range c.answers {
		cell := k.cell(a.Cell)
		i := slices.IndexFunc(out.Groups, func(g Group) bool { return g.Cell == cell })
		if i < 0 {
			i = len(out.Groups)
			out.Groups = append(out.Groups, Group{Cell: cell})
		}
		out.Groups[i].tell(a.detail)
		a.members.each(func(i int) { out.cells[i] = int32(cell) }) //nolint:gosec // there are few
	}
	slices.SortStableFunc(out.Groups, func(a, b Group) int {
		return cmp.Or(rank(m.Cells[a.Cell].Verdict)-rank(m.Cells[b.Cell].Verdict), strings.Compare(m.Cells[a.Cell].key(), m.Cells[b.Cell].key()))
	})
	m.Columns = append(m.Columns, out)
	if k.each != nil {
		k.each(m, &m.Columns[len(m.Columns)-1])
	}
}

// tell notes what decides for one more of the group.
func (g *Group) tell(d detail) {
	if d.by != "" && !slices.Contains(g.By, d.by) {
		g.By = append(g.By, d.by)
	}
	for _, m := range d.missing {
		if len(g.Missing) < maxMissing && !slices.Contains(g.Missing, m) {
			g.Missing = append(g.Missing, m)
		}
	}
}

// maxMissing is how many missing facts are told of one group.
const maxMissing = 10

// cell is the place of a cell among the different ones.
func (k *maker) cell(c Cell) int {
	if k.places == nil {
		k.places = map[string]int{}
	}
	i, known := k.places[c.key()]
	if !known {
		i = len(k.m.Cells)
		k.places[c.key()] = i
		k.m.Cells = append(k.m.Cells, c)
	}
	return i
}

// rows joins the sources that have the same answers everywhere, and then the targets that
// have.
func (k *maker) rows() {
	m := k.m
	of := make([]int, len(m.Sources)) // the row of each source so far
	next := 1
	if len(m.Sources) == 0 {
		return
	}
	for _, c := range m.Columns {
		type key struct {
			row  int
			cell int32
		}
		to := map[key]int{}
		next = 0
		for i, cell := range c.cells {
			k := key{of[i], cell}
			if _, ok := to[k]; !ok {
				to[k] = next
				next++
			}
			of[i] = to[k]
		}
	}
	m.Rows = make([]Row, next)
	for i, row := range of {
		m.Rows[row].Members = append(m.Rows[row].Members, i)
	}
	for i := range m.Rows {
		m.Rows[i].Names = m.names(m.Rows[i].Members)
	}
	var columns []Column
	at := map[string]int{}
	for _, c := range m.Columns {
		cells := make([]int32, len(m.Rows))
		for i, row := range m.Rows {
			cells[i] = c.cells[row.Members[0]]
		}
		c.cells = cells
		key := bytesOf(cells)
		if j, ok := at[key]; ok {
			columns[j].join(c)
			continue
		}
		at[key] = len(columns)
		columns = append(columns, c)
	}
	m.Columns = columns
}

// bytesOf is the same for the same cells.
func bytesOf(cells []int32) string {
	out := make([]byte, 0, 4*len(cells))
	for _, c := range cells {
		out = binary.LittleEndian.AppendUint32(out, uint32(c)) //nolint:gosec // a place in a list
	}
	return string(out)
}

// join adds the targets of a column with the same cells.
func (c *Column) join(other Column) {
	c.Targets = append(slices.Clone(c.Targets), other.Targets...)
	slices.Sort(c.Targets)
	for i := range c.Groups {
		for _, g := range other.Groups {
			if g.Cell == c.Groups[i].Cell {
				for _, by := range g.By {
					if !slices.Contains(c.Groups[i].By, by) {
						c.Groups[i].By = append(slices.Clone(c.Groups[i].By), by)
					}
				}
			}
		}
	}
}
