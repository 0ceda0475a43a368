package diagnose

import (
	"maps"
	"slices"
	"strings"

	typeapi "istio.io/api/type/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// This file and those named after it find what Istio's validation would refuse and
// is there nevertheless: applied while the webhook was down, or by an older version.
// What is refused stands in istio: pkg/config/validation/validation.go and
// pkg/config/security/security.go, and in the rules of the CRDs.

// findingInvalid and the others that this file and its sisters find.
var (
	findingInvalid = findingKind{"AD0205", SeverityWarning, "a policy is in force that Istio's validation would refuse", []string{
		"correct the field that is named, and let Istio's webhook look at it: kubectl apply --dry-run=server",
	}}
	findingPanic = findingKind{"AD0206", SeverityError, "istiod itself fails on a policy", []string{
		"give every entry of from a source and every entry of to an operation, or delete the policy",
	}}
	findingInvalidPeer = findingKind{"AD0304", SeverityWarning, "a PeerAuthentication is in force that Istio's validation would refuse", []string{
		"give the PeerAuthentication a selector, and its ports numbers that exist",
	}}
	findingHeaderName = findingKind{"AD0404", SeverityError, "Envoy refuses the listener for a header's name", []string{
		"take the line break out of the name of the header",
	}}
	findingInvalidJWT = findingKind{"AD0503", SeverityWarning, "a RequestAuthentication is in force that Istio's validation would refuse", []string{
		"correct the field that is named, and let Istio's webhook look at it: kubectl apply --dry-run=server",
	}}
)

// problem is what the validation would refuse: the field, what is wrong with it, and
// what the data plane makes of it.
type problem struct {
	field, what, effect string
}

// checker collects the problems of one object, for one data plane.
type checker struct {
	action  authz.Action
	ztunnel bool
	out     []problem
}

func (c *checker) add(field, what, effect string) {
	c.out = append(c.out, problem{field, what, effect})
}

// addIf adds a problem where it is one.
func (c *checker) addIf(bad bool, field, what, effect string) {
	if bad {
		c.add(field, what, effect)
	}
}

// suspect is an AuthorizationPolicy of which something would be refused.
type suspect struct {
	policy         authz.Policy
	envoy, ztunnel []problem // by what the data plane makes of it
	names          []problem // of headers
	empty          string    // the entry that istiod's conversion does not survive
}

// suspects are found once for all questions about the same objects: there are few.
func (in *inquiry) suspects() []suspect {
	return cluster.Kept(in.snap, "suspects", func(all []*securityv1.AuthorizationPolicy) []suspect {
		var out []suspect
		for _, o := range all {
			p := policyFrom(o)
			s := suspect{policy: p, envoy: invalid(p, false), ztunnel: invalid(p, true), names: brokenNames(p), empty: entryWithout(p)}
			if len(s.envoy)+len(s.ztunnel)+len(s.names) > 0 {
				out = append(out, s)
			}
		}
		return out
	})
}

func policyFrom(p *securityv1.AuthorizationPolicy) authz.Policy {
	return authz.Policy{
		Namespace: p.Namespace, Name: p.Name, Created: p.CreationTimestamp.Time,
		Labels: p.Labels, Annotations: p.Annotations, Spec: &p.Spec,
	}
}

// invalids finds the objects in force at the hop that would be refused.
func (w *walk) invalids(j judged) {
	w.invalidPolicies(j)
	w.invalidPeers(j)
	w.invalidJWT(j)
}

func (w *walk) invalidPolicies(j judged) {
	ztunnel := w.dst.presence.Plane.Node()
	namespaces := w.policyNamespaces()
	var refused, panics, names offenders
	for _, s := range w.in.suspects() {
		name := s.policy.Ref().String()
		if s.empty != "" && w.panics(s.policy) {
			panics.add(name, problem{field: s.empty, what: "the entry is empty"})
		}
		attached := slices.ContainsFunc(j.exp.Policies, func(p authz.PolicyTrace) bool { return p.Policy == s.policy.Ref() })
		if !slices.Contains(namespaces, s.policy.Namespace) || !attached && !w.meant(s.policy) {
			continue
		}
		if ztunnel {
			refused.add(name, s.ztunnel...)
			continue
		}
		refused.add(name, s.envoy...)
		if attached {
			names.add(name, s.names...)
		}
	}
	w.report(findingPanic, panics, "to turn %s into ambient's form ends istiod, and from then on no change of configuration reaches any proxy")
	w.report(findingHeaderName, names, "Envoy takes no header of such a name, and with it refuses the whole listener of "+w.dst.who()+": it keeps what it had, and a new Pod does not become ready; %s")
	w.report(findingInvalid, refused, "Istio's validation would refuse %s")
}

// meant reports whether a policy that does not attach was meant for the endpoint, and
// is kept from it by what the validation refuses: targetRefs beside a selector that
// fits, a reference to a workload, a selector with a wildcard.
func (w *walk) meant(p authz.Policy) bool {
	labels := w.dst.pod.Labels
	sel := p.Spec.GetSelector().GetMatchLabels()
	refs := p.Spec.GetTargetRefs()
	if ref := p.Spec.GetTargetRef(); ref != nil {
		refs = append(slices.Clip(refs), ref)
	}
	here := p.Namespace == w.dst.pod.Namespace
	_, owner := WorkloadOf(w.dst.pod)
	named := slices.ContainsFunc(refs, func(r *typeapi.PolicyTargetReference) bool {
		return !targetable(r) && (r.GetName() == owner || w.r.service != nil && r.GetName() == w.r.service.Name)
	})
	switch {
	case len(refs) > 0:
		return here && (len(sel) > 0 && selects(sel, labels) || named)
	case len(sel) > 0:
		return starred(sel) && selectsStarred(sel, labels)
	}
	return false
}

func starred(sel map[string]string) bool {
	return strings.Contains(strings.Join(append(slices.Collect(maps.Keys(sel)), slices.Collect(maps.Values(sel))...), " "), "*")
}

// selectsStarred reads a selector as whoever wrote a star into it did.
func selectsStarred(sel, labels map[string]string) bool {
	for k, v := range sel {
		before, after, found := strings.Cut(v, "*")
		got, ok := labels[k]
		fits := got == v || found && strings.HasPrefix(got, before) && strings.HasSuffix(got, after)
		if !ok || !fits {
			return false
		}
	}
	return true
}

// policyOf finds the policy of a trace.
func (w *walk) policyOf(ref authz.Ref) (authz.Policy, bool) {
	p, ok := cluster.Get[*securityv1.AuthorizationPolicy](w.in.snap, ref.Namespace, ref.Name)
	if !ok {
		return authz.Policy{}, false
	}
	return policyFrom(p), true
}
