package diagnose

import (
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// wantClientRoutes asks for what may make the source's sidecar send elsewhere: first
// what the owners of the target and of the source say of it.
func (in *inquiry) wantClientRoutes(src party, r route) {
	if src.presence.Plane != mesh.Sidecar || r.host == "" || r.protocol == mesh.UDP {
		return
	}
	own, root := src.pod.Namespace, in.config(in.revision()).RootNamespace
	namespaces := unique([]string{own, r.namespace(own)})
	for _, ns := range namespaces {
		in.like(list(cluster.VirtualServices, ns))
	}
	in.like(list(cluster.Sidecars, own), list(cluster.Sidecars, root))
	for _, ns := range namespaces {
		in.likeMeshRoutes(ns, r)
	}
}

// namespace is that of what the route leads to; otherwise: what it is where nothing
// in the cluster is known of it.
func (r route) namespace(otherwise string) string {
	switch {
	case r.service != nil:
		return r.service.Namespace
	case r.entry != nil:
		return r.entry.Namespace
	}
	return otherwise
}

// likeMeshRoutes asks for the routes of the Gateway API that may have a Service of the
// namespace for their parent.
func (in *inquiry) likeMeshRoutes(ns string, r route) {
	switch {
	case r.service == nil && r.entry == nil:
	case r.protocol == mesh.TCP && r.servicePort != nil && isTLSPort(*r.servicePort):
		in.like(list(cluster.TLSRoutes, ns))
	case r.protocol == mesh.TCP:
		in.like(list(cluster.TCPRoutes, ns))
	case in.target.scheme == "grpc":
		in.like(list(cluster.GRPCRoutes, ns), list(cluster.HTTPRoutes, ns))
	default:
		in.like(list(cluster.HTTPRoutes, ns))
	}
}

// wantWaypointRoutes asks for what may make a waypoint send elsewhere.
func (in *inquiry) wantWaypointRoutes(w *walk, r route) {
	own := w.dst.pod.Namespace
	for _, ns := range []string{r.namespace(own), own} {
		in.likeMeshRoutes(ns, r)
		in.like(list(cluster.VirtualServices, ns))
	}
}

// routeNamespaces are where a gateway's objects are looked for: its own namespace,
// the question's and the source's; everywhere, where that costs nothing.
func (in *inquiry) routeNamespaces(own string) []string {
	if in.whole() {
		return []string{""}
	}
	return unique([]string{own, in.q.namespace(), in.sourceNamespace()})
}

// wantIstioGateways asks for what a gateway's Pod serves. Once it is known where it
// sends the request, what else may be in sight can wait.
func (in *inquiry) wantIstioGateways(w *walk, found bool) {
	ask := in.want
	if found {
		ask = in.like
	}
	in.want(list(cluster.IstioGateways, w.dst.pod.Namespace))
	for _, ns := range in.routeNamespaces(w.dst.pod.Namespace) {
		ask(list(cluster.VirtualServices, ns), list(cluster.IstioGateways, ns))
	}
}

// wantRoutes asks for the routes that a listener's protocol lets attach; once one is
// found for the request, the others can wait.
func (in *inquiry) wantRoutes(w *walk, gw *gatewayv1.Gateway, found bool) {
	kinds := []cluster.Resource{cluster.HTTPRoutes}
	for _, l := range gw.Spec.Listeners {
		if uint16(l.Port) != w.r.port {
			continue
		}
		switch l.Protocol {
		case gatewayv1.TLSProtocolType:
			kinds = []cluster.Resource{cluster.TLSRoutes, cluster.TCPRoutes}
		case gatewayv1.TCPProtocolType:
			kinds = []cluster.Resource{cluster.TCPRoutes}
		case gatewayv1.HTTPProtocolType, gatewayv1.HTTPSProtocolType, gatewayv1.UDPProtocolType:
		}
	}
	if in.target.scheme == "grpc" || in.target.scheme == "grpcs" {
		kinds = append(kinds, cluster.GRPCRoutes)
	}
	ask := in.want
	if found {
		ask = in.like
	}
	for _, ns := range in.routeNamespaces(w.dst.pod.Namespace) {
		for _, r := range kinds {
			ask(list(r, ns))
		}
		in.like(list(cluster.GRPCRoutes, ns))
	}
}
