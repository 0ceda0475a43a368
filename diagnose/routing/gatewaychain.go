package routing

import (
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// chains are the filter chains of servers that share one, or of one that has several;
// none if it has no route for connections (istio: core/gateway.go
// buildGatewayTCPBasedFilterChains).
func (q GatewayQuery) chains(group []server) []chain {
	s := group[0]
	var then []Branch
	switch {
	case s.http():
		then = q.gatewayHTTP(group)
		if q.Request.TLS {
			then = []Branch{{Answer: &Answer{Why: "the server reads plain HTTP, and the connection is encrypted"}}}
		}
	case s.passthrough():
		return q.passthroughChains(s)
	case s.https():
		then = q.gatewayHTTP(group)
	default:
		if then = q.gatewayTCP(s); then == nil {
			return nil
		}
	}
	if !s.tls() {
		return []chain{{then: then, listener: s.listener()}}
	}
	if !q.Request.TLS {
		then = []Branch{{Answer: &Answer{Why: "the server expects TLS"}}}
	}
	var names []string
	for _, h := range s.hosts {
		names = append(names, h[strings.IndexByte(h, '/')+1:])
	}
	return s.chained(names, "", then)
}

// chained makes a chain for each server name.
func (s server) chained(names []string, object string, then []Branch) []chain {
	var out []chain
	for _, n := range serverNames(names) {
		out = append(out, chain{object: object, sni: n, then: then, listener: s.listener()})
	}
	return out
}

// bound are the VirtualServices that the gateway gets for the server, with those that
// have no host in common with it left out (core/gateway.go pickMatchingGatewayHosts).
func (q GatewayQuery) bound(s server) []service {
	var out []service
	for _, v := range q.scope().services(s.gateway) {
		hosts := s.hostsFor(v.namespace)
		if slices.ContainsFunc(v.hosts, func(h string) bool {
			return slices.ContainsFunc(hosts, func(o string) bool { return overlap(h, o) })
		}) {
			out = append(out, v)
		}
	}
	return out
}

func (q GatewayQuery) scope() scope {
	return scope{all: q.VirtualServices, namespace: q.Namespace, domain: q.Domain, defaultExport: q.DefaultExportTo}
}

// gatewayTCP is the first route of tcp for the server; nil: none. Neither addresses
// nor labels count at a gateway (core/gateway.go buildGatewayNetworkFiltersFromTCPRoutes).
func (q GatewayQuery) gatewayTCP(s server) []Branch {
	for _, v := range q.bound(s) {
		for i, t := range v.spec.GetTcp() {
			matches := slices.ContainsFunc(t.GetMatch(), func(m *networkingapi.L4MatchAttributes) bool {
				return s.concerns(m.GetPort(), m.GetGateways())
			})
			if (matches || len(t.GetMatch()) == 0) && len(t.GetRoute()) > 0 {
				return streamBranch(v, "spec.tcp["+number(i)+"]", t.GetRoute())
			}
		}
	}
	return nil
}

// concerns reports whether the match of a route for connections is for the server.
func (s server) concerns(port uint32, gateways []string) bool {
	return (port == 0 || port == uint32(s.port())) && (len(gateways) == 0 || slices.Contains(gateways, s.gateway))
}

// passthroughChains makes a chain of each match of tls, by its server names; one with
// a name that an earlier one has is left out (core/gateway.go
// buildGatewayNetworkFiltersFromTLSRoutes).
func (q GatewayQuery) passthroughChains(s server) []chain {
	if s.spec.GetTls().GetMode() == networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH {
		return q.autoChains(s)
	}
	var out []chain
	taken := map[string]bool{}
	for _, v := range q.bound(s) {
		for i, t := range v.spec.GetTls() {
			for _, m := range t.GetMatch() {
				if len(t.GetRoute()) == 0 || !s.concerns(m.GetPort(), m.GetGateways()) ||
					slices.ContainsFunc(m.GetSniHosts(), func(n string) bool { return taken[n] }) {
					continue
				}
				for _, n := range m.GetSniHosts() {
					taken[n] = true
				}
				out = append(out, s.chained(m.GetSniHosts(), v.object, streamBranch(v, "spec.tls["+number(i)+"]", t.GetRoute()))...)
			}
		}
	}
	return out
}

// autoChains stand for the chain of each service: the server name tells the port, the
// subset and the host, as other gateways of the mesh send it (core/gateway.go
// builtAutoPassthroughFilterChains).
func (q GatewayQuery) autoChains(s server) []chain {
	c := chain{sni: "outbound_.PORT_.SUBSET_.HOST", listener: s.listener()}
	sni, ok := q.Request.SNI.Get()
	if !ok {
		c.then = []Branch{{Object: "Gateway " + s.gateway, Field: s.field, Missing: []string{"which service the server name stands for"}, Answer: &Answer{Why: "AUTO_PASSTHROUGH forwards by the server name"}}}
		if q.Request.SNI.State() == authz.StateOpen {
			c.sni = ""
		}
		return []chain{c}
	}
	parts := strings.SplitN(sni, "_.", 4)
	if len(parts) != 4 || parts[0] != "outbound" {
		return []chain{c}
	}
	port, err := strconv.ParseUint(parts[1], 10, 16)
	if err != nil || !slices.ContainsFunc(s.hosts, func(h string) bool { return within(parts[3], h[strings.IndexByte(h, '/')+1:]) }) {
		return []chain{c}
	}
	c.sni = sni
	c.then = []Branch{{Object: "Gateway " + s.gateway, Field: s.field, Destinations: []Destination{{Host: parts[3], Subset: parts[2], Port: uint16(port), Weight: 100}}}}
	return []chain{c}
}
