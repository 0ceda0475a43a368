package facts

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// World is what istiod told every proxy of a cluster.
type World struct {
	Pods     []*corev1.Pod
	Services []*corev1.Service
	// Proxies are the configurations of the Envoys by their Pods, namespace/name.
	Proxies map[string]*xds.Config
	Mesh    *xds.Mesh
	// TrustDomain is the mesh's.
	TrustDomain string
}

// Station is what one proxy on the way does.
type Station struct {
	Role string // gateway, waypoint, destination
	Pod  string // namespace/name
	Port uint16
	// Protocol is what the proxy takes the connection for, Mode its mTLS mode;
	// empty: it has none.
	Protocol, Mode string
	Transport      string         // what arrives
	Principal      string         // who is seen there
	Address        netip.AddrPort // to which the connection was made; a Service's at a waypoint
	From           string         // the Pod that made it; empty: somebody outside
	SNI            string
	Ends           string  // TLS or mTLS: the proxy ends it
	Message        Message // as it arrives
	Refused        bool    // no filter chain takes it
	JWT            bool
	Enforces       bool // it asks policies
	Policies       []Policy
}

// Way is one that a request may take.
type Way struct {
	// Weight is how many per cent of the requests take it, where routes split them.
	Weight   float64
	Stations []Station
	// End is where it ends: a Pod (namespace/name), an address outside, or in words
	// what a proxy answers instead.
	End     string
	Outside bool        // it is an address outside
	Cluster ClusterName // the last that a proxy chose
	Message Message     // as it arrives
}

// key names a Pod.
func key(p *corev1.Pod) string { return p.Namespace + "/" + p.Name }

func (w *World) podAt(ip netip.Addr) *corev1.Pod {
	for _, p := range w.Pods {
		if p.Status.PodIP == ip.String() {
			return p
		}
	}
	return nil
}

func (w *World) pod(name string) *corev1.Pod {
	for _, p := range w.Pods {
		if key(p) == name {
			return p
		}
	}
	return nil
}

// identity is who a Pod is to the mesh.
func (w *World) identity(p *corev1.Pod) string {
	account := p.Spec.ServiceAccountName
	if account == "" {
		account = "default"
	}
	return w.TrustDomain + "/ns/" + p.Namespace + "/sa/" + account
}

// KindOf is the proxy that runs in a Pod; empty is none, and ztunnel is the node's.
func KindOf(p *corev1.Pod) xds.Kind {
	for _, c := range append(p.Spec.InitContainers, p.Spec.Containers...) {
		if c.Name == "istio-proxy" && len(c.Args) > 1 {
			return xds.Kind(c.Args[1])
		}
	}
	if p.Annotations["ambient.istio.io/redirection"] == "enabled" {
		return xds.Ztunnel
	}
	return ""
}

// listener finds the one that takes a connection to an address: its own, the
// wildcard's on the port, and else the one that everything is redirected to.
func listener(cfg *xds.Config, at netip.AddrPort, rest string) int {
	wild, last := -1, -1
	for i, l := range cfg.Listeners {
		s := l.GetAddress().GetSocketAddress()
		switch {
		case l.GetName() == rest:
			last = i
		case s.GetPortValue() != uint32(at.Port()) || strings.HasPrefix(l.GetName(), "virtual"):
		case s.GetAddress() == at.Addr().String():
			return i
		case s.GetAddress() == "0.0.0.0":
			wild = i
		}
	}
	if wild >= 0 {
		return wild
	}
	return last
}
