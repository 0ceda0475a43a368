package authz

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// This file writes down once more, and straight, what istiod makes of a policy for the
// node and what the daemon of Kmesh does with it: istio, pilot/pkg/serviceregistry/
// ambient/authorization.go (convertAuthorizationPolicy, handleRule) and kmesh,
// pkg/auth/rbac.go (doRbac, matches). Nothing of the evaluator is used.

// kmMatch is a security.Match as Kmesh's copy of the message knows it.
type kmMatch struct {
	namespaces, notNamespaces, principals, notPrincipals []kmString
	sources, notSources, destinations, notDestinations   []kmAddress
	ports, notPorts                                      []uint32
}

// kmString is a StringMatch. One of presence is empty: the field is not known.
type kmString struct{ exact, prefix, suffix string }

type kmAddress struct {
	address []byte
	length  uint32
}

func kmStrings(values []string) []kmString {
	var out []kmString
	for _, v := range values {
		switch {
		case v == "*":
			out = append(out, kmString{})
		case strings.HasPrefix(v, "*"):
			out = append(out, kmString{suffix: v[1:]})
		case strings.HasSuffix(v, "*"):
			out = append(out, kmString{prefix: strings.TrimSuffix(v, "*")})
		default:
			out = append(out, kmString{exact: v})
		}
	}
	return out
}

func kmAddresses(values []string) []kmAddress {
	var out []kmAddress
	for _, v := range values {
		if strings.Contains(v, "/") {
			if p, err := netip.ParsePrefix(v); err == nil {
				out = append(out, kmAddress{p.Addr().AsSlice(), uint32(p.Bits())})
			}
		} else if a, err := netip.ParseAddr(v); err == nil {
			out = append(out, kmAddress{a.AsSlice(), uint32(a.BitLen())})
		}
	}
	return out
}

func kmPorts(values []string) []uint32 {
	var out []uint32
	for _, v := range values {
		if p, err := strconv.ParseUint(v, 10, 32); err == nil && p <= 65535 {
			out = append(out, uint32(p))
		}
	}
	return out
}

// kmRule is the clauses of a rule, false if istiod leaves the rule out.
func kmRule(allow bool, r *securityv1beta1.Rule) (clauses [][]kmMatch, ok bool) {
	http := false
	var to, from []kmMatch
	for _, t := range r.GetTo() {
		o := t.GetOperation()
		http = http || len(o.GetHosts())+len(o.GetNotHosts())+len(o.GetMethods())+len(o.GetNotMethods())+len(o.GetPaths())+len(o.GetNotPaths()) > 0
		to = append(to, kmMatch{ports: kmPorts(o.GetPorts()), notPorts: kmPorts(o.GetNotPorts())})
	}
	for _, f := range r.GetFrom() {
		s := f.GetSource()
		http = http || len(s.GetRemoteIpBlocks())+len(s.GetNotRemoteIpBlocks())+len(s.GetRequestPrincipals())+len(s.GetNotRequestPrincipals()) > 0
		from = append(from, kmMatch{
			namespaces: kmStrings(s.GetNamespaces()), notNamespaces: kmStrings(s.GetNotNamespaces()),
			principals: kmStrings(s.GetPrincipals()), notPrincipals: kmStrings(s.GetNotPrincipals()),
			sources: kmAddresses(s.GetIpBlocks()), notSources: kmAddresses(s.GetNotIpBlocks()),
		})
	}
	if len(to) > 0 {
		clauses = append(clauses, to)
	}
	if len(from) > 0 {
		clauses = append(clauses, from)
	}
	for _, w := range r.GetWhen() {
		var m kmMatch
		switch w.GetKey() {
		case "source.ip":
			m.sources, m.notSources = kmAddresses(w.GetValues()), kmAddresses(w.GetNotValues())
		case "source.namespace":
			m.namespaces, m.notNamespaces = kmStrings(w.GetValues()), kmStrings(w.GetNotValues())
		case "source.principal":
			m.principals, m.notPrincipals = kmStrings(w.GetValues()), kmStrings(w.GetNotValues())
		case "destination.ip":
			m.destinations, m.notDestinations = kmAddresses(w.GetValues()), kmAddresses(w.GetNotValues())
		case "destination.port":
			m.ports, m.notPorts = kmPorts(w.GetValues()), kmPorts(w.GetNotValues())
		default:
			http = true
		}
		clauses = append(clauses, []kmMatch{m})
	}
	return clauses, !allow || !http
}

// kmPolicy is an Authorization.
type kmPolicy struct {
	name               string
	allow, byReference bool
	rules              [][][]kmMatch
}

// kmPolicies are those that the daemon collects for a workload (rbac.go, aggregate).
func kmPolicies(m Mesh, w Workload, ps []Policy) []kmPolicy {
	var out []kmPolicy
	for _, p := range ps {
		dry, _ := strconv.ParseBool(p.Annotations["istio.io/dry-run"])
		action := p.Spec.GetAction()
		if dry || len(p.Spec.GetTargetRefs()) > 0 || action != securityv1beta1.AuthorizationPolicy_ALLOW && action != securityv1beta1.AuthorizationPolicy_DENY {
			continue
		}
		root := m.RootNamespace
		if root == "" {
			root = "istio-system"
		}
		selected := p.Namespace == w.Namespace || p.Namespace == root
		for k, v := range p.Spec.GetSelector().GetMatchLabels() {
			selected = selected && w.Labels[k] == v
		}
		if !selected {
			continue
		}
		k := kmPolicy{name: p.Namespace + "/" + p.Name, allow: action == securityv1beta1.AuthorizationPolicy_ALLOW, byReference: p.Spec.GetSelector() != nil}
		for _, r := range p.Spec.GetRules() {
			if clauses, ok := kmRule(k.allow, r); ok {
				k.rules = append(k.rules, clauses)
			}
		}
		out = append(out, k)
	}
	return out
}

// kmConn is an rbacConnection.
type kmConn struct {
	source, target  net.IP
	port            uint32
	identity, space string
}

func kmConnection(r *Request) kmConn {
	c := kmConn{identity: "spiffe:///ns//sa/"}
	if a, ok := r.SourceIP.Get(); ok {
		c.source = a.AsSlice()
	}
	if a, ok := r.DestinationIP.Get(); ok {
		c.target = a.AsSlice()
	}
	p, _ := r.DestinationPort.Get()
	c.port = uint32(p)
	if id, ok := r.Principal.Get(); ok {
		c.identity = "spiffe://" + id
		_, rest, _ := strings.Cut(id, "/ns/")
		c.space, _, _ = strings.Cut(rest, "/sa/")
	}
	return c
}

// kmeshDaemon is doRbac.
func kmeshDaemon(m Mesh, w Workload, r *Request, ps []Policy) bool {
	conn, policies, allows := kmConnection(r), kmPolicies(m, w, ps), 0
	for _, p := range policies {
		if !p.allow && p.matches(&conn) {
			return false
		}
	}
	for _, p := range policies {
		if !p.allow {
			continue
		}
		allows++
		if p.matches(&conn) {
			return true
		}
	}
	return allows == 0
}

func (p *kmPolicy) matches(c *kmConn) bool {
	for _, clauses := range p.rules {
		all := true
		for _, matches := range clauses {
			one := len(matches) == 0
			for _, m := range matches {
				if m.empty() {
					continue
				}
				if m.matches(c) {
					one = true
					break
				}
			}
			if all = all && one; !all {
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

func (m *kmMatch) empty() bool {
	return len(m.namespaces)+len(m.notNamespaces)+len(m.principals)+len(m.notPrincipals)+len(m.sources)+len(m.notSources)+
		len(m.destinations)+len(m.notDestinations)+len(m.ports)+len(m.notPorts) == 0
}

func (m *kmMatch) matches(c *kmConn) bool {
	id := strings.TrimPrefix(c.identity, "spiffe://")
	return both(len(m.destinations), kmContains(m.destinations, c.target), len(m.notDestinations), kmContains(m.notDestinations, c.target)) &&
		both(len(m.sources), kmContains(m.sources, c.source), len(m.notSources), kmContains(m.notSources, c.source)) &&
		both(len(m.ports), kmHas(m.ports, c.port), len(m.notPorts), kmHas(m.notPorts, c.port)) &&
		both(len(m.principals), kmAny(m.principals, id), len(m.notPrincipals), kmAny(m.notPrincipals, id)) &&
		both(len(m.namespaces), kmAny(m.namespaces, c.space), len(m.notNamespaces), kmAny(m.notNamespaces, c.space))
}

func both(positives int, hit bool, negatives int, excluded bool) bool {
	return (positives == 0 || hit) && (negatives == 0 || !excluded)
}

func kmContains(list []kmAddress, ip net.IP) bool {
	for _, a := range list {
		_, block, err := net.ParseCIDR(fmt.Sprintf("%s/%d", net.IP(a.address).String(), a.length))
		if err == nil && block.Contains(ip) {
			return true
		}
	}
	return false
}

func kmHas(list []uint32, port uint32) bool {
	for _, p := range list {
		if p == port {
			return true
		}
	}
	return false
}

func kmAny(list []kmString, s string) bool {
	for _, m := range list {
		hit := false
		switch {
		case m.prefix != "":
			hit = strings.HasPrefix(s, m.prefix)
		case m.suffix != "":
			hit = strings.HasSuffix(s, m.suffix)
		case m.exact != "":
			hit = s == m.exact
		default:
			hit = s == ""
		}
		if hit {
			return true
		}
	}
	return false
}
