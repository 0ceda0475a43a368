package authz

import (
	"hash/fnv"
	"net"
	"slices"
)

// xdpVerdict is what the XDP program says of a connection.
type xdpVerdict int

const (
	xdpPass xdpVerdict = iota // user space decides
	xdpDrop
	xdpUnsure // the sources at hand do not tell
)

// kmeshProgram walks the policies as Kmesh's XDP program does: bpf/kmesh/workload/
// include/authz.h, with its mistakes.
func kmeshProgram(m Mesh, w Workload, r *Request, ps []Policy) xdpVerdict {
	conn := kmConnection(r)
	policies := slices.DeleteFunc(kmPolicies(m, w, ps), func(p kmPolicy) bool { return !p.byReference })
	slices.SortFunc(policies, func(a, b kmPolicy) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	result, userSpace, allows := xdpPass, false, 0
	for i, p := range policies {
		h := fnv.New32a()
		_, _ = h.Write([]byte(p.name))
		if n := h.Sum32(); i == 4 || n%256 == 0 || n>>8%256 == 0 || n>>16%256 == 0 {
			break
		}
		if len(p.rules) == 0 {
			return xdpPass
		}
		matched, deferred := xdpRule(p.rules[0], &conn)
		if matched && p.allow {
			return xdpPass
		}
		if matched {
			return xdpDrop
		}
		userSpace = userSpace || deferred
		switch {
		case p.allow:
			allows++
			result = xdpDrop
		case allows > 0:
			result = xdpUnsure
		}
	}
	if userSpace {
		return xdpPass
	}
	return result
}

func xdpRule(clauses [][]kmMatch, c *kmConn) (matched, deferred bool) {
	for i, matches := range clauses {
		if i == 4 {
			break
		}
		one := false
		for j := range matches {
			if j == 4 {
				break
			}
			m := &matches[j]
			if one = m.xdp(c); one {
				break
			}
			deferred = deferred || len(m.principals)+len(m.notPrincipals)+len(m.namespaces)+len(m.notNamespaces) > 0
		}
		if !one {
			return false, deferred
		}
	}
	return true, deferred
}

func (m *kmMatch) xdp(c *kmConn) bool {
	for i, p := range m.notPorts {
		if i < 4 && p == c.port {
			return false
		}
	}
	port := len(m.ports) == 0
	for i, p := range m.ports {
		port = port || i < 4 && p == c.port
	}
	return port && xdpIP(m.sources, m.notSources, c.source) && xdpIP(m.destinations, m.notDestinations, c.target)
}

// xdpIP sees one entry of each list, and knows no match without a positive one.
func xdpIP(list, not []kmAddress, ip net.IP) bool {
	switch {
	case len(list)+len(not) == 0:
		return true
	case len(not) > 0 && xdpBlock(not[0], ip):
		return false
	}
	return len(list) > 0 && xdpBlock(list[0], ip)
}

func xdpBlock(a kmAddress, ip net.IP) bool {
	if len(a.address) != 4 || len(ip) != 4 {
		return false
	}
	return (&net.IPNet{IP: a.address, Mask: net.CIDRMask(int(a.length), 32)}).Contains(ip)
}
