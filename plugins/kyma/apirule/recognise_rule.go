package apirule

import (
	"slices"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// RuleIn is the index of the rule in spec.rules that a policy is for: of those with its
// path and methods, the one with its strategy. It is -1 if there is none, and for a policy
// that is for no path.
func (o Origin) RuleIn(r *APIRule, p *securityv1.AuthorizationPolicy) int {
	best, most := -1, 0
	for i := range r.Rules {
		if score := resemblance(&r.Rules[i], o.Strategy, p); score > most {
			best, most = i, score
		}
	}
	return best
}

// resemblance is how much a policy is like one for a rule; 0 if it is for something else.
// The path counts most, for two rules may well have the same methods.
func resemblance(rule *Rule, s Strategy, p *securityv1.AuthorizationPolicy) int {
	ops := operations(p)
	if len(ops) == 0 {
		return 0
	}
	score := 0
	if slices.ContainsFunc(ops[0].GetPaths(), func(path string) bool { return templated(path) == templated(rule.Path) }) {
		score += 4
	}
	if sameSet(ops[0].GetMethods(), rule.Methods) {
		score += 2
	}
	if score < 4 {
		return 0
	}
	if s == rule.Strategy() || s == ExtAuthAsk && rule.Strategy() == ExtAuth {
		score++
	}
	return score
}
