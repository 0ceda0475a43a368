package fix

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// straight reports whether strangers come to the policies that everyone comes to: nothing
// before these holds them up, and nothing in sight leads who is known another way, as a
// waypoint does, or a route of the client's own sidecar.
func (e *engine) straight(strangers *diagnose.Diagnosis) bool {
	for _, a := range strangers.Status.Answers {
		if a.Reason.Stage == diagnose.StageRoute || a.Reason.Stage == diagnose.StageNetworkPolicy {
			return false
		}
		for _, h := range a.Hops {
			if slices.ContainsFunc(h.Stages, func(st diagnose.Stage) bool {
				return st.Name == diagnose.StageNetworkPolicy && st.Verdict != diagnose.Allowed
			}) {
				return false
			}
		}
	}
	s := e.before.Snapshot()
	waypoint := func(g *gatewayv1.Gateway) bool { return g.Spec.GatewayClassName == waypointClass }
	routed := func(vs *networkingv1.VirtualService) bool {
		return len(vs.Spec.GetGateways()) == 0 || slices.Contains(vs.Spec.GetGateways(), "mesh")
	}
	return !slices.ContainsFunc(cluster.List[*gatewayv1.Gateway](s, ""), waypoint) && !slices.ContainsFunc(cluster.List[*networkingv1.VirtualService](s, ""), routed)
}
