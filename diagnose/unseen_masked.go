package diagnose

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

var findingMasked = findingKind{"AD0314", SeverityWarning, "a DENY by identity sees the proxy before it and not the caller", []string{
	"deny at the proxy that sees the caller: an AuthorizationPolicy with targetRefs at the waypoint, or one of the gateway",
}}

// masked finds DENY policies behind a waypoint or gateway that deny the source by its
// identity: what arrives there has the proxy's.
func (t trip) masked() {
	for i, w := range t.legs {
		first := t.legs[0]
		by := w.src.presence.Plane
		if i == 0 || by != mesh.Waypoint && by != mesh.Gateway || first.src.pod == nil || first.client.TLS != mesh.MutualTLS || len(w.hops) == 0 || w.dst.pod == nil {
			continue
		}
		caller := mesh.Principal(first.cfg, first.src.pod)
		hop := &w.hops[len(w.hops)-1]
		for _, p := range denyPolicies(*hop) {
			if policy, ok := w.policyOf(p.Policy); ok && w.deniesCaller(policy, p, caller) {
				seen := or(hop.Principal, "no identity")
				w.tell(findingMasked, fmt.Sprintf("DENY policy %s denies %s. The request comes to %s from the %s %s and shows %s, so the policy does not match it.",
					p.Policy, caller, w.dst.who(), by, w.src.who(), seen), "", []string{p.Policy.String()})
			}
		}
	}
}

// denyPolicies are those that a hop which lets the request through was asked.
func denyPolicies(h Hop) []authz.PolicyTrace {
	var out []authz.PolicyTrace
	for _, st := range h.Stages {
		if st.Name != StageDeny || h.Verdict != Allowed {
			continue
		}
		for _, p := range st.Policies {
			if p.Matches == authz.False && !p.DryRun {
				out = append(out, p)
			}
		}
	}
	return out
}

// deniesCaller reports whether a policy would match if the caller's identity arrived.
func (w *walk) deniesCaller(policy authz.Policy, got authz.PolicyTrace, caller string) bool {
	identity := false
	for _, r := range got.Rules {
		identity = identity || lacksOnlyIdentity(r)
	}
	if !identity {
		return false
	}
	dialect := authz.EnvoyHTTP
	if w.dst.presence.Plane == mesh.Ambient {
		dialect = authz.Ztunnel
	}
	request := w.asHTTP(scenario{client: w.client})
	request.Principal = authz.Known(caller)
	return w.alone(dialect, policy, request).Matches == authz.True
}
