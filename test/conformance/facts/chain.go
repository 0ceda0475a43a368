package facts

import (
	"net/netip"
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
)

// Conn is a connection as a listener sees it before it chose a filter chain.
type Conn struct {
	IP   netip.Addr
	Port uint16
	TLS  bool
	SNI  string
	ALPN []string // offered; of plaintext what the inspector finds
}

// Choose picks the filter chain as Envoy does: by port, address, server name,
// transport and application protocol in this order, the closest match of each, and
// never back again. nil is none.
func Choose(l *listenerv3.Listener, c Conn) *listenerv3.FilterChain {
	left := l.GetFilterChains()
	port := func(f *listenerv3.FilterChain) (uint32, bool) {
		p := f.GetFilterChainMatch().GetDestinationPort()
		return p.GetValue(), p != nil
	}
	left = narrow(left, func(f *listenerv3.FilterChain) int {
		n, set := port(f)
		return score(set, n == uint32(c.Port), 1)
	})
	left = narrow(left, func(f *listenerv3.FilterChain) int { return inRanges(f.GetFilterChainMatch().GetPrefixRanges(), c.IP) })
	left = narrow(left, func(f *listenerv3.FilterChain) int {
		return serverName(f.GetFilterChainMatch().GetServerNames(), c.SNI)
	})
	left = narrow(left, func(f *listenerv3.FilterChain) int {
		t := f.GetFilterChainMatch().GetTransportProtocol()
		return score(t != "", (t == "tls") == c.TLS, 1)
	})
	left = narrow(left, func(f *listenerv3.FilterChain) int {
		offers := f.GetFilterChainMatch().GetApplicationProtocols()
		for i, a := range c.ALPN {
			if slices.Contains(offers, a) {
				return len(c.ALPN) - i
			}
		}
		return score(len(offers) > 0, false, 1)
	})
	if len(left) == 0 {
		return l.GetDefaultFilterChain()
	}
	return left[0]
}

// score is how close a criterion matches: 0 if it is not set, -1 if it does not.
func score(set, matches bool, how int) int {
	switch {
	case !set:
		return 0
	case matches:
		return how
	}
	return -1
}

// narrow keeps the chains that match best.
func narrow(chains []*listenerv3.FilterChain, score func(*listenerv3.FilterChain) int) []*listenerv3.FilterChain {
	best := 0
	for _, c := range chains {
		best = max(best, score(c))
	}
	return slices.DeleteFunc(slices.Clone(chains), func(c *listenerv3.FilterChain) bool { return score(c) != best })
}

func inRanges(ranges []*corev3.CidrRange, ip netip.Addr) int {
	best := score(len(ranges) > 0, false, 0)
	for _, r := range ranges {
		at, err := netip.ParseAddr(r.GetAddressPrefix())
		if err != nil {
			continue
		}
		if p, err := at.Prefix(int(r.GetPrefixLen().GetValue())); err == nil && p.Contains(ip) {
			best = max(best, p.Bits()+1)
		}
	}
	return best
}

func serverName(names []string, sni string) int {
	best := score(len(names) > 0, false, 0)
	for _, n := range names {
		suffix, wild := strings.CutPrefix(n, "*")
		switch {
		case n == sni && sni != "":
			best = max(best, 1000)
		case wild && sni != "" && strings.HasSuffix(sni, suffix):
			best = max(best, len(suffix)+1)
		}
	}
	return best
}

// ends says how a chain ends TLS: "" if it does not, mTLS where it wants to see
// a certificate of the client, else TLS.
func ends(c *listenerv3.FilterChain) string {
	t := &tlsv3.DownstreamTlsContext{}
	switch a := c.GetTransportSocket().GetTypedConfig(); {
	case a == nil || !a.MessageIs(t) || a.UnmarshalTo(t) != nil:
		return ""
	case t.GetRequireClientCertificate().GetValue():
		return "mTLS"
	}
	return "TLS"
}
