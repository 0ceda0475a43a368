package fix

import (
	"fmt"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Labels of a waypoint, and of who asks for it in another namespace.
const (
	useWaypointNamespace = "istio.io/use-waypoint-namespace"
	waypointFor          = "istio.io/waypoint-for"
	waypointClass        = "istio-waypoint"
)

// viaWaypoint leads the request through the waypoint that policies on the target count
// on, where it passes it by: by the Service's label, or by what the waypoint is for.
func (sc scene) viaWaypoint() []draft {
	if sc.hop.DataPlane != "ambient" || sc.before.Role == diagnose.RoleWaypoint || !strings.Contains(sc.answer.Summary, "waypoint") {
		return nil
	}
	svc := sc.service()
	if svc == nil {
		return nil
	}
	item, ok := sc.snap.Item(cluster.Services, svc.Namespace, svc.Name)
	if !ok || made(item) {
		return nil
	}
	var out []draft
	for _, g := range cluster.List[*gatewayv1.Gateway](sc.snap, svc.Namespace) {
		if g.Spec.GatewayClassName != waypointClass {
			continue
		}
		if svc.Labels[useWaypoint] == g.Name && svc.Labels[useWaypointNamespace] == "" {
			out = append(out, sc.forServices(g)...)
			continue
		}
		out = append(out, draft{
			kind: UseWaypoint, title: fmt.Sprintf("let Service %s/%s use waypoint %s (label %s)", svc.Namespace, svc.Name, g.Name, useWaypoint),
			changes: []Change{changed(item, func(object tree) {
				set := withLabel(at(object, "metadata.labels"), useWaypoint, g.Name)
				delete(set, useWaypointNamespace)
				object["metadata"].(tree)["labels"] = set
			})},
		})
	}
	return out
}

// forServices lets a waypoint stand before Services, which is what it does where its
// Gateway does not say otherwise.
func (sc scene) forServices(g *gatewayv1.Gateway) []draft {
	item, ok := sc.snap.Item(cluster.Gateways, g.Namespace, g.Name)
	had := g.Labels[waypointFor]
	if !ok || made(item) || had == "" || had == "service" || had == "all" {
		return nil
	}
	want := "service"
	if had == "workload" {
		want = "all"
	}
	return []draft{{
		kind: UseWaypoint, title: fmt.Sprintf("let waypoint %s/%s stand before Services (label %s=%s in place of %s)", g.Namespace, g.Name, waypointFor, want, had),
		changes: []Change{changed(item, func(object tree) {
			set(object, "metadata.labels", withLabel(at(object, "metadata.labels"), waypointFor, want))
		})},
	}}
}
