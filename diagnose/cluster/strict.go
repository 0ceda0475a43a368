package cluster

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// strictKinds are those of which a field that is not known says who may call whom.
// Dropped in silence, it would leave a policy that matches all, or nothing; kubectl
// applies no such object, so neither is it read.
var strictKinds = []Resource{
	AuthorizationPolicies, RequestAuthentications, PeerAuthentications,
	AdminNetworkPolicies, BaselineAdminNetworkPolicies, ClusterNetworkPolicies,
}

// notKnown takes note of a field that the type has not. The status is the server's.
func (c *check) notKnown(p fieldPath, known iter.Seq[string]) {
	if c.strict && (len(p) == 1 || p[0] == "spec") {
		name, _ := p[len(p)-1].(string)
		c.wrong = append(c.wrong, wrong{p, unknownField(name, slices.Collect(known))})
		return
	}
	c.unknown = append(c.unknown, p)
}

// nothing refuses an element of a list that is null. Fields may be null: the API
// server drops them (apiextensions-apiserver: pkg/apiserver/schema/defaulting/prunenulls.go).
func (c *check) nothing(what string, p fieldPath) {
	if c.strict && len(p) > 0 && p[0] == "spec" {
		c.wants(p, what, nil)
	}
}

// refused names what is wrong with an object: the first of it, or all where nothing
// else would tell of the rest.
func (p place) refused(title string, found []wrong, all bool) error {
	if !all {
		found = found[:1]
	}
	var errs []error
	for _, w := range found {
		errs = append(errs, p.errorAt(w.path, title+": "+w.String()))
	}
	return errors.Join(errs...)
}

// unknownField says that there is no such field, and which of the known ones was
// meant: the nearest, or all where none is near.
func unknownField(name string, known []string) string {
	slices.Sort(known)
	best := spell.Closest(name, known, letters)
	if best == "" {
		return "unknown field, known here: " + strings.Join(known, ", ")
	}
	return "unknown field, did you mean " + best + "?"
}

// letters is the number of letters to insert, delete or replace; case is none.
func letters(a, b string) int { return spell.Distance(strings.ToLower(a), strings.ToLower(b)) }
