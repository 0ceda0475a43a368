package facts

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// The listeners of a sidecar that take what comes in.
const (
	inbound   = "virtualInbound"
	tunnelled = "main_internal"
)

// The modes of mTLS.
const (
	Strict     = "STRICT"
	Permissive = "PERMISSIVE"
	Disable    = "DISABLE"
)

// atSidecar is the destination's own Envoy.
func (w *World) atSidecar(t transit, p *corev1.Pod) Station {
	cfg := w.Proxies[key(p)]
	s := Station{Role: "destination", Pod: key(p), Port: t.To.Port(), Transport: t.transport}
	name := inbound
	if t.transport == HBONE {
		name = tunnelled
	}
	i := slices.IndexFunc(cfg.Listeners, func(l *listenerv3.Listener) bool { return l.GetName() == name })
	if name == inbound {
		if own := slices.IndexFunc(cfg.Listeners, bound(t.To)); own >= 0 {
			i = own
		}
	}
	if i < 0 {
		s.Refused = true
		return s
	}
	l := cfg.Listeners[i]
	if v := slices.IndexFunc(cfg.Listeners, func(l *listenerv3.Listener) bool { return l.GetName() == inbound }); v >= 0 && t.transport == HBONE {
		s.Mode = modeOf(cfg.Listeners[v], t.To)
	} else {
		s.Mode = modeOf(l, t.To)
	}
	c := Choose(l, t.conn())
	s.take(t, c)
	return s
}

// bound finds a listener of the sidecar's own on an address, as a Sidecar may ask for.
func bound(at netip.AddrPort) func(*listenerv3.Listener) bool {
	return func(l *listenerv3.Listener) bool {
		a := l.GetAddress().GetSocketAddress()
		return l.GetTrafficDirection().String() == "INBOUND" && l.GetName() != inbound &&
			a.GetPortValue() == uint32(at.Port()) && (a.GetAddress() == at.Addr().String() || a.GetAddress() == "0.0.0.0")
	}
}

// take fills in what the chosen chain makes of the connection.
func (s *Station) take(t transit, c *listenerv3.FilterChain) {
	if c == nil {
		s.Refused = true
		return
	}
	if ends(c) == MTLS && t.transport != MTLS {
		s.Refused = true // there is no certificate of the mesh to show
		return
	}
	s.Enforces, s.Ends = true, ends(c)
	if ends(c) == MTLS || t.transport == HBONE {
		s.Principal = t.principal
	}
	if m := xds.Manager(c); m != nil {
		s.Protocol = "HTTP"
		s.Policies, s.JWT = httpPolicies(m)
		return
	}
	s.Protocol = "TCP"
	s.Policies = networkPolicies(c)
}

// modeOf is the mTLS mode of a port, as its filter chains show it.
func modeOf(l *listenerv3.Listener, at netip.AddrPort) string {
	mutual, plain := false, false
	own := func(c *listenerv3.FilterChain) bool {
		p := c.GetFilterChainMatch().GetDestinationPort()
		return p != nil && p.GetValue() == uint32(at.Port())
	}
	mine := slices.ContainsFunc(l.GetFilterChains(), own)
	for _, c := range l.GetFilterChains() {
		if mine && !own(c) || !mine && c.GetFilterChainMatch().GetDestinationPort() != nil && l.GetName() == inbound {
			continue
		}
		mutual = mutual || ends(c) == MTLS
		plain = plain || ends(c) != MTLS
	}
	switch {
	case mutual && plain:
		return Permissive
	case mutual:
		return Strict
	}
	return Disable
}

// atGateway is an Envoy that stands alone, and what it forwards.
func (w *World) atGateway(t transit, p *corev1.Pod) []Way {
	cfg := w.Proxies[key(p)]
	s := Station{Role: "gateway", Pod: key(p), Port: t.To.Port(), Transport: t.transport}
	i := listener(cfg, t.To, "")
	if i < 0 {
		s.Refused = true
		t.at(s)
		return []Way{t.ends("no listener")}
	}
	c := Choose(cfg.Listeners[i], t.conn())
	s.take(t, c)
	t.at(s)
	if s.Refused {
		return []Way{t.ends("refused")}
	}
	if ends(c) != "" {
		t.TLS = false
	}
	t.principal = ""
	return w.through(t, cfg, p, c)
}

// atWaypoint is a waypoint before a Service's address, or before a Pod's.
func (w *World) atWaypoint(t transit, waypoint netip.AddrPort) []Way {
	p := w.podAt(waypoint.Addr())
	if p == nil || w.Proxies[key(p)] == nil {
		return []Way{t.ends("no waypoint at " + waypoint.String())}
	}
	cfg := w.Proxies[key(p)]
	s := Station{Role: "waypoint", Pod: key(p), Port: t.To.Port(), Transport: HBONE, Principal: t.principal}
	i := slices.IndexFunc(cfg.Listeners, func(l *listenerv3.Listener) bool { return l.GetName() == tunnelled })
	if i < 0 {
		s.Refused = true
		t.at(s)
		return []Way{t.ends("no listener")}
	}
	c := w.waypointChain(cfg.Listeners[i], t)
	s.take(t, c)
	s.Principal = t.principal
	t.at(s)
	t.transport = Plaintext
	return w.through(t, cfg, p, c)
}

// waypointChain finds the chain of a waypoint for a Service's port or for a Pod,
// by name: its matcher leads to chains that are named after where they lead.
func (w *World) waypointChain(l *listenerv3.Listener, t transit) *listenerv3.FilterChain {
	find := func(name string) *listenerv3.FilterChain {
		for _, c := range l.GetFilterChains() {
			if c.GetName() == name {
				return c
			}
		}
		return nil
	}
	of := func(http, tcp string) *listenerv3.FilterChain {
		h, s := find(http), find(tcp)
		if h != nil && (s == nil || t.HTTP && !t.TLS) {
			return h
		}
		return s
	}
	if svc := w.serviceAt(t.To.Addr()); svc != nil {
		to := "|" + svc.GetHostname()
		port := strings.Split(t.To.String(), ":")[1]
		return of("inbound-vip|"+port+"|http"+to, "inbound-vip|"+port+"|tcp"+to)
	}
	return of("direct-http", "direct-tcp")
}
