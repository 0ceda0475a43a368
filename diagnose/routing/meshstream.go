package routing

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// chain is a filter chain of a listener that is not HTTP.
type chain struct {
	object string
	sni    string       // a server name, perhaps a wildcard; empty: any, or none
	block  netip.Prefix // of the address that was dialled; invalid: any
	then   []Branch
	// listener is what a gateway's server is.
	listener Listener
}

// options orders chains as Envoy tries them: the smallest block of addresses first,
// then the most specific server name. Unlike Envoy, which then never comes back, a
// block whose server names do not match leaves the wider ones in play.
func options(chains []chain, r Request) []option {
	slices.SortStableFunc(chains, func(a, b chain) int {
		return cmp.Or(cmp.Compare(b.block.Bits(), a.block.Bits()), specificity(a.sni, b.sni))
	})
	var out []option
	for _, c := range chains {
		o := option{object: c.object, then: c.then}
		if c.block.IsValid() {
			o.when = append(o.when, askAttr("destination IP", false, r.ipAttr(), test{op: opBlock, text: c.block.String(), block: c.block}))
		}
		if c.sni != "" {
			o.when = append(o.when, askAttr("SNI", false, r.SNI, hostTest(c.sni)))
		}
		out = append(out, o)
	}
	return out
}

// specificity puts server names in order: no name is the last.
func specificity(a, b string) int {
	switch {
	case strings.EqualFold(a, b):
		return 0
	case b == "" || a != "" && moreSpecific(a, b):
		return -1
	}
	return 1
}

// stream is what a sidecar does with a connection that is not HTTP. All
// VirtualServices with a host that overlaps count, in their order; no one is more
// specific (istio: core/tls.go getConfigsForHost).
func (q MeshQuery) stream() []Branch {
	dialled := strings.ToLower(q.Host)
	if !q.known(dialled) {
		return q.unmatched("no service of the mesh listens there")
	}
	var rules []service
	for _, s := range q.scope().services(meshGateway) {
		if slices.ContainsFunc(s.hosts, func(h string) bool { return overlap(h, dialled) }) {
			rules = append(rules, s)
		}
	}
	if !q.TLSPort {
		return q.tcp(rules, dialled)
	}
	chains := tlsChains(rules, q.Request)
	if len(chains) == 0 {
		return itself(dialled)
	}
	return choose(options(chains, q.Request), q.unmatched("no tls route of the Service matches"))
}

// tlsChains makes a chain for each server name and block of each match. One with no
// match at all does not count (istio: core/tls.go buildSidecarOutboundTLSFilterChainOpts).
func tlsChains(rules []service, r Request) []chain {
	var out []chain
	for _, s := range rules {
		for i, t := range s.spec.GetTls() {
			then := streamBranch(s, "spec.tls["+number(i)+"]", t.GetRoute())
			for _, m := range t.GetMatch() {
				if len(t.GetRoute()) == 0 || !streamConcerns(m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace(), m.GetPort(), r) {
					continue
				}
				for _, b := range blocks(m.GetDestinationSubnets()) {
					for _, n := range serverNames(m.GetSniHosts()) {
						out = append(out, chain{object: s.object, sni: n, block: b, then: then})
					}
				}
			}
		}
	}
	return out
}

// tcp chooses among routes of tcp: the first without blocks of addresses is the last,
// and takes what those with blocks before it do not (istio: core/tls.go
// buildSidecarOutboundTCPFilterChainOpts).
func (q MeshQuery) tcp(rules []service, dialled string) []Branch {
	var chains []chain
	for _, s := range rules {
		for i, t := range s.spec.GetTcp() {
			if len(t.GetRoute()) == 0 {
				continue
			}
			then := streamBranch(s, "spec.tcp["+number(i)+"]", t.GetRoute())
			if len(t.GetMatch()) == 0 {
				return choose(options(chains, q.Request), then)
			}
			for _, m := range t.GetMatch() {
				if !streamConcerns(m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace(), m.GetPort(), q.Request) {
					continue
				}
				if len(m.GetDestinationSubnets()) == 0 {
					return choose(options(chains, q.Request), then)
				}
				for _, b := range blocks(m.GetDestinationSubnets()) {
					chains = append(chains, chain{object: s.object, block: b, then: then})
				}
			}
		}
	}
	return choose(options(chains, q.Request), itself(dialled))
}

// streamConcerns is what istiod knows of a match: unlike in HTTP, gateways do not keep
// labels and namespace from counting (core/tls.go matchTLS, matchTCP).
func streamConcerns(gateways []string, labels map[string]string, namespace string, port uint32, r Request) bool {
	return (len(gateways) == 0 || slices.Contains(gateways, meshGateway)) && from(labels, namespace, r) && (port == 0 || port == uint32(r.Port))
}

// blocks reads destinationSubnets; one that is invalid for none, and for all
// addresses, which istiod leaves out.
func blocks(subnets []string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range subnets {
		p, err := netip.ParsePrefix(s)
		if a, e := netip.ParseAddr(s); e == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		switch {
		case err != nil:
		case p.Addr() == netip.IPv4Unspecified():
			out = append(out, netip.Prefix{})
		default:
			out = append(out, p.Masked())
		}
	}
	if len(subnets) == 0 {
		return []netip.Prefix{{}}
	}
	return out
}

// serverNames are those of a chain; with a full wildcard among them there is nothing
// to match (istio: core/listener.go toFilterChainMatch).
func serverNames(hosts []string) []string {
	if len(hosts) == 0 || slices.Contains(hosts, "*") {
		return []string{""}
	}
	return hosts
}

// streamBranch is the branch of a route of tls or tcp.
func streamBranch(s service, field string, to []*networkingapi.RouteDestination) []Branch {
	b := Branch{Object: s.object, Field: field}
	var weights []int32
	for _, d := range to {
		weights = append(weights, d.GetWeight())
	}
	share := shares(weights)
	for i, d := range to {
		if share[i] >= 0 {
			b.Destinations = append(b.Destinations, Destination{
				Host: d.GetDestination().GetHost(), Subset: d.GetDestination().GetSubset(),
				Port: uint16(d.GetDestination().GetPort().GetNumber()), Weight: share[i],
			})
		}
	}
	if len(b.Destinations) == 0 {
		b.Missing = []string{"what the proxy does: Envoy refuses a route without a destination"}
		b.Answer = &Answer{Why: "the route has no destination"}
	}
	return []Branch{b}
}
