package mesh

import (
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// This file is what the JWT filter leaves of a request (envoy: jwt_authn/filter.cc,
// extractor.cc removeJwt, authenticator.cc handleGoodJwt).

// preflight reports whether the request is known to be a CORS preflight, which the
// filter does not look at: OPTIONS with the headers Origin and
// Access-Control-Request-Method, neither of them empty. What the question leaves
// open is none (istio: security/authn/policy_applier.go BypassCorsPreflight).
func preflight(method authz.Attr[string], headers authz.Headers) bool {
	if m, known := method.Get(); !known || m != "OPTIONS" {
		return false
	}
	for _, name := range []string{"origin", "access-control-request-method"} {
		values, state := headers.Get(name)
		if state != authz.StateKnown || strings.Join(values, "") == "" {
			return false
		}
	}
	return true
}

// removed returns the headers and the query parameters that a rule takes its
// verified tokens out of, sorted; none with forwardOriginalToken. A cookie stays.
func removed(rule *securityapi.JWTRule, tokens []carried) (headers, params []string) {
	if rule.GetForwardOriginalToken() {
		return nil, nil
	}
	for _, t := range tokens {
		switch {
		case t.place.header != "":
			headers = append(headers, strings.ToLower(t.place.header))
		case t.place.param != "":
			params = append(params, t.place.param)
		}
	}
	slices.Sort(headers)
	slices.Sort(params)
	return slices.Compact(headers), slices.Compact(params)
}

// assumed returns the place that a token of the question is taken to be in for the
// rule: the usual one, else the only one of which it is not known what is there.
func (r request) assumed(rule *securityapi.JWTRule) place {
	var open []place
	for _, p := range places(rule) {
		if p.usual() {
			return p
		}
		if _, known := r.at(p); !known {
			open = append(open, p)
		}
	}
	if len(open) == 1 {
		return open[0]
	}
	return place{}
}
