package apirule

import (
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// authentications are the RequestAuthentications of an APIRule: one for each rule that
// wants tokens. Of those with the same workload, issuers and keys the last one counts, with
// its headers and parameters (kyma-project/api-gateway,
// internal/processing/processors/v2alpha1/requestauthentication/creator.go, and
// GetRequestAuthenticationKey in internal/processing/processors).
func authentications(r *APIRule, w World, release Release) ([]*securityv1.RequestAuthentication, error) {
	var out []*securityv1.RequestAuthentication
	for i := range r.Rules {
		tokens := r.Rules[i].Tokens()
		if tokens == nil {
			continue
		}
		service, selector, err := target(r, w, i)
		if err != nil {
			return nil, err
		}
		m := maker{r: r, index: i, release: release, namespace: service.Namespace, selector: selector}
		one := &securityv1.RequestAuthentication{ObjectMeta: m.meta(ownerLabels(r, release))}
		one.Spec.Selector = m.workload()
		for _, a := range tokens.Authentications {
			one.Spec.JwtRules = append(one.Spec.JwtRules, jwtRule(a))
		}
		if at := slices.IndexFunc(out, func(o *securityv1.RequestAuthentication) bool { return sameKey(o, one) }); at >= 0 {
			out[at] = one
			continue
		}
		out = append(out, one)
	}
	return out, nil
}

func jwtRule(a Authentication) *securityv1beta1.JWTRule {
	out := &securityv1beta1.JWTRule{
		Issuer: a.Issuer, JwksUri: a.JwksURI, ForwardOriginalToken: true, FromParams: slices.Clone(a.FromParams),
	}
	for _, h := range a.FromHeaders {
		out.FromHeaders = append(out.FromHeaders, &securityv1beta1.JWTHeader{Name: h.Name, Prefix: h.Prefix})
	}
	return out
}

// sameKey reports whether the controller takes two for the same.
func sameKey(a, b *securityv1.RequestAuthentication) bool {
	return a.Namespace == b.Namespace && sameLabels(a.Spec.GetSelector().GetMatchLabels(), b.Spec.GetSelector().GetMatchLabels()) &&
		slices.EqualFunc(a.Spec.GetJwtRules(), b.Spec.GetJwtRules(), func(x, y *securityv1beta1.JWTRule) bool {
			return x.GetIssuer() == y.GetIssuer() && x.GetJwksUri() == y.GetJwksUri()
		})
}

func sameLabels(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if got, ok := b[k]; !ok || got != v {
			return false
		}
	}
	return true
}
