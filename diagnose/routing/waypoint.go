package routing

import (
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// waypoint is what the waypoint of a Service does. It has one virtual host for each
// port of the Service, so the Host header chooses nothing. VirtualServices count if
// they are in the waypoint's namespace or the Service's, all of them, one after the
// other; labels of the client are not known to it (istio: core/listener_waypoint.go
// getVirtualServiceForWaypoint, buildWaypointInboundHTTPRouteConfig).
func (q MeshQuery) waypoint() []Branch {
	dialled := strings.ToLower(q.Host)
	var rules []service
	for _, s := range q.scope().services(meshGateway) {
		if (s.namespace == q.Namespace || s.namespace == q.HostNamespace) &&
			slices.ContainsFunc(s.hosts, func(h string) bool { return overlap(h, dialled) }) {
			rules = append(rules, s)
		}
	}
	if !q.Request.HTTP {
		return q.waypointStream(rules, dialled)
	}
	var entries []entry
	object := ""
	for i := range rules {
		rules[i].http.waypoint = true
		if own := rules[i].http.entries(q.Request); len(own) > 0 {
			entries = append(entries, own...)
			object = rules[i].object
		}
	}
	if len(entries) == 0 {
		return itself(dialled)
	}
	return route(entries, object, q.Request)
}

// waypointStream takes the first route that matches, those of tls before those of tcp.
// A waypoint does not look at server names or addresses: a route of tls has to name
// the Service alone, and blocks do not count (istio: core/listener_waypoint.go
// getWaypointTCPRoutes).
func (q MeshQuery) waypointStream(rules []service, dialled string) []Branch {
	r := q.Request
	r.SourceLabels, r.SourceNamespace = nil, ""
	for _, s := range rules {
		for i, t := range s.spec.GetTls() {
			matches := slices.ContainsFunc(t.GetMatch(), func(m *networkingapi.TLSMatchAttributes) bool {
				return len(m.GetSniHosts()) == 1 && m.GetSniHosts()[0] == dialled &&
					streamConcerns(m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace(), m.GetPort(), r)
			})
			if (matches || len(t.GetMatch()) == 0) && len(t.GetRoute()) > 0 {
				return streamBranch(s, "spec.tls["+number(i)+"]", t.GetRoute())
			}
		}
	}
	for _, s := range rules {
		for i, t := range s.spec.GetTcp() {
			matches := slices.ContainsFunc(t.GetMatch(), func(m *networkingapi.L4MatchAttributes) bool {
				return streamConcerns(m.GetGateways(), m.GetSourceLabels(), m.GetSourceNamespace(), m.GetPort(), r)
			})
			if (matches || len(t.GetMatch()) == 0) && len(t.GetRoute()) > 0 {
				return streamBranch(s, "spec.tcp["+number(i)+"]", t.GetRoute())
			}
		}
	}
	return itself(dialled)
}
