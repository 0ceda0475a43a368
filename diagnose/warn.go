package diagnose

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// warn finds what is wrong beside the verdict and has to do with the question.
func (w *walk) warn(j judged, hop *Hop) {
	if w.server.OpenInFact {
		w.find(findingOpenInFact, hop, fmt.Sprintf("PeerAuthentication %s asks for STRICT, and plaintext is let in: %s.", w.server.Policy, w.server.Enforced), w.server.Policy)
	}
	if policy, path := fatalTemplate(j.exp); policy != "" {
		w.find(findingTemplate, hop, fmt.Sprintf("%s has the path template %q: Envoy ends itself when it loads it, and %s with it.", policy, path, w.dst.who()), policy)
	}
	w.invalids(j)
	w.readings(j)
	w.skippedPolicies(j)
	w.strayDeny(j)
	w.settings(hop)
	if j.verdict != Allowed || j.req == nil || j.req.Principal.State() != authz.StateAbsent || w.dst.presence.Plane.Foreign() != nil {
		return
	}
	if policy := bypassed(j.exp); policy != "" {
		w.find(findingBypass, hop, fmt.Sprintf("DENY policy %s goes by identity, and %s shows none, so the policy cannot match it: whoever calls in plaintext gets past it.", policy, w.src.who()), policy)
	}
}

// bypassed names a DENY policy with a rule that lacks nothing but an identity.
func bypassed(e authz.Explanation) string {
	for _, p := range e.Policies {
		if p.Action != authz.ActionDeny || p.DryRun {
			continue
		}
		for _, r := range p.Rules {
			if r.Matches == authz.False && lacksOnlyIdentity(r) {
				return p.Policy.String()
			}
		}
	}
	return ""
}

func lacksOnlyIdentity(r authz.RuleTrace) bool {
	lacks := false
	for _, f := range r.Fields {
		switch {
		case f.Ignored != "" || f.Matches == authz.True:
		case !f.Not && f.IsIdentity():
			lacks = true
		default:
			return false
		}
	}
	return lacks
}

// fatalTemplate finds a path template that Envoy cannot load
// (seen on Envoy 1.40; Istio's validation lets it pass).
func fatalTemplate(e authz.Explanation) (policy, path string) {
	for _, p := range e.Policies {
		for _, r := range p.Rules {
			for _, f := range r.Fields {
				for _, v := range f.Wanted {
					isPath := strings.HasSuffix(f.Field, ".paths") || strings.HasSuffix(f.Field, ".notPaths")
					if isPath && strings.Contains(v, "{*") && !strings.HasPrefix(v, "/") {
						return p.Policy.String(), v
					}
				}
			}
		}
	}
	return "", ""
}
