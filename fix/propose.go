package fix

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// A denial may have several causes, one behind the other: after maxSteps repairs it is
// given up.
const maxSteps = 6

// engine is one proposal in the making.
type engine struct {
	base     cluster.Reader // asks each thing once
	question diagnose.Question
	before   *diagnose.Session
	world    *cluster.Snapshot             // the Pods and Services among which effects are looked for
	then     *cluster.Snapshot             // the same after a change
	resolved string                        // the question's target as targetsOf names it
	known    map[about]*diagnose.Diagnosis // before any change
	open     *diagnose.Diagnosis           // what a draft leads to that depends on the request
	never    []string                      // why drafts are not proposed
}

// look reads the Pods and Services of some namespaces; none is all of them.
func (e *engine) look(ctx context.Context, among []string) {
	e.world = e.world.Plus(e.base.Origin(), e.base.Read(ctx, e.queries(among)))
	e.then = e.world
}

func (e *engine) queries(among []string) []cluster.Query {
	if len(among) == 0 {
		among = []string{""}
	}
	out := []cluster.Query{{Resource: cluster.ConfigMaps, Namespace: e.meshNamespace(), Name: "istio"}}
	for _, ns := range among {
		for _, r := range []cluster.Resource{cluster.Pods, cluster.Services, cluster.EndpointSlices} {
			out = append(out, cluster.Query{Resource: r, Namespace: ns})
		}
	}
	return out
}

func (e *engine) meshNamespace() string { return cmp.Or(e.question.MeshNamespace, "istio-system") }

// Propose finds what makes the answer to q Allowed, and proves it. An error is one of
// the question, as [diagnose.Ask] has it. A question that is Allowed already, or
// Undetermined, has no candidates, and Proposal.Why says so.
func Propose(ctx context.Context, r cluster.Reader, q diagnose.Question) (*Proposal, error) {
	e := &engine{base: cluster.NewCache(r), question: q}
	var err error
	if e.before, err = e.session(nil); err != nil {
		return nil, err
	}
	d, err := e.before.Ask(ctx, q)
	if err != nil {
		return nil, err
	}
	snap := e.before.Snapshot()
	p := &Proposal{Diagnosis: d, Candidates: []Candidate{}}
	switch d.Status.Verdict {
	case diagnose.Allowed:
		p.Why = "it is allowed: there is nothing to repair"
		return p, nil
	case diagnose.Undetermined:
		p.Why = "it is not known whether it is denied: no repair can be proved"
		return p, nil
	case diagnose.Denied, diagnose.Conditional:
	}
	e.look(ctx, e.among(d))
	e.resolved = resolved(d)
	proved := e.prove(ctx, q, d, snap, draft{}, 1)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	asked := e.asking(d)
	for _, c := range proved {
		out := Candidate{
			Kind: c.kind, Title: c.title, Changes: c.changes, Afterwards: c.afterwards, Danger: c.danger, Grave: c.grave, Summary: c.answer.Status.Summary,
			simulated: c.simulated,
		}
		if out.Effect, err = e.effect(ctx, c.draft, d, asked); err != nil {
			return nil, err
		}
		p.Candidates = append(p.Candidates, out)
	}
	rank(p.Candidates)
	for i := range p.Candidates {
		p.Candidates[i].ID = letter(i)
	}
	if len(p.Candidates) == 0 {
		if p.Why = strings.Join(e.never, "; "); p.Why == "" {
			p.Why = whyNot(d, e.open)
		}
	}
	return p, nil
}

// proof is a draft and the answer that it leads to.
type proof struct {
	draft
	answer *diagnose.Diagnosis
}

// ask answers a question of the cluster as edits leave it. Nothing that is read twice
// is asked for twice, and no limit of a single question holds.
func (e *engine) ask(ctx context.Context, edits []cluster.Edit, q diagnose.Question) (*diagnose.Diagnosis, *cluster.Snapshot, error) {
	s, err := e.session(edits)
	if err != nil {
		return nil, nil, fmt.Errorf("a change that cannot be read back: %w", err)
	}
	d, err := s.Ask(ctx, q)
	return d, s.Snapshot(), err
}

// prove tries every draft for a denial, after what was done already, and returns those
// after which the question is Allowed. Where something else denies then, the first
// draft for that which does it is joined.
func (e *engine) prove(ctx context.Context, q diagnose.Question, d *diagnose.Diagnosis, snap *cluster.Snapshot, done draft, step int) []proof {
	sc, ok := sceneOf(q, d, snap)
	if !ok {
		return nil
	}
	sc.snap = e.withRouted(ctx, sc, e.withCreator(ctx, sc))
	var out []proof
	for _, next := range drafts(sc) {
		if next.futile() {
			continue
		}
		var never string
		if next, never = sc.weighed(next); never != "" {
			e.never = unique(append(e.never, never))
			continue
		}
		all := next
		if step > 1 {
			// A further change of an object holds what was done to it before.
			if !done.touches(next) {
				if alone, _, err := e.ask(ctx, next.edits(), q); err == nil && alone.Status.Verdict == diagnose.Allowed {
					continue // what was done before is not needed
				}
			}
			all = done.then(next)
		}
		after, then, err := e.ask(ctx, all.edits(), q)
		if err == nil && after.Status.Verdict == diagnose.Conditional && e.open == nil {
			e.open = after
		}
		switch {
		case err != nil || ctx.Err() != nil:
			continue
		case after.Status.Verdict == diagnose.Allowed:
			out = append(out, proof{all, after})
		case step < maxSteps && moved(d, after):
			if further := e.prove(ctx, q, after, then, all, step+1); len(further) > 0 {
				out = append(out, further[0])
			}
		}
		if step > 1 && len(out) > 0 {
			break
		}
	}
	return out
}

// moved reports whether what decides is another thing than before.
func moved(before, after *diagnose.Diagnosis) bool {
	if after.Status.Verdict != diagnose.Denied && after.Status.Verdict != diagnose.Conditional {
		return false
	}
	reasons := func(d *diagnose.Diagnosis) string {
		out := ""
		for _, a := range d.Status.Answers {
			if a.Verdict == diagnose.Denied || a.Verdict == diagnose.Conditional {
				out += fmt.Sprint(a.Reason.Hop, a.Reason.Stage, a.Reason.Policy, a.Reason.Field, len(a.Sources), len(a.Destinations), a.Summary, ";")
			}
		}
		return out
	}
	return reasons(before) != reasons(after)
}

// withCreator adds to the snapshot what makes the caller's Pods: the question alone has
// no use for it.
func (e *engine) withCreator(ctx context.Context, sc scene) *cluster.Snapshot {
	if sc.caller == nil || sc.before.DataPlane != "none" {
		return sc.snap
	}
	r, name, ok := sc.maker()
	if !ok {
		return sc.snap
	}
	if _, known := sc.snap.Item(r, sc.caller.Namespace, name); known {
		return sc.snap
	}
	return sc.snap.Plus(e.base.Origin(), e.base.Read(ctx, []cluster.Query{{Resource: r, Namespace: sc.caller.Namespace, Name: name}}))
}

// rank puts first what speaks nothing against, then what does least besides, then what
// changes least, then what is nobody else's.
func rank(all []Candidate) {
	slices.SortStableFunc(all, func(a, b Candidate) int {
		return cmp.Or(
			cmp.Compare(truth(a.Grave), truth(b.Grave)),
			cmp.Compare(truth(a.Danger != ""), truth(b.Danger != "")),
			cmp.Compare(breadth(a), breadth(b)),
			cmp.Compare(owned(a), owned(b)),
			cmp.Compare(size(a), size(b)),
		)
	})
}

// breadth is how many others a candidate concerns; with every request they count twice.
func breadth(c Candidate) int {
	n := 0
	for _, all := range [][]Reach{c.Effect.Opens, c.Effect.Closes, c.Effect.Unsure} {
		for _, r := range all {
			n += len(r.Sources)
			if len(r.If) == 0 {
				n += len(r.Sources)
			}
		}
	}
	return n
}

// size is how many objects change, and by how much.
func size(c Candidate) int {
	n := 1000 * len(c.Changes)
	for _, change := range c.Changes {
		n += len(DiffLines(change))
	}
	return n
}

// owned is how many of the objects somebody keeps as they are.
func owned(c Candidate) int {
	n := 0
	for _, change := range c.Changes {
		if change.Owner != nil {
			n++
		}
	}
	return n
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// letter numbers candidates: a to z, then aa and on.
func letter(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return letter(i/26-1) + letter(i%26)
}

// among are the namespaces whose Pods are looked at: all of files, of a cluster those
// of the question.
func (e *engine) among(d *diagnose.Diagnosis) []string {
	if e.whole() {
		return nil
	}
	return namespaces(d)
}

// resolved is the target of a question with what it did not say filled in, as the title
// has it: svc/NAME.NAMESPACE:PORT.
func resolved(d *diagnose.Diagnosis) string {
	_, target, _ := strings.Cut(d.Status.Title, " → ")
	target, _, _ = strings.Cut(target, "  ")
	return "svc/" + plainTarget(target)
}

// whole reports whether nothing exists beside what the base holds.
func (e *engine) whole() bool {
	r, ok := e.base.(interface{ Whole() bool })
	return ok && r.Whole()
}

// namespaces are those of the two ends of the question, as far as they are known.
func namespaces(d *diagnose.Diagnosis) []string {
	var out []string
	for _, a := range d.Status.Answers {
		for _, h := range a.Hops {
			out = append(out, h.Namespace)
		}
		for _, dst := range a.Destinations {
			out = append(out, dst.Namespace)
		}
		if len(a.Hops) == 0 { // it does not get as far as that
			out = append(out, mentioned(a)...)
		}
	}
	out = unique(out)
	slices.Sort(out)
	return out
}

// running reports whether a Pod takes part in traffic.
func running(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}
