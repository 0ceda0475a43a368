package matrix

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Options say what is asked. The zero value asks for everything.
type Options struct {
	MeshNamespace string // empty is istio-system
	Namespace     string // of names without one
	// From and To choose sources and targets; nil: all.
	From func(Source) bool
	To   func(Target) bool
	// Target is asked about in place of all Services, in any form of a question's; AnyPath
	// leaves the path open that a URL without one implies.
	Target  string
	AnyPath bool
	// Request is what is known of the requests.
	Request diagnose.Request
	Now     time.Time
	// Progress is told how many targets are done of how many.
	Progress func(done, total int)
	// Each gets every class of targets as soon as it and those before are done.
	Each func(*Matrix, *Column)
	// several says that the cluster is one of a [Fleet].
	several bool
}

// run is one matrix while it is made.
type run struct {
	Options
	*world
	session *diagnose.Session
	m       *Matrix
	due     [][]int // classes of targets, by their places
	sources []int   // the callers that are asked for, by their place among m.Sources
	chosen  set
	place   []int // of a caller among m.Sources
	asked   atomic.Int64
}

func (r *run) question(source string, t Target) diagnose.Question {
	return diagnose.Question{
		Source: source, Target: t.question, Namespace: r.Namespace, MeshNamespace: r.MeshNamespace,
		Request: r.Request, Now: r.Now, AnyPath: r.Request.Path == "" && (t.Namespace != "" || r.AnyPath),
	}
}

// ask answers for one target.
func (r *run) ask(ctx context.Context, s *diagnose.Session, sets *sets, t Target) column {
	var out column
	for _, kind := range r.kindsFor(t) {
		met, err := s.Meet(ctx, r.question(r.callers[kind.first()].Name, t))
		if err != nil {
			return column{err: err}
		}
		for _, class := range r.classes(sets, kind, met, t) {
			if err := ctx.Err(); err != nil {
				return column{err: err}
			}
			d, err := r.judge(ctx, s, r.callers[class.first()].Name, t)
			if err != nil {
				return column{err: err}
			}
			out.add(d, r.placed(class))
		}
	}
	others, err := r.judgeStrangers(ctx, s, t)
	out.answers, out.err = append(out.answers, others...), err
	return out
}

// placed are the sources that callers are.
func (r *run) placed(callers set) set {
	out := newSet(len(r.m.Sources))
	callers.each(func(i int) { out.add(r.place[i]) })
	return out
}

// kindsFor are the callers with the same ways to a target. What a Sidecar lets its own
// namespace know is another thing to the callers of the target's namespace.
func (r *run) kindsFor(t Target) []set {
	var out []set
	for _, kind := range r.kinds {
		kind, _ = kind.cut(r.chosen)
		if kind.empty() {
			continue
		}
		parts := []set{kind}
		if r.visible.narrowed(r.callers[kind.first()].Namespace) {
			for _, ns := range r.homes(t) {
				if same := r.byNamespace[ns]; same != nil {
					parts = refine(parts, same)
				}
			}
		}
		out = append(out, parts...)
	}
	return out
}

// homes are the namespaces that the target's host may be of: of an alias any.
func (r *run) homes(t Target) []string {
	if svc, _ := t.of(r.snap); svc != nil && svc.Spec.Type == corev1.ServiceTypeExternalName {
		return slices.Sorted(maps.Keys(r.byNamespace))
	}
	return []string{t.Namespace}
}

func (c *column) add(d detail, members set) {
	for i := range c.answers {
		if c.answers[i].key() == d.key() && c.answers[i].by == d.by {
			c.answers[i].members.join(members)
			return
		}
	}
	c.answers = append(c.answers, answer{d, members})
}

// classes cuts callers of one kind into those that nothing on their ways tells apart.
func (r *run) classes(sets *sets, kind set, met diagnose.Meeting, t Target) []set {
	classes := []set{kind}
	if r.visible.careful {
		return classes // each kind is alike in all that is known of it
	}
	peers, blocks, restricted := r.peers(met.Pods)
	along := slices.Concat(sets.ofNames(r.namedBy(met.Pods, met.Namespaces)), sets.ofPeers(peers), sets.ofBlocks(blocks))
	egress := r.egressOf(r.callers[kind.first()]) != ""
	for _, pod := range met.Pods {
		if i, ok := r.index[pod]; ok && (restricted || egress || t.Namespace == "") { // a Pod reaches itself
			one := newSet(len(r.callers))
			one.add(i)
			along = append(along, one)
		}
		if pod.Spec.HostNetwork && egress {
			along = append(along, sets.onNode(pod.Spec.NodeName), sets.onNode(""))
		}
	}
	for _, one := range along {
		classes = refine(classes, one)
	}
	slices.SortFunc(classes, func(a, b set) int { return a.first() - b.first() })
	return classes
}

// onNode are the callers on a node.
func (s *sets) onNode(name string) set {
	return s.get("node "+name, func(into set) {
		for i, c := range s.callers {
			if c.pod.Spec.NodeName == name {
				into.add(i)
			}
		}
	})
}

// fresh is after how many targets a worker forgets what it has compiled.
const fresh = 64

// all answers for classes of targets, see inOrder.
func (r *run) all(ctx context.Context, classes [][]int, take func(class []int, c column) error) error {
	worker := func() func(context.Context, int) column {
		session, own, asked := r.session.Fork(), &sets{world: r.world, made: map[string]set{}}, 0
		return func(ctx context.Context, i int) column {
			if asked++; asked%fresh == 0 {
				session = r.session.Fork() // what was compiled for others is in the way
			}
			return r.ask(ctx, session, own, r.m.Targets[classes[i][0]])
		}
	}
	return inOrder(ctx, len(classes), worker, func(i int, c column) error { return take(classes[i], c) }, r.Progress)
}

// targetClasses are the places of targets that have the same answers.
func (r *run) targetClasses() [][]int {
	if r.Target != "" {
		return [][]int{{0}}
	}
	a := newAlike(r.world)
	var out [][]int
	at := map[string]int{}
	for i, t := range r.m.Targets {
		svc, port := t.of(r.snap)
		word := ""
		if svc != nil {
			word = a.word(svc, port)
		}
		if j, ok := at[word]; ok && word != "" {
			out[j] = append(out[j], i)
			continue
		}
		at[word] = len(out)
		out = append(out, []int{i})
	}
	return out
}

// of is the Service of a target, and its port.
func (t Target) of(snap *cluster.Snapshot) (*corev1.Service, corev1.ServicePort) {
	svc, ok := cluster.Get[*corev1.Service](snap, t.Namespace, t.service)
	if !ok {
		return nil, corev1.ServicePort{}
	}
	return svc, svc.Spec.Ports[t.index]
}
