package random

import (
	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// pair is a field of a source or operation with its not form.
type pair struct {
	attribute       attribute
	values, without *[]string
}

// fill draws one of the pairs, now and then two, as what must be, what must not
// be, or both.
func (s Source) fillPairs(w *trial.World, pairs []pair) {
	for range 1 + s.Weighted(72, 23, 5) {
		p := of(s, pairs...)
		draw := func() string { return p.attribute.value(s, w) }
		sign := s.Weighted(62, 30, 8)
		if sign != 1 {
			*p.values = s.Some(draw)
		}
		if sign != 0 {
			*p.without = s.Some(draw)
		}
	}
}

func (s Source) source(w *trial.World) *securityv1beta1.Source {
	out := &securityv1beta1.Source{}
	if s.Chance(1) {
		return out
	}
	s.fillPairs(w, pairsOf(out))
	return out
}

func pairsOf(out *securityv1beta1.Source) []pair {
	return []pair{
		{principal, &out.Principals, &out.NotPrincipals},
		{namespace, &out.Namespaces, &out.NotNamespaces},
		{serviceAccount, &out.ServiceAccounts, &out.NotServiceAccounts},
		{trustDomain, &out.TrustDomains, &out.NotTrustDomains},
		{requestPrincipal, &out.RequestPrincipals, &out.NotRequestPrincipals},
		{sourceIP, &out.IpBlocks, &out.NotIpBlocks},
		{remoteIP, &out.RemoteIpBlocks, &out.NotRemoteIpBlocks},
	}
}

func (s Source) operation(w *trial.World) *securityv1beta1.Operation {
	out := &securityv1beta1.Operation{}
	if s.Chance(1) {
		return out
	}
	s.fillPairs(w, pairsOfOperation(out))
	return out
}

// pairsOfOperation has the path twice: most is asked of it.
func pairsOfOperation(out *securityv1beta1.Operation) []pair {
	return []pair{
		{host, &out.Hosts, &out.NotHosts},
		{port, &out.Ports, &out.NotPorts},
		{method, &out.Methods, &out.NotMethods},
		{path, &out.Paths, &out.NotPaths},
		{path, &out.Paths, &out.NotPaths},
	}
}

// condition draws a key and values for it.
func (s Source) condition(w *trial.World) *securityv1beta1.Condition {
	c := &securityv1beta1.Condition{}
	c.Key = s.key()
	s.fillPairs(w, []pair{{about(c.GetKey()), &c.Values, &c.NotValues}})
	if s.Chance(1) {
		c.Values, c.NotValues = nil, nil
	}
	return c
}

func (s Source) key() string {
	switch s.Weighted(30, 22, 44, 2, 2) {
	case 0:
		return "request.headers[" + of(s, headers...) + "]"
	case 1:
		return "request.auth.claims" + of(s, claims...)
	case 3:
		return "experimental.envoy.filters.http.other[key]"
	case 4:
		return of(s, "destination.labels[app]", "source.user", "request.headers", "request.headers[x-team", "request.auth.claims[a][b", "")
	}
	return of(s, keys...)
}

var keys = []string{
	"source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount", "source.trustDomain",
	"request.auth.principal", "request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni",
}

// about is the attribute of a key; of one that does not exist it is any text.
func about(key string) attribute {
	switch key {
	case "source.ip":
		return sourceIP
	case "remote.ip":
		return remoteIP
	case "source.namespace":
		return namespace
	case "source.principal":
		return principal
	case "source.serviceAccount":
		return serviceAccount
	case "source.trustDomain":
		return trustDomain
	case "request.auth.principal":
		return requestPrincipal
	case "request.auth.audiences":
		return audience
	case "request.auth.presenter":
		return presenter
	case "destination.ip":
		return destinationIP
	case "destination.port":
		return port
	case "connection.sni":
		return sni
	case "experimental.envoy.filters.http.other[key]":
		return anyMetadata
	}
	if name, ok := between(key, "request.headers[", "]"); ok {
		return header(name)
	}
	if name, ok := between(key, "request.auth.claims", ""); ok && name != "" {
		return claim(name)
	}
	return attribute{shaped(texts), func(Source, *draft, string) {}}
}
