package routing

import (
	"slices"
	"strconv"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// GatewayAPIMeshQuery asks what routes do that have a Service or a ServiceEntry for
// their parent.
type GatewayAPIMeshQuery struct {
	// Service or ServiceEntry is what is called: at a sidecar what the Host header names,
	// at a waypoint what was dialled.
	Service      *corev1.Service
	ServiceEntry *networkingv1.ServiceEntry
	// Host is the one that is called of the ServiceEntry's hosts.
	Host string
	// Namespace is the proxy's: the client Pod's, or the waypoint's.
	Namespace  string
	HTTPRoutes []*gatewayv1.HTTPRoute
	GRPCRoutes []*gatewayv1.GRPCRoute
	TLSRoutes  []*gatewayv1.TLSRoute
	TCPRoutes  []*gatewayv1.TCPRoute
	// Domain is the mesh's: cluster.local.
	Domain string
	// Waypoint says that a waypoint routes, and not the client's sidecar.
	Waypoint bool
	// TLSPort says that the port is declared HTTPS or TLS: a sidecar looks at TLSRoutes
	// there, on other ports that are not HTTP at TCPRoutes.
	TLSPort bool
	// Request is as the proxy gets it: its Port is the Service's.
	Request Request
}

// parent returns what the routes have to refer to, and the host that it stands for.
func (q GatewayAPIMeshQuery) parent() (ref gwRef, host string) {
	switch {
	case q.Service != nil:
		ref = gwRef{"", kindService, q.Service.Namespace, q.Service.Name}
		return ref, strings.ToLower(ref.name + "." + ref.namespace + ".svc." + q.Domain)
	case q.ServiceEntry != nil:
		return gwRef{groupIstio, kindServiceEntry, q.ServiceEntry.Namespace, q.ServiceEntry.Name}, strings.ToLower(q.Host)
	}
	return gwRef{}, ""
}

// GatewayAPIMesh answers with what may become of the request, and with false if no
// route says anything of it: the proxy then sends to the Service.
//
// The routes of HTTP that count are those of the parent's namespace (of its producer)
// and of the proxy's (of the consumer). A sidecar takes the consumer's and asks the
// producer's no more, even if none of them matches (networking/core/route/route.go:
// buildSidecarVirtualHostsForVirtualService); a waypoint tries both, its own
// namespace's first (networking/core/listener_waypoint.go:
// buildWaypointInboundHTTPRouteConfig). ReferenceGrants are not asked for.
func GatewayAPIMesh(q GatewayAPIMeshQuery) ([]Branch, bool) {
	routes := gwRoutes{http: q.HTTPRoutes, grpc: q.GRPCRoutes, tls: q.TLSRoutes, tcp: q.TCPRoutes, domain: q.Domain, mesh: true}
	_, host := q.parent()
	found := groups{}
	var streams []*gwRoute
	var broken []string
	for _, r := range routes.all() {
		http := r.kind == kindHTTPRoute || r.kind == kindGRPCRoute
		ports := q.ports(r)
		if len(ports) == 0 || http != q.Request.HTTP || !q.counts(r) {
			continue
		}
		switch {
		case r.broken != "":
			broken = append(broken, r.broken)
		case http:
			for _, port := range ports {
				found.add(groupKey(r.namespace, port, host), host, r)
			}
		default:
			streams = append(streams, r)
		}
	}
	var out []Branch
	if q.Request.HTTP {
		out = q.http(found.sorted(q.Namespace))
	} else {
		slices.SortStableFunc(streams, streamOrder(q.Namespace))
		out = q.stream(streams)
	}
	for i := range out {
		out[i].Notes = append(out[i].Notes, broken...)
	}
	return out, len(out) > 0
}

// ports are the ports for which a route refers to the parent, as far as the request
// is for them; 0: all.
func (q GatewayAPIMeshQuery) ports(r *gwRoute) []uint16 {
	parent, _ := q.parent()
	var out []uint16
	for _, p := range r.parents {
		if parent != (gwRef{orElse(p.Group, groupGatewayAPI), orElse(p.Kind, kindGateway), orElse(p.Namespace, r.namespace), string(p.Name)}) {
			continue
		}
		switch {
		case p.Port == nil:
			out = append(out, 0)
		case *p.Port == gatewayv1.PortNumber(q.Request.Port):
			out = append(out, q.Request.Port)
		}
	}
	return out
}

// counts reports whether the proxy gets a route. Of connections a sidecar gets those
// of all namespaces (networking/core/listener.go:
// buildSidecarOutboundTCPTLSFilterChainOpts).
func (q GatewayAPIMeshQuery) counts(r *gwRoute) bool {
	parent, _ := q.parent()
	return r.namespace == parent.namespace || r.namespace == q.Namespace || !q.Request.HTTP && !q.Waypoint
}

// groupKey is the name of the VirtualService that istiod makes.
func groupKey(namespace string, port uint16, host string) string {
	if port == 0 {
		return namespace + "~" + host
	}
	return namespace + "~" + strconv.Itoa(int(port)) + "~" + host
}

func (q GatewayAPIMeshQuery) http(found []*gwGroup) []Branch {
	var rules []*gwRule
	for _, one := range found {
		rules = append(rules, one.rules...)
		if len(rules) > 0 && !q.Waypoint {
			break
		}
	}
	if len(rules) == 0 {
		return nil
	}
	options := make([]option, len(rules))
	for i, rule := range rules {
		options[i] = rule.option(q.Request)
	}
	return choose(options, []Branch{gwNotFound(options...)})
}
