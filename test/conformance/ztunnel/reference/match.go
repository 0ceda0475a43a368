// Package reference decides as ztunnel does: its matching (src/rbac.rs) and its
// order (src/state.rs, assert_rbac) put in Go, on the policies as istiod sends them.
// It shares nothing with the evaluator that it judges.
package reference

import (
	"net/netip"
	"strings"

	"istio.io/istio/pkg/workloadapi/security"
)

// Identity is that of an HBONE client's certificate.
type Identity struct{ TrustDomain, Namespace, ServiceAccount string }

// String returns the identity without its scheme.
func (i *Identity) String() string {
	return i.TrustDomain + "/ns/" + i.Namespace + "/sa/" + i.ServiceAccount
}

// Connection is what ztunnel knows of one.
type Connection struct {
	Identity            *Identity // nil: plaintext
	Source, Destination netip.Addr
	Port                uint16 // of the Pod, not HBONE's
}

// Matches reports whether a rule of the policy matches.
func Matches(p *security.Authorization, c *Connection) bool {
	for _, rule := range p.GetGroups() {
		if matchesRule(rule, c) {
			return true
		}
	}
	return false
}

// matchesRule: all clauses; each any of its alternatives, or true without any.
func matchesRule(rule *security.Group, c *Connection) bool {
	for _, clause := range rule.GetRules() {
		matched := len(clause.GetMatches()) == 0
		for _, m := range clause.GetMatches() {
			matched = matched || !empty(m) && matchesAll(m, c)
		}
		if !matched {
			return false
		}
	}
	return true
}

// empty: an alternative without a field is passed over.
func empty(m *security.Match) bool {
	return len(m.GetNamespaces())+len(m.GetNotNamespaces())+len(m.GetServiceAccounts())+len(m.GetNotServiceAccounts())+
		len(m.GetPrincipals())+len(m.GetNotPrincipals())+len(m.GetSourceIps())+len(m.GetNotSourceIps())+
		len(m.GetDestinationIps())+len(m.GetNotDestinationIps())+len(m.GetDestinationPorts())+len(m.GetNotDestinationPorts()) == 0
}

func matchesAll(m *security.Match, c *Connection) bool {
	var id Identity
	if c.Identity != nil {
		id = *c.Identity
	}
	namespace := func(s *security.StringMatch) bool { return matchesString(s, id.Namespace) }
	principal := func(s *security.StringMatch) bool { return c.Identity != nil && matchesString(s, id.String()) }
	account := func(a *security.ServiceAccountMatch) bool {
		return c.Identity != nil && a.GetNamespace() == id.Namespace && a.GetServiceAccount() == id.ServiceAccount
	}
	source := func(a *security.Address) bool { return contains(a, c.Source) }
	destination := func(a *security.Address) bool { return contains(a, c.Destination) }
	port := func(p uint32) bool { return uint16(p) == c.Port }
	return either(m.GetDestinationIps(), m.GetNotDestinationIps(), destination) &&
		either(m.GetSourceIps(), m.GetNotSourceIps(), source) &&
		either(m.GetDestinationPorts(), m.GetNotDestinationPorts(), port) &&
		either(m.GetServiceAccounts(), m.GetNotServiceAccounts(), account) &&
		either(m.GetPrincipals(), m.GetNotPrincipals(), principal) &&
		either(m.GetNamespaces(), m.GetNotNamespaces(), namespace)
}

// either: one of the values, if there are any, and none of the others.
func either[T any](values, not []T, holds func(T) bool) bool {
	found := len(values) == 0
	for _, v := range values {
		found = found || holds(v)
	}
	for _, v := range not {
		found = found && !holds(v)
	}
	return found
}

func matchesString(m *security.StringMatch, s string) bool {
	switch t := m.GetMatchType().(type) {
	case *security.StringMatch_Exact:
		return s == t.Exact
	case *security.StringMatch_Prefix:
		return strings.HasPrefix(s, t.Prefix)
	case *security.StringMatch_Suffix:
		return strings.HasSuffix(s, t.Suffix)
	case *security.StringMatch_Presence:
		return s != ""
	}
	return false
}

// contains: an address of four bytes is IPv4, one of sixteen IPv6, and the two do
// not mix.
func contains(a *security.Address, ip netip.Addr) bool {
	base, ok := netip.AddrFromSlice(a.GetAddress())
	return ok && netip.PrefixFrom(base, int(a.GetLength())).Contains(ip)
}
