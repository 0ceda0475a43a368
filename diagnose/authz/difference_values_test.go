package authz

import (
	"maps"
	"math/rand/v2"
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// moreKeys are of attributes that hang together with others, or of which Envoy knows
// more than of most.
var moreKeys = []string{
	"request.headers[x-forwarded-client-cert]", "request.headers[user-agent]", "request.headers[x-request-id]",
	"request.auth.claims[scope]", "request.auth.claims[sub]", "remote.ip", "request.headers[:method]",
}

// moreRule is a random rule with what the others lack.
func moreRule(r *rand.Rand) *securityv1beta1.Rule {
	out := randomRule(r)
	for _, f := range out.From {
		f.Source.NotServiceAccounts, f.Source.NotTrustDomains = pick(r, someAccounts), pick(r, someDomains)
		f.Source.RemoteIpBlocks = pick(r, someBlocks)
		if r.IntN(3) > 0 {
			// Few fields, so that what is left matches now and then.
			f.Source = &securityv1beta1.Source{Principals: f.Source.Principals, NotNamespaces: f.Source.NotNamespaces, NotRequestPrincipals: pick(r, someTokens), NotServiceAccounts: f.Source.NotServiceAccounts}
		}
	}
	for range r.IntN(2) {
		c := &securityv1beta1.Condition{Key: moreKeys[r.IntN(len(moreKeys))]}
		values := someStrings
		switch c.Key {
		case "remote.ip":
			values = someBlocks
		case "request.headers[:method]":
			values = someMethods
		}
		c.Values, c.NotValues = pick(r, values), pick(r, values)
		out.When = append(out.When, c)
	}
	return out
}

func morePolicies(r *rand.Rand) []Policy {
	out := randomPolicies(r)
	for i := range out {
		for j := range out[i].Spec.GetRules() {
			out[i].Spec.Rules[j] = moreRule(r)
		}
	}
	return out
}

// changed makes another list of policies out of one: one more, one less, one that is
// different, or one rule or part of it.
func changed(r *rand.Rand, ps []Policy) []Policy {
	out, more := slices.Clone(ps), morePolicies(r)
	i := r.IntN(len(out))
	switch r.IntN(6) {
	case 0:
		return more
	case 1:
		return slices.Delete(out, i, i+1)
	case 2:
		more[0].Name = "q"
		return append(out, more[0])
	case 3:
		out[i].Spec = more[0].Spec
		return out
	}
	s, other := out[i].Spec.DeepCopy(), moreRule(r)
	if out[i].Spec = s; len(s.Rules) == 0 {
		s.Rules = append(s.Rules, other)
		return out
	}
	switch j := r.IntN(len(s.Rules)); r.IntN(4) {
	case 0:
		s.Rules = slices.Delete(s.Rules, j, j+1)
	case 1:
		s.Rules[j].From = other.From
	case 2:
		s.Rules[j].To = other.To
	case 3:
		s.Rules[j].When = other.When
	}
	return out
}

func oneOf[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// filled is q with a value for all that it does not say.
func filled(r *rand.Rand, q *Request) *Request {
	out := *q
	fill(r, &out.Principal, fullIdentities, true)
	fill(r, &out.SourceIP, fullAddrs(), false)
	fill(r, &out.RemoteIP, fullAddrs(), false)
	fill(r, &out.DestinationIP, fullAddrs(), false)
	fill(r, &out.DestinationPort, fullPorts, false)
	fill(r, &out.SNI, fullStrings, true)
	fill(r, &out.Method, append([]string{"CONNECT"}, fullMethods...), false)
	fill(r, &out.Host, fullHosts, false)
	m, _ := out.Method.Get()
	fill(r, &out.Path, fullPaths, m == "CONNECT")
	if out.Claims.State() == StateOpen || out.Claims.State() == StateUnseen {
		fill(r, &out.Claims, fullClaims, true)
		if claims, ok := out.Claims.Get(); ok && r.IntN(2) == 0 {
			claims = maps.Clone(claims)
			claims["scope"] = oneOf(r, []any{"a", "b", "x ab", "", []any{"a", "b"}, 1.0})
			out.Claims = Known(claims)
		}
	}
	fillHeaders(r, &out, q.Headers)
	out.Authorizers = maps.Clone(q.Authorizers)
	for _, name := range []string{"a", "missing"} {
		if _, told := out.Authorizers[name]; !told {
			if out.Authorizers == nil {
				out.Authorizers = map[string]bool{}
			}
			out.Authorizers[name] = r.IntN(2) == 0
		}
	}
	return &out
}

func fill[T any](r *rand.Rand, a *Attr[T], full []T, absent bool) {
	if a.state == StateOpen || a.state == StateUnseen {
		if *a = Known(oneOf(r, full)); absent && r.IntN(4) == 0 {
			*a = Absent[T]()
		}
	}
}

// fillHeaders: the proxy takes the client's certificate from nobody, and adds an ID.
func fillHeaders(r *rand.Rand, out *Request, given Headers) {
	values := maps.Clone(given.Values)
	if values == nil {
		values = map[string][]string{}
	}
	for _, name := range []string{"x-a", "user-agent", "x-request-id", "x-forwarded-client-cert"} {
		_, told := values[name]
		v := slices.Clone(oneOf(r, [][]string{{}, {"a"}, {"ab"}, {"b"}, {"x"}, {""}, {"a", "b"}, {"xb"}, {"ax"}}))
		switch {
		case told && (name != "x-request-id" || len(values[name]) > 0):
		case name == "x-request-id":
			values[name] = []string{oneOf(r, fullStrings)}
		case given.Closed && (name != "x-forwarded-client-cert" || out.Principal.State() == StateAbsent):
			values[name] = nil
		default:
			values[name] = v
		}
	}
	out.Headers = Headers{Values: values, Closed: true}
}

// unsaid are values of what no request says.
func unsaid(r *rand.Rand) map[key]value {
	kinds := []value{{text: providerNone}, {text: providerHTTP}, {text: providerGRPC}}
	return map[key]value{
		{kindMetadata, "experimental.envoy.filters.a[k]"}: oneOf(r, []value{{absent: true}, {text: "a"}, {text: "b"}, {isList: true, list: []string{"a"}}}),
		{kindProvider, "a"}:       oneOf(r, kinds),
		{kindProvider, "missing"}: oneOf(r, kinds),
	}
}
