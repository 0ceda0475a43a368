package diagnose

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// waypointOn finds the waypoint that the request passes: for clients in ambient and
// under another data plane of its node, and for gateways where the Service asks for it (istio: ambient/waypoints.go,
// xds/endpoints/endpoint_builder.go). Without one, note tells why one that is asked
// for is passed by.
func (in *inquiry) waypointOn(src party, r route) (wp *waypoint, note string) {
	plane := src.presence.Plane
	svc := asService(r)
	if !plane.Node() && plane != mesh.Gateway || len(r.ends) == 0 || r.ends[0].pod == nil && svc == nil {
		return nil, ""
	}
	end := r.ends[0]
	if svc != nil {
		in.want(get(cluster.Namespaces, "", svc.Namespace))
		end.ns = in.namespace(svc.Namespace)
	}
	name, namespace, why := mesh.WaypointFor(end.ns, svc, end.pod, svc != nil)
	if name == "" || plane == mesh.Gateway && !ingressUsesWaypoint(r, end) {
		return nil, ""
	}
	wp = &waypoint{namespace: namespace, name: name}
	in.want(get(cluster.Gateways, namespace, name), podsBy(namespace, map[string]string{gatewayNameLabel: name}))
	gw, ok := cluster.Get[*gatewayv1.Gateway](in.snap, namespace, name)
	switch m := in.missing(cluster.Gateways, namespace, name); {
	case !ok && !in.whole() && !in.snap.Asked(get(cluster.Gateways, namespace, name)) && in.served(cluster.Gateways):
		gw = &gatewayv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}} // not read yet
	case !ok && m != "":
		wp.missing = m
		return wp, ""
	case !ok:
		return nil, "the waypoint " + wp.String() + " is asked for (" + why + ") and does not exist: it is passed by, and policies that target it are not enforced"
	}
	if ok {
		if passed := in.passedBy(wp, gw, svc, end); passed != "" || wp.missing != "" {
			if wp.missing != "" {
				return wp, ""
			}
			return nil, "the waypoint " + wp.String() + " is asked for (" + why + "), and " + passed + ": it is passed by"
		}
	}
	if m := in.missing(cluster.Pods, namespace, ""); m != "" {
		wp.missing = m
		return wp, ""
	}
	for _, pod := range in.selected(namespace, map[string]string{gatewayNameLabel: name}) {
		if running(pod) {
			wp.ends = append(wp.ends, in.podParty(pod))
		}
	}
	if len(wp.ends) == 0 {
		wp.ends = []party{in.podParty(predictedWaypoint(gw))}
	}
	for i := range wp.ends {
		wp.ends[i].port = or16(r.port, end.port)
		if svc == nil {
			wp.ends[i].port = end.port
		}
	}
	return wp, ""
}

// passedBy words why a waypoint that exists is passed by; empty if it is not. A fact
// that decides and is not known is left in wp.missing.
func (in *inquiry) passedBy(wp *waypoint, gw *gatewayv1.Gateway, svc *corev1.Service, end party) string {
	if kind := in.waypointFor(gw); !takes(kind, svc != nil) {
		return "it does not stand before this kind of traffic (label istio.io/waypoint-for: " + kind + ")"
	}
	if gw.UID != "" && len(gw.Status.Addresses) == 0 {
		return "it has no address yet (status.addresses), so it is not ready"
	}
	home := ""
	switch {
	case svc != nil:
		home = svc.Namespace
	case end.pod != nil:
		home = end.pod.Namespace
	}
	why, known := in.refuses(gw, home)
	if !known {
		wp.missing = "whether Gateway " + wp.String() + " (allowedRoutes) takes traffic for namespace " + home
	}
	return why
}

// takes reports whether a waypoint of a kind stands before Services, or before Pods.
func takes(kind string, service bool) bool {
	switch kind {
	case "all":
		return true
	case "workload":
		return !service
	case "none":
		return false
	}
	return service
}

// ingressUsesWaypoint reports whether gateways send traffic through waypoints.
func ingressUsesWaypoint(r route, end party) bool {
	if r.service != nil && r.service.Labels[ingressWaypointLabel] != "" {
		return r.service.Labels[ingressWaypointLabel] == "true"
	}
	return end.ns != nil && end.ns.Labels[ingressWaypointLabel] == "true"
}
