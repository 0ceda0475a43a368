package matrix

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Matrix is the answers of every source to every target.
type Matrix struct {
	Origin  string
	Sources []Source // those who are not in sight come last
	Targets []Target
	// Rows are the classes of sources, Columns those of targets: whoever is in one has the
	// same answers.
	Rows    []Row
	Columns []Column
	Cells   []Cell // the different ones
	// InSight are the sources and Services that there are, where none was chosen.
	InSight struct{ Sources, Targets []string }
	// Asked is how many questions it took.
	Asked     int
	workloads []int   // of each source, by a number
	sizes     []int32 // how many sources each workload has
	here      []int32 // of them, how many are being named
	// Unread names what could not be read, and Notes what else is to be known.
	Unread []string
	Notes  []string
}

// Row is a class of sources.
type Row struct {
	Members []int    // places among the Sources
	Names   []string // deploy/sleep.foo, or Pods where only some of a workload are meant
}

// Column is a class of targets, with what becomes of each source's requests.
type Column struct {
	Targets []int
	Groups  []Group
	cells   []int32 // of each source, and of each row once these are known
}

// Group are the sources of a column with the same answer, the worst first.
type Group struct {
	Cell    int
	By      []string // the policies or stages that decide
	Missing []string // what an Undetermined verdict lacks
}

// Cell is what becomes of the requests of a row to a column.
func (m *Matrix) Cell(row, column int) Cell { return m.Cells[m.Columns[column].cells[row]] }

// New asks for everything.
func New(ctx context.Context, reader cluster.Reader, o Options) (*Matrix, error) {
	snap := saved(ctx, reader)
	alone := snap != nil
	if !alone {
		var err error
		if reader, err = whole(ctx, reader, o); err != nil {
			return nil, err
		}
	}
	s := diagnose.NewSession(reader)
	if !alone {
		snap = s.Everything(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.MeshNamespace == "" {
		o.MeshNamespace = "istio-system"
	}
	r := &run{Options: o, world: newWorld(snap, o.MeshNamespace, alone, o.Target != ""), m: &Matrix{Origin: reader.Origin()}}
	r.choose()
	r.m.Unread = unread(snap)
	classes := r.targetClasses()
	if len(r.m.Targets) == 0 || len(r.m.Sources) == 0 {
		classes = nil
		r.inSight()
	}
	if err := r.all(ctx, s, classes); err != nil {
		return nil, err
	}
	r.rows()
	r.m.Asked = int(r.asked.Load())
	return r.m, nil
}

// choose takes the sources and targets that are asked for.
func (r *run) choose() {
	r.chosen, r.place = newSet(len(r.callers)), make([]int, len(r.callers))
	for i, c := range r.callers {
		if r.From == nil || r.From(c.Source) {
			r.chosen.add(i)
			r.place[i] = len(r.sources)
			r.sources = append(r.sources, i)
			r.m.Sources = append(r.m.Sources, c.Source)
		}
	}
	for _, name := range strangers {
		if s := (Source{Name: name, Workload: name}); r.From == nil || r.From(s) {
			r.m.Sources = append(r.m.Sources, s)
		}
	}
	if r.Target != "" {
		r.m.Targets = []Target{{Name: r.Target, question: r.Target}}
		return
	}
	for _, t := range targets(r.snap) {
		if r.To == nil || r.To(t) {
			r.m.Targets = append(r.m.Targets, t)
		}
	}
}

// inSight tells what there would have been to choose.
func (r *run) inSight() {
	seen := map[string]bool{}
	for _, c := range r.callers {
		if !seen[c.Workload] {
			seen[c.Workload] = true
			r.m.InSight.Sources = append(r.m.InSight.Sources, c.Workload)
		}
	}
	for _, t := range targets(r.snap) {
		r.m.InSight.Targets = append(r.m.InSight.Targets, t.Name)
	}
}

// take makes a column of the answers for a class of targets.
func (r *run) take(class []int, c *column) error {
	if c.err != nil && r.Target != "" {
		return c.err
	}
	if c.err != nil { // the Service makes no sense as a target
		c.groups = []group{{detail: detail{missing: []string{c.err.Error()}}, members: r.chosen}}
		c.strangers = []detail{{missing: []string{c.err.Error()}}, {missing: []string{c.err.Error()}}}
	}
	out := Column{Targets: class, cells: make([]int32, len(r.m.Sources))}
	put := func(d detail) int32 {
		cell := r.cell(d.Cell)
		i := slices.IndexFunc(out.Groups, func(g Group) bool { return g.Cell == cell })
		if i < 0 {
			i = len(out.Groups)
			out.Groups = append(out.Groups, Group{Cell: cell})
		}
		out.Groups[i].tell(d)
		return int32(cell) //nolint:gosec // there are few
	}
	for _, g := range c.groups {
		cell := put(g.detail)
		g.members.each(func(i int) { out.cells[r.place[i]] = cell })
	}
	at := len(r.sources)
	for i, name := range strangers {
		if at < len(r.m.Sources) && r.m.Sources[at].Name == name {
			out.cells[at] = put(c.strangers[i])
			at++
		}
	}
	slices.SortStableFunc(out.Groups, func(a, b Group) int {
		return cmp.Or(rank(r.m.Cells[a.Cell].Verdict)-rank(r.m.Cells[b.Cell].Verdict), strings.Compare(r.m.Cells[a.Cell].key(), r.m.Cells[b.Cell].key()))
	})
	r.m.Columns = append(r.m.Columns, out)
	if r.Each != nil {
		r.Each(r.m, &r.m.Columns[len(r.m.Columns)-1])
	}
	return nil
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
func (r *run) cell(c Cell) int {
	if r.places == nil {
		r.places = map[string]int{}
	}
	i, known := r.places[c.key()]
	if !known {
		i = len(r.m.Cells)
		r.places[c.key()] = i
		r.m.Cells = append(r.m.Cells, c)
	}
	return i
}

// rank orders verdicts as lists have them, the worst first.
func rank(v diagnose.Verdict) int {
	return slices.Index([]diagnose.Verdict{diagnose.Denied, diagnose.Undetermined, diagnose.Conditional, diagnose.Allowed}, v)
}

// names are what sources are called: the workload where all of its Pods are among them.
func (m *Matrix) names(members []int) []string {
	out, _ := m.firstNames(members, len(members))
	return out
}

// firstNames are the first of the names, and how many there are in all.
func (m *Matrix) firstNames(members []int, most int) (names []string, total int) {
	if m.workloads == nil {
		m.number()
	}
	here := m.here
	clear(here)
	for _, i := range members {
		here[m.workloads[i]]++
	}
	put := func(name string) {
		if total++; total <= most {
			names = append(names, name)
		}
	}
	for _, i := range members {
		switch w := m.workloads[i]; {
		case here[w] < 0: // told
		case here[w] == m.sizes[w]:
			put(m.Sources[i].Workload)
			here[w] = -1
		default:
			put(m.Sources[i].Name)
		}
	}
	return names, total
}

// number gives each workload a number, and counts its Pods.
func (m *Matrix) number() {
	at := map[string]int{}
	m.workloads = make([]int, len(m.Sources))
	for i, s := range m.Sources {
		n, known := at[s.Workload]
		if !known {
			n = len(m.sizes)
			at[s.Workload] = n
			m.sizes = append(m.sizes, 0)
		}
		m.workloads[i] = n
		m.sizes[n]++
	}
	m.here = make([]int32, len(m.sizes))
}

// NamesOf are the sources of a group of a column that was just answered, see
// [Options.Each].
func (m *Matrix) NamesOf(c *Column, g Group) []string {
	var members []int
	for i, cell := range c.cells {
		if int(cell) == g.Cell {
			members = append(members, i)
		}
	}
	return m.names(members)
}

// RowsOf are the rows of a group of a column.
func (m *Matrix) RowsOf(c *Column, g Group) []int {
	var out []int
	for i, cell := range c.cells {
		if int(cell) == g.Cell {
			out = append(out, i)
		}
	}
	return out
}

// rows joins the sources that have the same answers everywhere, and then the targets that
// have.
func (r *run) rows() {
	m := r.m
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
