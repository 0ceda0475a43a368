package diagnose

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// What stands on a way is known only once the way is walked: a route names a
// Service, that a namespace, its label a waypoint. So the way is walked dry after
// each round, and whoever meets something that was not read yet says so.

// want notes what has to be read to know the way.
func (in *inquiry) want(queries ...cluster.Query) {
	for _, q := range queries {
		if !in.snap.Asked(q) && !slices.Contains(in.wanted, q) {
			in.wanted = append(in.wanted, q)
		}
	}
}

// wayNeeds walks all ways dry and returns what they would need to be read. A
// question whose ends are not known yet has no way.
func (in *inquiry) wayNeeds(ctx context.Context) []cluster.Query {
	in.wanted = nil
	if in.snap == nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	cancel() // nobody looks for the names of what is misspelt
	from, err := in.findSources(ctx)
	if err != nil || len(from.parties) == 0 {
		return nil
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

// wantService asks for a Service that a route names, its endpoints and what is in
// force in its namespace.
func (in *inquiry) wantService(s serviceRef) {
	in.want(in.serviceNeeds(s, 0)...)
	in.wantNamespace(s.namespace)
}

// wantNamespace asks for what is in force where a further hop is.
func (in *inquiry) wantNamespace(ns string) {
	in.want(get(cluster.Namespaces, "", ns), list(cluster.AuthorizationPolicies, ns), list(cluster.PeerAuthentications, ns),
		list(cluster.RequestAuthentications, ns), list(cluster.DestinationRules, ns))
	in.want(in.networkNeeds(ns)...)
}

// routeNamespaces are where a gateway's objects are looked for: its own namespace,
// the question's and the source's; everywhere, where that costs nothing.
func (in *inquiry) routeNamespaces(own string) []string {
	if !in.reader.Live() {
		return []string{""}
	}
	out := []string{own, in.q.namespace(), in.sourceNamespace()}
	slices.Sort(out)
	return slices.Compact(out)
}

func (in *inquiry) wantIstioGateways(w *walk) {
	for _, ns := range in.routeNamespaces(w.dst.pod.Namespace) {
		in.want(list(cluster.IstioGateways, ns), list(cluster.VirtualServices, ns))
	}
	in.wantNamespace(w.dst.pod.Namespace)
}

func (in *inquiry) wantRoutes(w *walk) {
	for _, ns := range in.routeNamespaces(w.dst.pod.Namespace) {
		in.want(list(cluster.HTTPRoutes, ns))
	}
	in.wantNamespace(w.dst.pod.Namespace)
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
