package facts

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// NotHTTP is the end of what a proxy cannot read that takes it for HTTP.
const NotHTTP = "not HTTP"

// Call is a request as its sender makes it.
type Call struct {
	Source  string         // the Pod, namespace/name; empty: somebody outside
	To      netip.AddrPort // what is dialled
	HTTP    bool           // it is HTTP, in TLS if TLS is set
	TLS     bool
	SNI     string
	Message Message
}

// transit is a connection between two stations.
type transit struct {
	Call
	transport string
	principal string
	from      string   // the Pod that made the connection
	alpn      []string // of the mesh's mTLS
	way       Way      // so far
}

// Ways are those that a call may take, with the share of each.
func (w *World) Ways(c Call) []Way {
	t := transit{Call: c, transport: Plaintext, from: c.Source, way: Way{Weight: 100, Message: c.Message}}
	if c.TLS {
		t.transport = TLS
	}
	p := w.pod(c.Source)
	if p == nil {
		return w.plain(t)
	}
	if p.Status.PodIP == c.To.Addr().String() {
		return []Way{{Weight: 100, End: key(p), Message: c.Message}}
	}
	if !leavesThrough(p, t.To) {
		return w.plain(t)
	}
	switch KindOf(p) {
	case xds.Sidecar, xds.Router:
		return w.outbound(t, p)
	case xds.Ztunnel:
		return w.throughZtunnel(t, p)
	case xds.Waypoint:
	}
	return w.plain(t)
}

// plain is a connection that no proxy of the source takes part in: kube-proxy
// spreads it over the endpoints.
func (w *World) plain(t transit) []Way {
	var out []Way
	for _, at := range w.endpoints(t.To) {
		t.To = at
		out = append(out, w.arrive(t)...)
	}
	if len(out) == 0 {
		return []Way{t.leaves(t.To.String())}
	}
	return out
}

// ends is the way of a connection that goes no further.
func (t transit) ends(at string) Way {
	w := t.way
	w.End, w.Message = at, t.Message
	return w
}

// leaves is the way of a connection that goes out of the cluster.
func (t transit) leaves(at string) Way {
	w := t.ends(at)
	w.Outside = true
	return w
}

// arrive is a connection at an address.
func (w *World) arrive(t transit) []Way {
	p := w.podAt(t.To.Addr())
	switch {
	case p == nil:
		return []Way{t.leaves(t.To.String())}
	case !captured(p, t.To.Port(), t.transport):
		t.at(w.unseen(t, p))
		return []Way{t.ends(key(p))}
	}
	switch KindOf(p) {
	case xds.Router:
		return w.atGateway(t, p)
	case xds.Sidecar:
		t.at(w.atSidecar(t, p))
	case xds.Ztunnel:
		t.at(w.atZtunnel(t, p))
	case xds.Waypoint:
		t.at(Station{Role: "destination", Pod: key(p), Port: t.To.Port(), Transport: t.transport})
	default:
		t.at(w.unseen(t, p))
	}
	return []Way{t.ends(key(p))}
}

// unseen is a Pod before which no proxy stands; nobody there ends the mesh's TLS.
func (w *World) unseen(t transit, p *corev1.Pod) Station {
	return Station{
		Role: "destination", Pod: key(p), Port: t.To.Port(), Transport: t.transport,
		Refused: t.transport == MTLS || t.transport == HBONE,
	}
}

// at adds a station to the way.
func (t *transit) at(s Station) {
	s.Address, s.From, s.SNI, s.Message = t.To, t.from, t.SNI, t.Message
	t.way.Stations = append(append([]Station{}, t.way.Stations...), s)
}

// outbound is what the source's own Envoy does.
func (w *World) outbound(t transit, p *corev1.Pod) []Way {
	cfg := w.Proxies[key(p)]
	i := listener(cfg, t.To, "virtualOutbound")
	if i < 0 {
		return []Way{t.ends("no listener")}
	}
	c := Choose(cfg.Listeners[i], t.conn())
	return w.through(t, cfg, p, c)
}

// through is what a filter chain makes of a connection.
func (w *World) through(t transit, cfg *xds.Config, p *corev1.Pod, c *listenerv3.FilterChain) []Way {
	if c == nil {
		return []Way{t.ends("no filter chain")}
	}
	m := xds.Manager(c)
	if m == nil {
		return w.send(t, cfg, p, false, streams(c))
	}
	if !t.HTTP {
		return []Way{t.ends(NotHTTP)}
	}
	rc := m.GetRouteConfig()
	if rc == nil {
		rc = cfg.Routes[m.GetRds().GetRouteConfigName()]
	}
	return w.send(t, cfg, p, true, legs(rc, t.Message))
}

// conn is the connection as the next listener sees it.
func (t transit) conn() Conn {
	c := Conn{IP: t.To.Addr(), Port: t.To.Port()}
	switch {
	case t.transport == MTLS:
		c.TLS, c.SNI, c.ALPN = true, t.SNI, t.alpn
	case t.TLS:
		c.TLS, c.SNI, c.ALPN = true, t.SNI, []string{"h2", "http/1.1"}
	case t.HTTP:
		c.ALPN = []string{"http/1.1"}
	}
	return c
}
