package lint

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Linting is a [diagnose.Platform] that sees what is wrong with objects of its own, and
// with what is made of them. Like all of a platform it is pure.
type Linting interface {
	// Reads is what it looks at, of a namespace or of all, beside what lint reads anyway.
	Reads(namespace string) []cluster.Query
	// Lint returns what is wrong with the objects of a namespace, or of all.
	Lint(s *cluster.Snapshot, o Options) []Fault
}

// Fault is one thing that is wrong with an object, as a platform sees it.
type Fault struct {
	Kind     diagnose.FindingKind // of its own, see diagnose.Cataloguing
	Resource cluster.Resource
	Object   cluster.Object
	Field    string
	Message  string
}

// linting are the platforms that are there and have something to say.
func linting(s *cluster.Snapshot) []Linting {
	var out []Linting
	for _, p := range diagnose.Platforms() {
		if l, ok := p.(Linting); ok && detected(p, s) {
			out = append(out, l)
		}
	}
	return out
}

func detected(p diagnose.Platform, s *cluster.Snapshot) (there bool) {
	diagnose.Attempt(func() { there = p.Detect(s) != "" })
	return there
}

// platforms reports what platforms see. One that panics has nothing to say.
func (out *results) platforms(s *cluster.Snapshot, o Options) {
	for _, l := range linting(s) {
		var faults []Fault
		diagnose.Attempt(func() { faults = l.Lint(s, o) })
		for _, f := range faults {
			out.of(f.Resource, f.Object).add(f.Kind.Code, f.Field, f.Message)
		}
	}
}

// platformReads is what platforms look at that show in what was read.
func platformReads(s *cluster.Snapshot, namespace string) []cluster.Query {
	var out []cluster.Query
	for _, l := range linting(s) {
		var reads []cluster.Query
		diagnose.Attempt(func() { reads = l.Reads(namespace) })
		for _, q := range reads {
			if !s.Asked(q) {
				out = append(out, q)
			}
		}
	}
	return out
}
