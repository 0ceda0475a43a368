package routing

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// MeshQuery asks what a client's sidecar, or a waypoint, makes of a request.
type MeshQuery struct {
	// VirtualServices are all that there are; which of them count is found out here.
	VirtualServices []*networkingv1.VirtualService
	// Namespace is the proxy's: the client Pod's, or the waypoint's.
	Namespace string
	// RootNamespace plays no part for VirtualServices: there is no default one.
	RootNamespace string
	Domain        string // cluster.local
	// DefaultExportTo is the mesh's defaultVirtualServiceExportTo; empty: "*".
	DefaultExportTo []string
	// RegistryOnly is the mesh's outboundTrafficPolicy.
	RegistryOnly bool
	Request      Request
	// Host is what was dialled, the full name of a Service or a host outside; empty:
	// an address that is no Service's.
	Host string
	// HostNamespace is the namespace of the Service.
	HostNamespace string
	// Headless says that the Service has no address of its own.
	Headless bool
	// Sniffed says that the protocol of the port is not declared. Such a port of a
	// Service has a listener of its own, and the Host header chooses nothing there.
	Sniffed bool
	// HTTPPort says that the port is declared HTTP, HTTP/2 or gRPC: a connection that
	// is not HTTP passes through there.
	HTTPPort bool
	// TLSPort says that the port is declared HTTPS or TLS: routes of tls count there,
	// on all others those of tcp.
	TLSPort bool
	// Waypoint: the proxy is the Service's waypoint.
	Waypoint bool
	// Known reports whether a host, a full name or a pattern of a ServiceEntry, is a
	// service that the proxy knows on a port; nil: only Host is.
	Known func(host string, port uint16) bool
}

// Mesh returns what the proxy may do with the request. A request that no
// VirtualService concerns has one branch, to the Service itself, with an empty
// Object. A Host header that the question leaves open is taken to name what was
// dialled.
func Mesh(q MeshQuery) []Branch {
	q.Request.SourceNamespace = q.Namespace // what istiod knows is the proxy's
	switch {
	case q.Waypoint:
		return q.waypoint()
	case q.Request.HTTP:
		return q.http()
	case q.HTTPPort:
		return q.unmatched("the connection is not HTTP, as the port is declared")
	}
	return q.stream()
}

func (q MeshQuery) scope() scope {
	return scope{all: q.VirtualServices, namespace: q.Namespace, domain: q.Domain, defaultExport: q.DefaultExportTo}
}

func (q MeshQuery) known(host string) bool {
	if host == "" {
		return false
	}
	if q.Known == nil {
		return host == strings.ToLower(q.Host)
	}
	return q.Known(host, q.Request.Port)
}

// itself is the branch to a service without a VirtualService.
func itself(host string) []Branch {
	return []Branch{{Destinations: []Destination{{Host: host, Weight: 100}}}}
}

// unmatched is what a sidecar does with what it knows no service for: PassthroughCluster
// sends it to the address that was dialled, BlackHole does not (istio:
// core/httproute.go buildCatchAllVirtualHost, core/listener_builder.go
// buildOutboundCatchAllNetworkFiltersOnly).
func (q MeshQuery) unmatched(what string) []Branch {
	switch {
	case !q.RegistryOnly:
		return []Branch{{Destinations: []Destination{{Weight: 100}}, Notes: []string{what + ": PassthroughCluster sends it to the address that was dialled"}}}
	case q.Request.HTTP:
		return []Branch{{Answer: &Answer{Status: 502, Why: what + ", and outboundTrafficPolicy is REGISTRY_ONLY"}}}
	}
	return []Branch{{Answer: &Answer{Why: what + ", and outboundTrafficPolicy is REGISTRY_ONLY"}}}
}

// http finds the virtual host by the Host header, or by the listener where that is
// the Service's own, of each Pod of a headless one too (istio: core/listener.go
// buildSidecarOutboundHTTPListenerOpts, core/httproute.go
// getVirtualHostsForSniffedServicePort).
func (q MeshQuery) http() []Branch {
	dialled := strings.ToLower(q.Host)
	host, state := dialled, q.Request.Host.State()
	if v, ok := q.Request.Host.Get(); ok {
		host = withoutPort(v)
	}
	switch {
	case q.Sniffed && q.known(dialled):
		return q.ofService(dialled)
	case state == authz.StateAbsent:
		return q.unmatched("the request has no Host header")
	case state == authz.StateUnseen:
		return under(nil, []string{q.Request.Host.Why()}, q.byHost(dialled))
	}
	return q.byHost(host)
}

// byHost finds the virtual host whose domain is the host, or else has the longest
// wildcard that matches it.
func (q MeshQuery) byHost(host string) []Branch {
	var best *virtualHost
	hosts := q.virtualHosts(host)
	for i, v := range hosts {
		if hostTest(v.domain).match(host) && (best == nil || v.domain != best.domain && moreSpecific(v.domain, best.domain)) {
			best = &hosts[i]
		}
	}
	switch {
	case best != nil:
	case host == "":
		return q.unmatched("the request names no host")
	default:
		return q.unmatched("no service of the mesh is called " + host + " on port " + number(int(q.Request.Port)))
	}
	out := best.branches(q.Request)
	if dialled := strings.ToLower(q.Host); best.service != "" && dialled != "" && best.service != dialled {
		for i := range out {
			out[i].Notes = append(slices.Clone(out[i].Notes), "the Host header names "+best.service+", so the request is routed as one to it, not to "+q.Host+", which was dialled")
		}
	}
	return out
}

// ofService is what the virtual host of a service does.
func (q MeshQuery) ofService(service string) []Branch {
	for _, v := range q.virtualHosts(service) {
		if v.domain == service {
			return v.branches(q.Request)
		}
	}
	return itself(service)
}
