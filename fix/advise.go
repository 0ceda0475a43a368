package fix

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Advising is a [diagnose.Platform] whose makers advise what to do about a denial. What it
// advises is proved like everything else.
type Advising interface {
	Advise(c Case) []Advice
}

// Weighing is a [diagnose.Platform] that knows what speaks against a change of somebody's,
// beside what it opens and closes.
type Weighing interface {
	// Weigh tells what speaks against changes; empty: nothing. With never they are not
	// proposed at all.
	Weigh(c Case, changes []Change) (why string, never bool)
}

// Declining is a [diagnose.Platform] that knows why there may be no repair.
type Declining interface {
	// Decline tells why nothing is proposed for a denial by a stage, without a period;
	// empty: it is not the platform's.
	Decline(stage diagnose.StageName) string
}

// Case is a denial as a platform sees it.
type Case struct {
	Snapshot *cluster.Snapshot
	Pod      *corev1.Pod      // that denies; nil: it is no Pod
	Caller   *corev1.Pod      // that calls it, a gateway for what comes through it; nil: it is no Pod
	Near     []authz.NearMiss // rules that nearly allow it, the nearest first
	// Policies are the AuthorizationPolicies that attach to the Pod.
	Policies []authz.PolicyTrace
}

// Advice is a candidate of a platform.
type Advice struct {
	Title   string
	Changes []Change
	Danger  string // why a person may not want it; empty: nothing speaks against it
	Grave   bool   // a person would hardly want it
}

// Created is the change that makes a new object with a spec. Where there is one of that
// name in s, the name gets a number.
func Created(s *cluster.Snapshot, r cluster.Resource, namespace, name string, spec map[string]any) Change {
	name = free(name, func(name string) bool {
		_, taken := s.Item(r, namespace, name)
		return taken
	})
	return created(r, namespace, name, spec)
}

// advice are the drafts that platforms advise. One that panics has none.
func (sc scene) advice() []draft {
	var out []draft
	for _, p := range diagnose.Platforms() {
		advising, ok := p.(Advising)
		if !ok {
			continue
		}
		for _, a := range adviceOf(p, advising, sc.asCase()) {
			out = append(out, draft{kind: Vendor, title: a.Title, changes: a.Changes, danger: a.Danger, grave: a.Grave})
		}
	}
	return out
}

// asCase is the scene as platforms see it.
func (sc scene) asCase() Case {
	c := Case{Snapshot: sc.snap, Pod: sc.pod, Caller: sc.caller, Near: sc.near()}
	for _, st := range sc.hop.Stages {
		c.Policies = append(c.Policies, st.Policies...)
	}
	return c
}

// weighed is a draft with what platforms have against it; never is why it must not be
// proposed, empty if it may.
func (sc scene) weighed(d draft) (out draft, never string) {
	for _, p := range diagnose.Platforms() {
		weighing, ok := p.(Weighing)
		if !ok {
			continue
		}
		why, refused := weightOf(p, weighing, sc.asCase(), d.changes)
		switch {
		case refused:
			return d, why
		case why != "" && d.danger != "":
			d.danger += "; " + why
		case why != "":
			d.danger = why
		}
	}
	return d, ""
}

func weightOf(p diagnose.Platform, weighing Weighing, c Case, changes []Change) (why string, never bool) {
	diagnose.Attempt(func() {
		if p.Detect(c.Snapshot) != "" {
			why, never = weighing.Weigh(c, changes)
		}
	})
	return why, never
}

func adviceOf(p diagnose.Platform, advising Advising, c Case) (out []Advice) {
	diagnose.Attempt(func() {
		if p.Detect(c.Snapshot) != "" {
			out = advising.Advise(c)
		}
	})
	return out
}
