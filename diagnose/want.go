package diagnose

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// What stands on a way is known only once the way is walked: a route names a
// Service, that a namespace, its label a waypoint. So the way is walked dry after
// each round, and whoever meets something that was not read yet says so.

// want notes what has to be read to know the way.
func (in *inquiry) want(queries ...cluster.Query) {
	for _, q := range queries {
		if in.served(q.Resource) && !in.snap.Asked(q) && !slices.Contains(in.wanted, q) {
			in.wanted = append(in.wanted, q)
		}
	}
}

// like notes what may stand on the way and is looked at if the question can afford
// it.
func (in *inquiry) like(queries ...cluster.Query) {
	for _, q := range queries {
		if in.served(q.Resource) && !in.snap.Asked(q) && !slices.Contains(in.liked, q) {
			in.liked = append(in.liked, q)
		}
	}
}

// served is false for routes of a group that the cluster is known not to have.
func (in *inquiry) served(r cluster.Resource) bool {
	groups := cluster.List[*cluster.APIGroup](in.snap, "")
	return !routes(r) || len(groups) == 0 || slices.ContainsFunc(groups, func(g *cluster.APIGroup) bool { return g.Name == r.Group })
}

// wayNeeds walks all ways dry and returns what they would need to be read. Where the
// source is not known yet, it is taken for what its namespace makes of a Pod.
func (in *inquiry) wayNeeds(ctx context.Context) []cluster.Query {
	in.wanted, in.liked, in.passed = nil, nil, nil
	if in.snap == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel() // nobody looks for the names of what is misspelt
	from, err := in.findSources(ctx)
	if err != nil || len(from.parties) == 0 {
		from.parties = []party{in.podParty(expectedPod(in.sourceNamespace(), in.source.name, nil))}
	}
	to, err := in.findRoute(ctx)
	if err != nil {
		return nil
	}
	e := &explorer{in: in, ctx: ctx, dry: true}
	for _, parties := range classes(from.parties, distinct{}) {
		e.explore(parties, to)
	}
	return in.wanted
}

// expectedPod is a Pod that is known to be there and was not read yet.
func expectedPod(namespace, name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name, Labels: labels,
		Annotations: map[string]string{cluster.PredictedAnnotation: "Pod"},
	}}
}

// expected returns the route with ends that stand for those which were not read yet.
func (in *inquiry) expected(r route) route {
	svc := r.service
	if svc != nil {
		in.want(in.endpointNeeds(svc)...)
	}
	if svc == nil || r.missing != "" || svc.Spec.Type == corev1.ServiceTypeExternalName || slices.ContainsFunc(r.ends, func(p party) bool { return p.pod != nil }) {
		return r
	}
	if len(svc.Spec.Selector) > 0 && in.snap.Asked(podsBy(svc.Namespace, svc.Spec.Selector)) || len(svc.Spec.Selector) == 0 && len(r.ends) == 0 {
		return r
	}
	p := in.podParty(expectedPod(svc.Namespace, svc.Name, svc.Spec.Selector))
	p.port = r.port
	if r.servicePort != nil && r.servicePort.TargetPort.IntVal != 0 {
		p.port = uint16(r.servicePort.TargetPort.IntVal)
	}
	if mayBeGateway(svc.Spec.Selector) {
		p.presence.Plane = mesh.Gateway
	}
	r.ends = []party{p}
	return r
}

// mayBeGateway reports whether labels are those that Istio's charts and the Gateway
// API give to gateways.
func mayBeGateway(labels map[string]string) bool {
	return labels[gatewayNameLabel] != "" || strings.Contains(labels["istio"], "gateway") || strings.Contains(labels["app"], "gateway")
}

// wantLeg asks for what decides at the end of a leg, and for what its opener's proxy
// makes of it.
func (in *inquiry) wantLeg(w *walk) {
	ns, root := w.destinationNamespace(), w.cfg.RootNamespace
	if w.routesItself() {
		for _, ns := range w.ruleNamespaces() {
			in.want(list(cluster.DestinationRules, ns))
		}
	}
	if ns == "" {
		return
	}
	plane := w.dst.presence.Plane
	if !in.snap.Asked(get(cluster.Namespaces, "", ns)) && predicted(w.dst.pod) && plane != mesh.Gateway {
		plane = mesh.UnknownPlane // its namespace may make it anything
	}
	if !slices.Contains(in.passed, ns) {
		in.passed = append(in.passed, ns)
	}
	in.want(get(cluster.Namespaces, "", ns))
	in.want(in.networkNeeds(ns)...)
	for _, at := range unique([]string{ns, root}) {
		in.want(list(cluster.AuthorizationPolicies, at))
		switch {
		case plane == mesh.Ambient && w.tunnels():
			in.like(list(cluster.PeerAuthentications, at))
		case plane == mesh.Sidecar || plane == mesh.Ambient || plane == mesh.Kmesh || plane == mesh.UnknownPlane:
			in.want(list(cluster.PeerAuthentications, at))
		}
		if plane == mesh.Sidecar || plane == mesh.Gateway || plane == mesh.Waypoint || plane == mesh.UnknownPlane {
			in.want(list(cluster.RequestAuthentications, at))
		}
	}
	if plane == mesh.Waypoint && w.r.service != nil {
		in.passed = append(in.passed, w.r.service.Namespace)
		in.want(list(cluster.AuthorizationPolicies, w.r.service.Namespace), list(cluster.RequestAuthentications, w.r.service.Namespace))
	}
	if plane == mesh.Sidecar || plane == mesh.UnknownPlane || w.r.service == nil {
		in.want(list(cluster.Services, ns))
	}
	if plane == mesh.Sidecar {
		in.like(list(cluster.EnvoyFilters, ns), list(cluster.Sidecars, ns), list(cluster.EnvoyFilters, root), list(cluster.Sidecars, root))
	}
	w.likeExtensions()
}

// tunnels reports whether the leg is opened by what speaks HBONE to ztunnel, whatever
// a PeerAuthentication says.
func (w *walk) tunnels() bool {
	return w.src.presence.Plane == mesh.Ambient || w.src.presence.Plane == mesh.Waypoint
}

// destinationNamespace is where the end of a leg is; empty: it is outside.
func (w *walk) destinationNamespace() string {
	switch {
	case w.dst.pod != nil:
		return w.dst.pod.Namespace
	case w.r.service != nil:
		return w.r.service.Namespace
	}
	return ""
}

// wantService asks for a Service that a route names, and for its endpoints.
func (in *inquiry) wantService(s serviceRef) {
	in.want(in.serviceNeeds(s, 0)...)
	in.want(get(cluster.Namespaces, "", s.namespace))
}

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

// predictedWaypoint is the Pod that a waypoint will have: Istio runs it as a
// ServiceAccount of the Gateway's name (manifests/charts/…/files/waypoint.yaml).
func predictedWaypoint(gw *gatewayv1.Gateway) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: gw.Namespace, Name: gw.Name,
			Labels:      map[string]string{gatewayNameLabel: gw.Name, "gateway.istio.io/managed": "istio.io-mesh-controller"},
			Annotations: map[string]string{cluster.PredictedAnnotation: "Gateway"},
		},
		Spec: corev1.PodSpec{
			ServiceAccountName: gw.Name,
			Containers:         []corev1.Container{{Name: "istio-proxy", Args: []string{"proxy", "waypoint"}}},
		},
	}
}
