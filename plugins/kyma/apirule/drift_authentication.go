package apirule

import (
	"fmt"
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

const authenticationKind = "RequestAuthentication"

// compareAuthentications pairs by workload, issuers and keys, as the controller does, and
// of the rest by a common issuer, and then by the workload.
func compareAuthentications(r *APIRule, wanted, got []*securityv1.RequestAuthentication) []Difference {
	var out []Difference
	free := slices.Clone(got)
	pairs := make([]*securityv1.RequestAuthentication, len(wanted))
	for _, like := range []func(a, b *securityv1.RequestAuthentication) bool{sameKey, shareIssuer, sameWorkload} {
		for i, a := range wanted {
			if pairs[i] != nil {
				continue
			}
			if at := slices.IndexFunc(free, func(b *securityv1.RequestAuthentication) bool { return like(a, b) }); at >= 0 {
				pairs[i] = free[at]
				free = slices.Delete(free, at, at+1)
			}
		}
	}
	for i, a := range wanted {
		rule := r.wants(a)
		if pairs[i] == nil {
			out = append(out, Difference{
				Drift: Missing, Kind: authenticationKind, Rule: rule,
				Words: fmt.Sprintf("%s has no RequestAuthentication: no token of it is valid for the workload", r.tokensAt(rule)),
			})
			continue
		}
		for _, c := range changes(&a.Spec, &pairs[i].Spec) {
			for _, words := range r.sayAuthentication(rule, c) {
				out = append(out, Difference{
					Drift: Changed, Kind: authenticationKind, Object: refOf(pairs[i]), Rule: rule,
					Field: c.path, Wanted: c.wanted, Got: c.got, Words: words,
				})
			}
		}
	}
	for _, b := range free {
		out = append(out, Difference{
			Drift: Surplus, Kind: authenticationKind, Object: refOf(b), Rule: -1,
			Words: "nothing in the APIRule asks for this RequestAuthentication, which has its labels: the controller deletes it",
		})
	}
	return out
}

func sameWorkload(a, b *securityv1.RequestAuthentication) bool {
	return a.Namespace == b.Namespace && sameLabels(a.Spec.GetSelector().GetMatchLabels(), b.Spec.GetSelector().GetMatchLabels())
}

func shareIssuer(a, b *securityv1.RequestAuthentication) bool {
	return a.Namespace == b.Namespace && slices.ContainsFunc(a.Spec.GetJwtRules(), func(x *securityv1beta1.JWTRule) bool {
		return slices.ContainsFunc(b.Spec.GetJwtRules(), func(y *securityv1beta1.JWTRule) bool { return x.GetIssuer() == y.GetIssuer() })
	})
}

// wants is the last rule that asks for the issuers of a RequestAuthentication.
func (r *APIRule) wants(a *securityv1.RequestAuthentication) int {
	for i := len(r.Rules) - 1; i >= 0; i-- {
		tokens := r.Rules[i].Tokens()
		if service, ok := r.ServiceOf(&r.Rules[i]); tokens == nil || !ok || service.Namespace != a.Namespace {
			continue
		}
		if slices.EqualFunc(tokens.Authentications, a.Spec.GetJwtRules(), func(x Authentication, y *securityv1beta1.JWTRule) bool {
			return x.Issuer == y.GetIssuer() && x.JwksURI == y.GetJwksUri()
		}) {
			return i
		}
	}
	return -1
}
