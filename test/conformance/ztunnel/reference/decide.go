package reference

import "istio.io/istio/pkg/workloadapi/security"

// Verdict is what ztunnel does with a connection. Several policies may match: which
// of them it names is chance.
type Verdict struct {
	Allowed bool
	// Open says that no policy with ALLOW is there.
	Open bool
	// By are the policies with DENY that match, or else those with ALLOW, each
	// namespace/name.
	By []string
}

// Decide asks first those that deny, then those that allow; dry runs are not asked.
func Decide(policies []*security.Authorization, c *Connection) Verdict {
	allowing := 0
	var allow, deny []string
	for _, p := range policies {
		if p.GetDryRun() {
			continue
		}
		matched, key := Matches(p, c), Key(p)
		switch {
		case p.GetAction() == security.Action_ALLOW:
			allowing++
			if matched {
				allow = append(allow, key)
			}
		case matched:
			deny = append(deny, key)
		}
	}
	if len(deny) > 0 {
		return Verdict{By: deny, Open: allowing == 0}
	}
	return Verdict{Allowed: allowing == 0 || len(allow) > 0, Open: allowing == 0, By: allow}
}

// Key is the name by which a workload lists a policy, and a denial names it.
func Key(p *security.Authorization) string { return p.GetNamespace() + "/" + p.GetName() }

// Select returns the policies that ztunnel asks for a workload: those of its
// namespace, those of the whole mesh, and those that the workload lists; what it
// lists and is not there is passed over.
func Select(sent []*security.Authorization, namespace string, listed []string) []*security.Authorization {
	var out []*security.Authorization
	for _, p := range sent {
		switch p.GetScope() {
		case security.Scope_GLOBAL:
			out = append(out, p)
		case security.Scope_NAMESPACE:
			if p.GetNamespace() == namespace {
				out = append(out, p)
			}
		case security.Scope_WORKLOAD_SELECTOR:
			for _, key := range listed {
				if key == Key(p) {
					out = append(out, p)
					break
				}
			}
		}
	}
	return out
}
