package draw

import (
	securityv1beta1 "istio.io/api/security/v1beta1"
)

// pair is a field with its not form.
type pair struct {
	value       func() string
	weight      int
	values, not *[]string
}

// fill draws one of the pairs, now and then more, as what must be, what must not
// be, or both.
func (s Source) fill(pairs []pair) {
	weights := make([]int, len(pairs))
	for i := range pairs {
		weights[i] = pairs[i].weight
	}
	for range 1 + s.Weighted(68, 26, 6) {
		p := pairs[s.Weighted(weights...)]
		sign := s.Weighted(60, 32, 8)
		if sign != 1 {
			*p.values = s.Some(p.value)
		}
		if sign != 0 {
			*p.not = s.Some(p.value)
		}
	}
}

func (s Source) source() *securityv1beta1.Source {
	out := &securityv1beta1.Source{}
	if s.Chance(1) {
		return out
	}
	s.fill([]pair{
		{s.principal, 5, &out.Principals, &out.NotPrincipals},
		{s.namespace, 5, &out.Namespaces, &out.NotNamespaces},
		{s.account, 4, &out.ServiceAccounts, &out.NotServiceAccounts},
		{s.block, 5, &out.IpBlocks, &out.NotIpBlocks},
		{s.domain, 2, &out.TrustDomains, &out.NotTrustDomains},
		{s.text, 1, &out.RequestPrincipals, &out.NotRequestPrincipals},
		{s.block, 1, &out.RemoteIpBlocks, &out.NotRemoteIpBlocks},
	})
	return out
}

func (s Source) operation() *securityv1beta1.Operation {
	out := &securityv1beta1.Operation{}
	if s.Chance(1) {
		return out
	}
	s.fill([]pair{
		{s.port, 8, &out.Ports, &out.NotPorts},
		{s.text, 1, &out.Hosts, &out.NotHosts},
		{s.text, 1, &out.Methods, &out.NotMethods},
		{s.text, 1, &out.Paths, &out.NotPaths},
	})
	return out
}

func (s Source) condition() *securityv1beta1.Condition {
	c := &securityv1beta1.Condition{}
	value := s.text
	switch s.Weighted(16, 16, 16, 16, 16, 20) {
	case 0:
		c.Key, value = "source.ip", s.block
	case 1:
		c.Key, value = "source.namespace", s.namespace
	case 2:
		c.Key, value = "source.principal", s.principal
	case 3:
		c.Key, value = "destination.ip", s.block
	case 4:
		c.Key, value = "destination.port", s.port
	case 5:
		c.Key = of(s, keys...)
	}
	s.fill([]pair{{value, 1, &c.Values, &c.NotValues}})
	if s.Chance(2) {
		c.Values, c.NotValues = nil, nil
	}
	return c
}

// keys are those that a connection has nothing to say to, and some that no proxy
// knows.
var keys = []string{
	"remote.ip", "source.serviceAccount", "source.trustDomain", "connection.sni", "request.headers[x-team]", "request.headers[:path]",
	"request.auth.principal", "request.auth.audiences", "request.auth.presenter", "request.auth.claims[groups]", "request.auth.claims[realm][roles]",
	"request.auth.claims[scope]", "experimental.envoy.filters.http.other[key]", "destination.labels[app]", "source.user", "Source.IP", "",
}

// rule draws the three parts; at least one is there. Now and then an entry lacks
// what it is for.
func (s Source) rule() *securityv1beta1.Rule {
	r := &securityv1beta1.Rule{}
	parts := 1 + s.IntN(7)
	if parts&1 != 0 {
		for range 1 + s.Weighted(75, 25) {
			r.From = append(r.From, &securityv1beta1.Rule_From{Source: s.source()})
		}
	}
	if parts&2 != 0 {
		for range 1 + s.Weighted(75, 25) {
			r.To = append(r.To, &securityv1beta1.Rule_To{Operation: s.operation()})
		}
	}
	if parts&4 != 0 {
		for range 1 + s.Weighted(75, 25) {
			r.When = append(r.When, s.condition())
		}
	}
	return r
}
