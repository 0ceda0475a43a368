package fix

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// inSight reports whether a target is a Service or a Pod in sight: other hosts are found
// by what the request names.
func (e *engine) inSight(target string) bool {
	return slices.ContainsFunc(targetsOf(e.world, cluster.List[*corev1.Pod](e.world, "")), func(t string) bool {
		return sameTarget(t, target) || t == e.resolved
	})
}

// concern is who can fare otherwise after a change. The zero value is the careful one.
type concern uint8

const (
	anybody concern = iota
	askers          // none but those who ask
	nobody          // nor these, but for what they ask
)

// concerned tells who can fare otherwise, where nothing but policies changes: what they
// decide for strangers, with whatever identity, tells it for everyone there can be.
func (e *engine) concerned(ctx context.Context, after *diagnose.Session, q diagnose.Question, c comparison) concern {
	q.Source = diagnose.Strangers
	was, err := e.before.Ask(ctx, q)
	if err != nil {
		return anybody
	}
	will, err := after.Ask(ctx, q)
	if err != nil || !e.straight(was) || !e.straight(will) {
		return anybody
	}
	out := nobody
	for _, source := range []string{diagnose.AnyWorkload, diagnose.Anybody} {
		d, ok := was.Change(will, source)
		if !ok || !d.Exact || len(d.Closes) > 0 {
			return anybody
		}
		for _, condition := range d.Opens {
			switch {
			case len(c.asked) == 0 || !c.isAsker(condition.All):
				return anybody
			case !pinned(condition.All, c.question):
				out = askers
			}
		}
	}
	return out
}

// principals are the identities of the Pods in sight, sorted, and of those those that
// only the Pods that ask have.
func (e *engine) principals(d *diagnose.Diagnosis) (all, askers []string) {
	config := e.config()
	var asking []*corev1.Pod
	if d != nil {
		asking = e.callers(d)
	}
	others := map[string]bool{}
	for _, pod := range cluster.List[*corev1.Pod](e.world, "") {
		id := mesh.Principal(config, pod)
		all = append(all, id)
		if !slices.Contains(asking, pod) {
			others[id] = true
		}
	}
	for _, pod := range asking {
		if id := mesh.Principal(config, pod); !others[id] && !slices.Contains(askers, id) {
			askers = append(askers, id)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), askers
}
