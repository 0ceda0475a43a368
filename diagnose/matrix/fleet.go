package matrix

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Member is one of several clusters that make one mesh.
type Member struct {
	// Name is the cluster's, as its user knows it: a context of the kubeconfig.
	Name   string
	Reader cluster.Reader
}

// NewFleet asks about several clusters of one mesh. Whoever asks states with it that they are
// one: each control plane knows the endpoints of all, and their certificates have one root.
//
//   - A Service of the same namespace and name is one Service, whose endpoints are those of
//     all clusters (namespace sameness: istio.io, Deployment Models, Tenancy models).
//   - Requests of a sidecar or gateway go to the endpoints of all clusters, unless the
//     Service is kept in its cluster (meshConfig.serviceSettings). Whoever has no proxy goes
//     to those of its own cluster, which is all that kube-proxy knows.
//   - At the end of a way the policies of the cluster that the endpoint is in decide, and
//     they see the caller's identity under the trust domain of its own cluster. Its address
//     is not known there: whether the network keeps it is nobody's setting.
//   - What the caller's own cluster makes of the way to another is not modeled: where there
//     is something that could change it (routes for the host, egress policies, Sidecars) the
//     verdict is Undetermined and names it.
//
// See docs/matrix.md for the sources of this.
func NewFleet(ctx context.Context, members []Member, o Options) (*Matrix, error) {
	f, err := prepareFleet(ctx, members, o)
	if err != nil {
		return nil, err
	}
	return f.plan(o).whole(ctx, o)
}

// PartFleet is [Part] of several clusters.
func PartFleet(ctx context.Context, w io.Writer, members []Member, share Share, about About, o Options) error {
	f, err := prepareFleet(ctx, members, o)
	if err != nil {
		return err
	}
	return f.plan(o).part(ctx, w, share, about)
}

// plan is what there is to ask.
func (f *fleet) plan(o Options) plan {
	return plan{
		m: f.m, due: f.due,
		all: func(ctx context.Context, classes [][]int, take func([]int, column) error) error {
			return f.all(ctx, classes, take, o.Progress)
		},
		asked: func() int {
			n := 0
			for _, m := range f.members {
				n += int(m.asked.Load())
			}
			return n
		},
		digest: func() Digest {
			out := Digest{}
			for _, m := range f.members {
				for kind, sum := range digestOf(m.snap) {
					out[kind+" of "+m.name] = sum
				}
			}
			return out
		},
	}
}

// fleet is a matrix of several clusters while it is made.
type fleet struct {
	m       *Matrix
	members []*member
	due     [][]int
	// at are the places of a target in the members, -1 where a member has it not.
	at [][]int
}

// qualified is a name with the cluster that it is of.
func qualified(name, cluster string) string { return name + "@" + cluster }

// prepareFleet reads all members, and finds whom to ask about what.
func prepareFleet(ctx context.Context, members []Member, o Options) (*fleet, error) {
	out := &fleet{m: &Matrix{}}
	var origins []string
	for _, one := range members {
		own := o
		own.Each, own.Progress = nil, nil
		own.From = func(s Source) bool { return s.Stranger() || o.From == nil || o.From(s.in(one.Name)) }
		own.several = true
		r, err := prepare(ctx, one.Reader, own)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.Name, err)
		}
		m := &member{run: r, name: one.Name, first: len(out.m.Sources)}
		m.look()
		m.lookAtCallers()
		for i := range r.sources {
			out.m.Sources = append(out.m.Sources, r.m.Sources[i].in(one.Name))
		}
		for _, u := range r.m.Unread {
			out.m.Unread = append(out.m.Unread, one.Name+": "+u)
		}
		origins = append(origins, r.m.Origin)
		out.members = append(out.members, m)
	}
	for _, name := range strangers {
		if s := (Source{Name: name, Workload: name}); o.From == nil || o.From(s) {
			out.m.Sources = append(out.m.Sources, s)
		}
	}
	out.m.Origin = strings.Join(origins, " and ")
	out.spread()
	out.collect()
	return out, nil
}

// in is a source as one of a cluster of several.
func (s Source) in(cluster string) Source {
	return Source{Name: qualified(s.Name, cluster), Workload: qualified(s.Workload, cluster), Namespace: s.Namespace, Cluster: cluster}
}

// collect makes one list of the targets of all members, and finds those that nothing
// distinguishes.
func (f *fleet) collect() {
	at := map[string]int{}
	for i, m := range f.members {
		for j, t := range m.m.Targets {
			place, known := at[t.Name]
			if !known {
				place = len(f.m.Targets)
				at[t.Name] = place
				f.m.Targets = append(f.m.Targets, t)
				f.at = append(f.at, slices.Repeat([]int{-1}, len(f.members)))
			}
			f.at[place][i] = j
		}
	}
	order := make([]int, len(f.m.Targets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := f.m.Targets[a], f.m.Targets[b]
		return cmp.Or(cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.service, y.service))
	})
	targets, places := make([]Target, len(order)), make([][]int, len(order))
	for i, from := range order {
		targets[i], places[i] = f.m.Targets[from], f.at[from]
	}
	f.m.Targets, f.at = targets, places
	if len(f.m.Targets) == 0 || len(f.m.Sources) == 0 {
		f.inSight()
		return
	}
	f.group()
}

// group finds the targets with the same answers: those that are of one class in every
// cluster, and whose requests cross between clusters alike.
func (f *fleet) group() {
	seen := map[string]int{}
	for i := range f.m.Targets {
		var word strings.Builder
		for j, m := range f.members {
			class := -1
			if at := f.at[i][j]; at >= 0 {
				class = m.classOf[at]
			}
			host := f.m.Targets[i].host()
			if _, done := m.blocked[host]; !done { // the port makes no difference
				m.blocked[host] = m.inTheWay(f.m.Targets[i])
			}
			led, _ := m.ledAway(f.m.Targets[i])
			fmt.Fprint(&word, class, " ", m.crossingWords(f.m.Targets[i]), led, "\x00")
		}
		if at, ok := seen[word.String()]; ok {
			f.due[at] = append(f.due[at], i)
			continue
		}
		seen[word.String()] = len(f.due)
		f.due = append(f.due, []int{i})
	}
}

// inSight tells what there would have been to choose.
func (f *fleet) inSight() {
	for _, m := range f.members {
		m.m.InSight = InSight{}
		m.inSight()
		for _, s := range m.m.InSight.Sources {
			f.m.InSight.Sources = append(f.m.InSight.Sources, qualified(s, m.name))
		}
		f.m.InSight.Targets = append(f.m.InSight.Targets, m.m.InSight.Targets...)
	}
	slices.Sort(f.m.InSight.Targets)
	f.m.InSight.Targets = slices.Compact(f.m.InSight.Targets)
}
