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

// Case is a denial as a platform sees it.
type Case struct {
	Snapshot *cluster.Snapshot
	Pod      *corev1.Pod      // that denies; nil: it is no Pod
	Near     []authz.NearMiss // rules that nearly allow it, the nearest first
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
		for _, a := range adviceOf(p, advising, Case{Snapshot: sc.snap, Pod: sc.pod, Near: sc.near()}) {
			out = append(out, draft{kind: Vendor, title: a.Title, changes: a.Changes, danger: a.Danger, grave: a.Grave})
		}
	}
	return out
}

func adviceOf(p diagnose.Platform, advising Advising, c Case) (out []Advice) {
	defer func() {
		if recover() != nil {
			out = nil
		}
	}()
	if p.Detect(c.Snapshot) == "" {
		return nil
	}
	return advising.Advise(c)
}
