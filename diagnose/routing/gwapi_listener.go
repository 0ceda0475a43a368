package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// gwListener is a listener as istiod sees it.
type gwListener struct {
	gatewayv1.Listener
	gateway string // infra/public
	index   int
	host    string // "*" where it has none
	// mode is the mode of TLS as an Istio Gateway writes it; empty: plaintext.
	mode string
	// why it is not in effect; empty: it is.
	why string
}

// http reports whether the listener reads HTTP.
func (l *gwListener) http() bool {
	return l.Protocol == gatewayv1.HTTPProtocolType || l.Protocol == gatewayv1.HTTPSProtocolType && !l.passthrough()
}

func (l *gwListener) passthrough() bool { return l.mode == modePassthrough || l.mode == modeAuto }

// server is what says that there is the listener.
func (l *gwListener) server() string {
	return "Gateway " + l.gateway + " spec.listeners[" + strconv.Itoa(l.index) + "]"
}

func (l *gwListener) listener() Listener {
	return Listener{Found: true, HTTP: l.http(), TLSMode: l.mode, Server: l.server()}
}

// newListeners reads the listeners of a Gateway. Those that another is preferred to,
// and placeholders, are none to which a route could attach; lost tells of those of the
// port.
func newListeners(q GatewayAPIQuery) (out []*gwListener, lost []string) {
	var accepted []gatewayv1.Listener
	note := func(l gatewayv1.Listener, text string) {
		if l.Port == gatewayv1.PortNumber(q.Request.Port) {
			lost = append(lost, text)
		}
	}
	for i, l := range q.Gateway.Spec.Listeners {
		n := &gwListener{Listener: l, gateway: q.Gateway.Namespace + "/" + q.Gateway.Name, index: i, host: cmp.Or(value(l.Hostname), "*")}
		if slices.ContainsFunc(accepted, func(o gatewayv1.Listener) bool { return conflicting(l, o) }) {
			note(l, n.server()+" conflicts with one before it")
			continue
		}
		accepted = append(accepted, l)
		encrypts := l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType
		if l.TLS == nil && encrypts {
			note(l, n.server()+" has no tls")
			continue
		}
		n.mode, n.why = q.tls(l)
		switch l.Protocol {
		case gatewayv1.HTTPProtocolType:
			n.mode = "" // plaintext whatever is said of TLS (core/gateway.go: createGatewayHTTPFilterChainOpts)
		case gatewayv1.HTTPSProtocolType, gatewayv1.TLSProtocolType, gatewayv1.TCPProtocolType:
		default:
			n.why = fmt.Sprintf("protocol %q is not supported", l.Protocol)
		}
		out = append(out, n)
	}
	return out, lost
}

// conflicting reports whether two listeners cannot both be
// (gatewaycommon/listener_conflict.go: listenersDistinct).
func conflicting(a, b gatewayv1.Listener) bool {
	if a.Port != b.Port {
		return false
	}
	streams := func(l gatewayv1.Listener) bool {
		return l.Protocol == gatewayv1.TCPProtocolType || l.Protocol == gatewayv1.UDPProtocolType
	}
	named := func(l gatewayv1.Listener) bool {
		return l.Protocol == gatewayv1.HTTPProtocolType || l.Protocol == gatewayv1.HTTPSProtocolType || l.Protocol == gatewayv1.TLSProtocolType
	}
	switch {
	case named(a) && named(b):
		return cmp.Or(value(a.Hostname), "*") == cmp.Or(value(b.Hostname), "*")
	case streams(a) && (streams(b) || named(b)), streams(b) && named(a):
		return true
	}
	return a.Protocol == b.Protocol
}

// gwPort is what a gateway has on a port.
type gwPort struct {
	plain  []*gwListener
	chains []gwChain
	why    string // where there is nothing: what is there instead
}

// gwChain is a filter chain: who is behind which SNI.
type gwChain struct {
	name     string
	listener *gwListener
	rule     *gwRule // of a listener that does not read HTTP
}

// onPort puts the listeners of the port together (pilot/pkg/model/gateway.go:
// mergeGateways): in the order of their names, and none after one in plaintext but
// HTTP after HTTP.
func (g *gwGateway) onPort() gwPort {
	out := gwPort{why: whyNoListener}
	var all []*gwListener
	for _, l := range g.listeners {
		switch {
		case l.Port != gatewayv1.PortNumber(g.q.Request.Port):
		case l.why != "":
			out.why = l.server() + " is not in effect: " + l.why
		default:
			all = append(all, l)
		}
	}
	slices.SortStableFunc(all, func(a, b *gwListener) int { return cmp.Compare(a.Name, b.Name) })
	taken := map[string]bool{}
	for _, l := range all {
		merges := l.Protocol == gatewayv1.HTTPProtocolType && len(out.plain) > 0 && out.plain[0].http()
		switch {
		case len(out.plain) > 0 && !merges:
			continue
		case l.mode != "":
			out.chains = append(out.chains, g.chains(l, taken)...)
		case l.http() || g.stream(l) != nil:
			out.plain = append(out.plain, l)
		default:
			out.why = "no route is attached to " + l.server()
		}
		if l.mode != "" && len(out.chains) == 0 {
			out.why = "no route is attached to " + l.server()
		}
	}
	slices.SortStableFunc(out.chains, func(a, b gwChain) int { return bySpecificity(a.name, b.name) })
	return out
}

// chains are the filter chains of a listener with TLS. One that does not read HTTP
// has none without routes; a name belongs to the first that has it
// (core/gateway.go: createGatewayTCPFilterChainOpts).
func (g *gwGateway) chains(l *gwListener, taken map[string]bool) []gwChain {
	if l.http() || l.mode == modeAuto {
		return []gwChain{{name: l.host, listener: l}}
	}
	if !l.passthrough() {
		if rule := g.stream(l); rule != nil {
			return []gwChain{{name: l.host, listener: l, rule: rule}}
		}
		return nil
	}
	var out []gwChain
	for _, r := range g.streams(l) {
		for _, rule := range r.rules {
			names := intersect(r.hostnames, l.host)
			if rule.kind != kindTLSRoute || rule.empty() {
				continue
			}
			if slices.ContainsFunc(names, func(n string) bool { return taken[n] }) {
				g.refused = append(g.refused, r.object()+" is not in effect: another route has one of its hostnames at "+l.server())
				continue
			}
			for _, n := range names {
				taken[n] = true
				out = append(out, gwChain{name: n, listener: l, rule: rule})
			}
		}
	}
	return out
}
