package routing

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// GatewayAPIQuery asks what a gateway of the Gateway API does with a request.
type GatewayAPIQuery struct {
	Gateway *gatewayv1.Gateway
	// Namespaces gives the labels of a namespace, and whether they are known; nil:
	// those of no namespace are.
	Namespaces func(name string) (labels map[string]string, known bool)
	HTTPRoutes []*gatewayv1.HTTPRoute
	GRPCRoutes []*gatewayv1.GRPCRoute
	TLSRoutes  []*gatewayv1.TLSRoute
	TCPRoutes  []*gatewayv1.TCPRoute
	// ReferenceGrants are those of the namespaces that backends and certificates are in.
	ReferenceGrants []*gatewayv1.ReferenceGrant
	// Domain is the mesh's: cluster.local.
	Domain string
	// Request is as the gateway gets it; its Port is the listener's.
	Request Request
}

// Why a gateway answers itself.
const (
	whyNoRoute    = "no route matches"
	whyNoListener = "the gateway does not listen on this port"
	whyNoChain    = "no listener of this port is for this SNI"
	whyNotTLS     = "the listener expects TLS"
	whyTLS        = "the listener expects no TLS"
)

// GatewayAPI answers with the listener that takes the request and with what may
// become of it. Where the SNI is open and decides between listeners, the listener
// is the first's of the branches.
//
// istiod makes of each listener an Istio Gateway, of the routes VirtualServices
// (pilot/pkg/config/kube/gateway/gateway_collection.go, route_collections.go); from
// these come listeners and routes as from any other (pilot/pkg/networking/core/
// gateway.go). Here the two steps are one.
func GatewayAPI(q GatewayAPIQuery) (Listener, []Branch) {
	if q.Gateway == nil {
		return Listener{Why: "there is no such Gateway"}, []Branch{gwClosed(whyNoListener)}
	}
	g := newGWGateway(q, true)
	listener, out := g.answer()
	if len(g.unknown) == 0 {
		return listener, out
	}
	// Whether routes of some namespaces are let in is not known: both may be.
	without, other := newGWGateway(q, false).answer()
	if listener == without && slices.EqualFunc(out, other, gwSame) {
		return listener, out
	}
	missing := g.missing()
	out = append(out, other...)
	for i := range out {
		out[i].Missing = append(missing[:len(missing):len(missing)], out[i].Missing...)
	}
	return listener, out
}

// answer is what becomes of the request where it is settled which routes there are.
func (g *gwGateway) answer() (Listener, []Branch) {
	on := g.onPort()
	if len(on.chains) == 0 && len(on.plain) == 0 {
		return Listener{Why: on.why, Near: g.near(on.why)}, g.finish([]Branch{gwClosed(whyNoListener)})
	}
	r := g.q.Request
	_, sni := r.SNI.Get()
	encrypted := r.TLS || sni
	if len(on.plain) > 0 && on.plain[0].http() && encrypted && len(on.chains) == 0 {
		return on.plain[0].listener(), g.finish([]Branch{gwClosed(whyTLS)})
	}
	if len(on.plain) > 0 && (!encrypted || len(on.chains) == 0) {
		return on.plain[0].listener(), g.finish(g.plaintext(on.plain))
	}
	if !encrypted && r.HTTP {
		return on.chains[0].listener.listener(), g.finish([]Branch{gwClosed(whyNotTLS)})
	}
	return g.encrypted(on.chains)
}

// plaintext is what the listeners of a port without TLS do: those of HTTP are one,
// of TCP there is one only.
func (g *gwGateway) plaintext(on []*gwListener) []Branch {
	if on[0].http() {
		return g.http(on)
	}
	if rule := g.stream(on[0]); rule != nil {
		return rule.stream()
	}
	return []Branch{gwClosed(whyNoRoute)}
}

// encrypted chooses among the filter chains by the SNI, the most specific first.
func (g *gwGateway) encrypted(chains []gwChain) (Listener, []Branch) {
	listener := Listener{Why: whyNoChain}
	var options []option
	for _, c := range chains {
		o := option{object: c.listener.server(), then: g.chain(c)}
		if c.name != "*" {
			o.when = []condition{askAttr("SNI", false, g.q.Request.SNI, hostTest(c.name))}
		}
		if !listener.Found && o.truth() != authz.False {
			listener = c.listener.listener()
		}
		options = append(options, o)
	}
	return listener, g.finish(choose(options, []Branch{gwClosed(whyNoChain)}))
}

// chain is what one filter chain does.
func (g *gwGateway) chain(c gwChain) []Branch {
	switch {
	case c.listener.http():
		return g.http([]*gwListener{c.listener})
	case c.rule != nil:
		return c.rule.stream()
	}
	b := gwClosed("the SNI names no Service as an east-west gateway wants it")
	b.Missing = []string{"which Service the SNI names: mode AUTO_PASSTHROUGH of " + c.listener.server() + " is not modeled"}
	return []Branch{b}
}

// finish adds what is to be said of the routes that are not in effect.
func (g *gwGateway) finish(in []Branch) []Branch {
	for i := range in {
		in[i].Notes = append(in[i].Notes, g.broken...)
		if in[i].Object == "" && in[i].Answer != nil {
			in[i].Answer = g.because(in[i].Answer)
			in[i].Notes = append(in[i].Notes, g.refused...)
			in[i].Missing = append(in[i].Missing, g.listenerSets()...)
		}
	}
	return in
}

// gwClosed is the answer of who closes the connection.
func gwClosed(why string) Branch { return Branch{Answer: &Answer{Why: why}} }
