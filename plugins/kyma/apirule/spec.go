package apirule

import (
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// Principals that the controller writes, whatever gateway an APIRule names and whatever
// the trust domain is (kyma-project/api-gateway, internal/builders/istio.go).
const (
	IngressGateway = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
	Oathkeeper     = "cluster.local/ns/kyma-system/sa/oathkeeper-maester-account"
)

// audienceKey is the claim of audiences, and scopeKeys are those that a token may have its
// scopes in: the controller makes a rule for each.
const audienceKey = "request.auth.claims[aud]"

var scopeKeys = []string{"request.auth.claims[scp]", "request.auth.claims[scope]", "request.auth.claims[scopes]"}

// custom asks an authorizer about what the rule is for, whoever calls (creator.go,
// generateExtAuthAuthorizationPolicySpec).
func (m *maker) custom(authorizer string) *securityv1beta1.AuthorizationPolicy {
	return &securityv1beta1.AuthorizationPolicy{
		Selector: m.workload(),
		Action:   securityv1beta1.AuthorizationPolicy_CUSTOM,
		ActionDetail: &securityv1beta1.AuthorizationPolicy_Provider{
			Provider: &securityv1beta1.AuthorizationPolicy_ExtensionProvider{Name: authorizer},
		},
		Rules: []*securityv1beta1.Rule{{To: m.to(m.hosts)}},
	}
}

// allow admits who may call, with a token as it is wanted (creator.go,
// generateAuthorizationPolicySpec).
func (m *maker) allow(a *Authorization) *securityv1beta1.AuthorizationPolicy {
	out := &securityv1beta1.AuthorizationPolicy{Selector: m.workload()}
	keys := scopeKeys
	if len(a.RequiredScopes) == 0 {
		keys = []string{""}
	}
	names := m.hosts
	if m.r.Migrating() {
		names = nil // the calls come from Oathkeeper, and inside the cluster
	}
	for _, key := range keys {
		rule := &securityv1beta1.Rule{From: m.from(), To: m.to(names)}
		for _, scope := range a.RequiredScopes {
			rule.When = append(rule.When, &securityv1beta1.Condition{Key: key, Values: []string{scope}})
		}
		for _, audience := range a.Audiences {
			rule.When = append(rule.When, &securityv1beta1.Condition{Key: audienceKey, Values: []string{audience}})
		}
		out.Rules = append(out.Rules, rule)
	}
	return out
}

// internal admits everybody but the ingress gateway (creator.go of 2.10.4,
// generateAllowForInternalTraffic).
func (m *maker) internal() *securityv1beta1.AuthorizationPolicy {
	return &securityv1beta1.AuthorizationPolicy{
		Selector: m.workload(),
		Rules: []*securityv1beta1.Rule{{From: []*securityv1beta1.Rule_From{
			{Source: &securityv1beta1.Source{NotPrincipals: []string{IngressGateway}}},
		}}},
	}
}

func (m *maker) to(names []string) []*securityv1beta1.Rule_To {
	rule := m.rule()
	o := &securityv1beta1.Operation{Methods: slices.Clone(rule.Methods), Paths: []string{templated(rule.Path)}}
	if m.release.hosts() {
		o.Hosts = slices.Clone(names)
	}
	if m.release.ordered() {
		o.NotPaths = m.r.earlier(m.index)
	}
	return []*securityv1beta1.Rule_To{{Operation: o}}
}

// templated is a path as Envoy's templates have it.
func templated(path string) string {
	if path == "/*" {
		return "/{**}"
	}
	return path
}

// earlier are the paths of the rules before one that share a method with it: they decide
// about these paths, for all methods. The paths / and /{**} are never among them
// (creator.go at 3.10.0, lines 394 to 416).
func (r *APIRule) earlier(index int) []string {
	var out []string
	for i := range r.Rules[:index] {
		path := templated(r.Rules[i].Path)
		if path == "/" || path == "/{**}" || !r.shares(i, index) {
			continue
		}
		out = append(out, path)
	}
	return out
}

// shares reports whether two rules have a method in common.
func (r *APIRule) shares(a, b int) bool {
	return slices.ContainsFunc(r.Rules[a].Methods, func(m string) bool { return slices.Contains(r.Rules[b].Methods, m) })
}

// from is who may call (creator.go, withFrom): the ingress gateway, with a token if one is
// wanted. During a migration it is Oathkeeper too, or anybody with a token.
func (m *maker) from() []*securityv1beta1.Rule_From {
	tokens := m.rule().Tokens()
	gateway := &securityv1beta1.Source{Principals: []string{IngressGateway}}
	if tokens == nil {
		sources := []*securityv1beta1.Source{gateway}
		if m.r.Migrating() {
			sources = []*securityv1beta1.Source{{Principals: []string{Oathkeeper}}, gateway}
		}
		return froms(sources...)
	}
	var principals []string
	for _, a := range tokens.Authentications {
		principals = append(principals, a.Issuer+"/*")
	}
	anybody := &securityv1beta1.Source{RequestPrincipals: principals}
	gateway.RequestPrincipals = slices.Clone(principals)
	switch {
	case !m.release.gatewayForTokens():
		return froms(anybody)
	case !m.r.Migrating():
		return froms(gateway)
	case m.rule().Strategy() == ExtAuth:
		return froms(anybody, gateway) // both, as the code has it
	}
	return froms(anybody)
}

func froms(sources ...*securityv1beta1.Source) []*securityv1beta1.Rule_From {
	var out []*securityv1beta1.Rule_From
	for _, s := range sources {
		out = append(out, &securityv1beta1.Rule_From{Source: s})
	}
	return out
}
