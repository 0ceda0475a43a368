package facts

import (
	"net/netip"
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// terminates is the listener in which tunnels end.
const terminates = "connect_terminate"

// Takes is the listener of a Pod's Envoy that takes a connection; nil if none does, or
// if no Envoy gets it.
func (w *World) Takes(p *corev1.Pod, to netip.AddrPort, transport string) *listenerv3.Listener {
	cfg := w.Proxies[key(p)]
	if cfg == nil || !captured(p, to.Port(), transport) {
		return nil
	}
	i := -1
	switch kind := KindOf(p); {
	case transport == HBONE:
		i = slices.IndexFunc(cfg.Listeners, called(terminates))
	case kind == xds.Sidecar:
		if i = slices.IndexFunc(cfg.Listeners, bound(to)); i < 0 {
			i = slices.IndexFunc(cfg.Listeners, called(inbound))
		}
	case kind == xds.Router:
		i = listener(cfg, to, "")
	}
	if i < 0 {
		return nil
	}
	return cfg.Listeners[i]
}

func called(name string) func(*listenerv3.Listener) bool {
	return func(l *listenerv3.Listener) bool { return l.GetName() == name }
}

// PodAt is the Pod with an address, and Pod the one with a name; nil if there is none.
func (w *World) PodAt(ip netip.Addr) *corev1.Pod { return w.podAt(ip) }

// Pod is the Pod with a name, namespace/name.
func (w *World) Pod(name string) *corev1.Pod { return w.pod(name) }

// Key names a Pod: namespace/name.
func Key(p *corev1.Pod) string { return key(p) }

// Identity is who a Pod is to the mesh.
func (w *World) Identity(p *corev1.Pod) string { return w.identity(p) }

// Upstream is where an endpoint of a cluster is, and how it is spoken to.
type Upstream struct {
	At        netip.AddrPort // not valid: where the connection was going, or a host outside
	Waypoint  netip.AddrPort // where the tunnel ends, if not at the endpoint
	Transport string
	Outside   bool
}

// UpstreamOf reads an endpoint.
func UpstreamOf(c *clusterv3.Cluster, e *endpointv3.LbEndpoint) Upstream {
	u := endpoint(c, e, netip.AddrPort{})
	return Upstream{u.at, u.waypoint, u.transport, u.host != ""}
}
