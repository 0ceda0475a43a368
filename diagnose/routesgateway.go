package diagnose

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// gatewayRoutes is where a gateway sends the request that comes to it on the leg,
// and sets what it listens with. missing is a fact without which that is not known.
func (in *inquiry) gatewayRoutes(w *walk) ([]routing.Branch, string) {
	pod := w.dst.pod
	q := in.routed(w.m, w.r, w.dst)
	if w.judged.req != nil {
		q.Claims = w.jwt.Claims
	}
	switch w.client.TLS {
	case mesh.MutualTLS:
		q.TLS, q.SNI = true, w.sni(scenario{client: w.client})
	case mesh.SimpleTLS, mesh.OwnMutualTLS:
		q.TLS = true
	case mesh.Plaintext, mesh.UnknownTLS:
	}
	if name := pod.Labels[gatewayNameLabel]; name != "" {
		return in.gatewayAPIRoutes(w, q, name)
	}
	q.Port = w.r.port
	gateways := ofRevision(in, cluster.List[*networkingv1.Gateway](in.snap, ""))
	if m := in.missing(cluster.IstioGateways, pod.Namespace, ""); m != "" {
		return nil, m
	}
	query := routing.GatewayQuery{
		Gateways: gateways, Labels: pod.Labels, Namespace: pod.Namespace, Domain: in.target.domain(),
		VirtualServices: ofRevision(in, in.virtualServicesOf(q.Host)), DefaultExportTo: in.config(in.revision()).VirtualServiceExportTo, Request: q,
		PodPort: w.dst.port, Ports: in.gatewayPorts(w), NamedPorts: namedPorts(pod),
	}
	var branches []routing.Branch
	if w.listener, branches = routing.Gateway(query); unrouted(branches) { // what there is instead is worth a word
		query.VirtualServices = ofRevision(in, cluster.List[*networkingv1.VirtualService](in.snap, ""))
		w.listener, branches = routing.Gateway(query)
	}
	found := w.listener.Found && !unrouted(branches)
	in.wantIstioGateways(w, found)
	if !in.whole() && !found {
		in.wantBehind(w)
		return nil, "whether a Gateway or VirtualService of a namespace that was not looked at makes " + w.dst.String() + " forward the request"
	}
	return branches, ""
}

func namedPorts(pod *corev1.Pod) map[string]uint16 {
	out := map[string]uint16{}
	for _, p := range podPorts(pod) {
		if p.Name != "" {
			out[p.Name] = uint16(p.ContainerPort)
		}
	}
	return out
}

// unrouted reports whether no route of a gateway is for the request.
func unrouted(branches []routing.Branch) bool {
	return slices.ContainsFunc(branches, func(b routing.Branch) bool {
		return b.Answer != nil && b.Answer.Status == 404 && (b.Object == "" || strings.HasPrefix(b.Object, "Gateway "))
	})
}

// gatewayPorts are the ports of the Services that lead to a gateway's Pod.
func (in *inquiry) gatewayPorts(w *walk) []corev1.ServicePort {
	if w.r.service != nil {
		return w.r.service.Spec.Ports
	}
	var out []corev1.ServicePort
	for _, svc := range in.services(w.dst.pod) {
		out = append(out, svc.Spec.Ports...)
	}
	return out
}

func (in *inquiry) gatewayAPIRoutes(w *walk, q routing.Request, name string) ([]routing.Branch, string) {
	ns := w.dst.pod.Namespace
	in.want(get(cluster.Gateways, ns, name))
	gw, ok := cluster.Get[*gatewayv1.Gateway](in.snap, ns, name)
	if !ok {
		in.wantBehind(w)
		if m := in.missing(cluster.Gateways, ns, name); m != "" {
			return nil, m
		}
		return nil, "which routes Gateway " + ns + "/" + name + " has: there is none of the name in sight"
	}
	routes := in.routesOf(parent{"Gateway", ns, name})
	if m := in.wantGrants(routes); m != "" {
		return nil, m
	}
	var branches []routing.Branch
	w.listener, branches = routing.GatewayAPI(routing.GatewayAPIQuery{
		Gateway: gw, Namespaces: in.namespaceLabels, Domain: in.target.domain(), Request: q,
		HTTPRoutes: routes.http, GRPCRoutes: routes.grpc, TLSRoutes: routes.tls, TCPRoutes: routes.tcp,
		ReferenceGrants: cluster.List[*gatewayv1.ReferenceGrant](in.snap, ""),
	})
	if unrouted(branches) {
		in.tellForeign(branches, q, ns+"/"+name)
	}
	found := w.listener.Found && !unrouted(branches)
	in.wantRoutes(w, gw, found)
	if !found || len(routes.foreignBackends()) > 0 {
		in.wantBehind(w)
	}
	if !in.whole() && w.listener.Found && !found {
		return nil, "whether a route of a namespace that was not looked at makes " + w.dst.String() + " forward the request"
	}
	return branches, ""
}
