package apirule

import (
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// ReleaseOf is the release that wrote the policies of one APIRule: the latest that any of
// them shows, or the one that admits callers inside the cluster.
func ReleaseOf(policies []*securityv1.AuthorizationPolicy) Release {
	out := ReleaseUnknown
	for _, p := range policies {
		if o, ok := Recognise(p, nil); ok {
			out = max(out, o.Release)
		}
	}
	return out
}

// releaseOf reads the release off a policy. The new labels tell most; without them hosts,
// notPaths, and a gateway beside a token do.
func releaseOf(p *securityv1.AuthorizationPolicy, o Origin) (release Release, migrating bool) {
	named, ordered, both := false, false, false
	for _, op := range operations(p) {
		named = named || len(op.GetHosts()) > 0
		ordered = ordered || len(op.GetNotPaths()) > 0
	}
	eachSource(p, func(_ *securityv1beta1.Rule, s *securityv1beta1.Source) {
		both = both || len(s.GetPrincipals()) > 0 && len(s.GetRequestPrincipals()) > 0
		migrating = migrating || slices.Contains(s.GetPrincipals(), Oathkeeper)
	})
	switch {
	case !o.Legacy:
		return Since350, migrating
	case o.Strategy == InCluster:
		return Internal, migrating
	case named || ordered || both:
		return Since310, migrating
	}
	return Before310, migrating
}
