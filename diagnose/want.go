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
	if in.whole() { // all of it is there
		return
	}
	for _, q := range queries {
		if in.served(q.Resource) && !in.snap.Asked(q) && !slices.Contains(in.wanted, q) {
			in.wanted = append(in.wanted, q)
		}
	}
}

// like notes what may stand on the way and is looked at if the question can afford
// it.
func (in *inquiry) like(queries ...cluster.Query) {
	if in.whole() {
		return
	}
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
	how := distinct{byNode: in.perNode(slices.Concat(from.parties, to.ends)...)}
	e := &explorer{in: in, ctx: ctx, dry: true, how: how}
	for _, parties := range classes(from.parties, how) {
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
