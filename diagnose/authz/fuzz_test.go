package authz

import (
	"math/rand/v2"
	"testing"
)

// FuzzDecide compiles policies of any values and decides: nothing panics, and
// Explain agrees.
func FuzzDecide(f *testing.F) {
	f.Add(uint64(1), "/a/{*}", "request.headers[x]", "*a*", "/a/b")
	f.Add(uint64(7), "{**}", "request.auth.claims[a][b]", "[*]", "")
	f.Add(uint64(9), "::/0", "experimental.envoy.filters.a[b]", "[", "\xff")
	f.Add(uint64(11), "a*b*c", "source.namespace", "**", "/?#")
	f.Fuzz(func(t *testing.T, seed uint64, value, name, other, got string) {
		r := rand.New(rand.NewPCG(seed, 1))
		ps := randomPolicies(r)
		for _, p := range ps {
			for _, c := range p.Spec.GetRules() {
				for _, l := range c.GetFrom() {
					s := l.GetSource()
					s.Principals, s.Namespaces, s.ServiceAccounts = append(s.GetPrincipals(), value), append(s.GetNamespaces(), other), append(s.GetServiceAccounts(), value)
					s.NotTrustDomains, s.NotIpBlocks, s.RequestPrincipals = append(s.GetNotTrustDomains(), other), append(s.GetNotIpBlocks(), value), append(s.GetRequestPrincipals(), other)
				}
				for _, l := range c.GetTo() {
					o := l.GetOperation()
					o.Paths, o.NotHosts, o.Methods, o.Ports = append(o.GetPaths(), value), append(o.GetNotHosts(), other), append(o.GetMethods(), other), append(o.GetPorts(), value)
				}
				for _, l := range c.GetWhen() {
					l.Key, l.Values, l.NotValues = name, append(l.GetValues(), value), append(l.GetNotValues(), other)
				}
			}
		}
		q := randomRequest(r)
		if r.IntN(2) == 0 {
			q.Path, q.Host, q.Principal = Known(got), Known(got), Known(got)
			q.Headers.Values = map[string][]string{"x": {got}}
		}
		decide(t, Dialect(r.IntN(3)), Mesh{TrustDomain: other, TrustDomainAliases: []string{value}}, httpbin, q, ps...)
	})
}
