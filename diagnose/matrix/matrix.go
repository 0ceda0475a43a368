package matrix

import (
	"context"
	"slices"

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
	InSight InSight
	// Asked is how many questions it took.
	Asked     int
	workloads []int   // of each source, by a number
	sizes     []int32 // how many sources each workload has
	here      []int32 // of them, how many are being named
	// Unread names what could not be read, and Notes what else is to be known.
	Unread []string
	Notes  []string
}

// InSight are names of who and what there is to choose from.
type InSight struct {
	Sources []string `json:"sources,omitempty"`
	Targets []string `json:"targets,omitempty"`
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
	r, err := prepare(ctx, reader, o)
	if err != nil {
		return nil, err
	}
	return r.plan().whole(ctx, o)
}

// plan is what there is to ask: of one cluster, or of several.
type plan struct {
	m      *Matrix
	due    [][]int // classes of targets, by their places
	all    func(ctx context.Context, classes [][]int, take func(class []int, c column) error) error
	asked  func() int
	digest func() Digest
}

// plan is what there is to ask.
func (r *run) plan() plan {
	return plan{m: r.m, due: r.due, all: r.all, asked: func() int { return int(r.asked.Load()) }, digest: func() Digest { return digestOf(r.snap) }}
}

// whole asks all of it.
func (p plan) whole(ctx context.Context, o Options) (*Matrix, error) {
	k := &maker{m: p.m, each: o.Each}
	err := p.all(ctx, p.due, func(class []int, c column) error {
		if c.err != nil && o.Target != "" {
			return c.err
		}
		k.take(class, c)
		return nil
	})
	if err != nil {
		return nil, err
	}
	k.rows()
	p.m.Asked = p.asked()
	return p.m, nil
}

// prepare reads all that decides, and finds whom to ask about what.
func prepare(ctx context.Context, reader cluster.Reader, o Options) (*run, error) {
	if o.MeshNamespace == "" {
		o.MeshNamespace = "istio-system"
	}
	reader, alone, err := wholeOrSaved(ctx, reader, o)
	if err != nil {
		return nil, err
	}
	s := diagnose.NewSession(reader)
	var snap *cluster.Snapshot
	if alone {
		snap = saved(ctx, reader)
	} else {
		snap = s.Everything(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := &run{Options: o, session: s, world: newWorld(snap, o.MeshNamespace, alone, o.Target != ""), m: &Matrix{Origin: reader.Origin()}}
	r.choose()
	r.m.Unread = unread(snap)
	if len(r.m.Targets) == 0 || len(r.m.Sources) == 0 {
		r.inSight()
	} else {
		r.due = r.targetClasses()
	}
	return r, nil
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
