package routing

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// httpTable is a list of HTTP routes that are tried in order: those of one
// VirtualService, or what was made of a route of the Gateway API.
type httpTable struct {
	object            string // VirtualService shop/cart
	namespace, domain string // for hosts without a dot
	routes            []*networkingapi.HTTPRoute
	fields            []string // the path of each route in its object: spec.http[0]
	gateway           string   // what match.gateways has to name: mesh, or ns/name

	// objects are the objects of the routes, where they are not all of one: parallel
	// to routes, empty entries for object.
	objects []string
	// gatewayAPI: prefixes of paths end where a segment does, a prefix can be taken
	// away, and a backend that does not exist is 500 (istio: UseGatewaySemantics).
	gatewayAPI bool
	// waypoint: a match on labels of the client is left out.
	waypoint bool
	// notes are put on every branch.
	notes []string
}

// httpBranches returns what is made of the request, in the order of the routes. Each
// match is tried on its own, the alternatives of a route one after the other, as
// istiod makes a route of Envoy's of each (istio: core/route/route.go
// BuildHTTPRoutesForVirtualService). The last branch is 404, unless a route
// certainly matches. A table without routes is 404.
func httpBranches(t httpTable, r Request) []Branch {
	return route(t.entries(r), t.object, r)
}

// entry is one route of Envoy's: a route with one of its matches.
type entry struct {
	table         *httpTable
	object, field string
	route         *networkingapi.HTTPRoute
	match         *networkingapi.HTTPMatchRequest // nil: everything
	nth           int                             // of the route's matches
}

// entries are the routes that the proxy gets: port, gateway and the proxy's own
// labels and namespace are known to istiod, which leaves out what does not match
// them. Nothing comes after a route that takes everything. An empty result is no
// route at all, which a sidecar and a waypoint treat as no VirtualService.
func (t *httpTable) entries(r Request) []entry {
	var out []entry
	for i, h := range t.routes {
		if h == nil {
			continue
		}
		e := entry{table: t, object: t.object, route: h}
		if i < len(t.fields) {
			e.field = t.fields[i]
		}
		if i < len(t.objects) && t.objects[i] != "" {
			e.object = t.objects[i]
		}
		if len(h.GetMatch()) == 0 {
			return append(out, e)
		}
		for j, m := range h.GetMatch() {
			if !t.concerns(m, r) {
				continue
			}
			e.match, e.nth = m, j
			out = append(out, e)
			if e.catchAll() {
				return out
			}
		}
	}
	return out
}

// concerns reports whether istiod gives the match to the proxy. Where it names
// gateways the labels and the namespace are not looked at (core/route/route.go
// sourceMatchHTTP); a waypoint knows no labels (core/listener_waypoint.go
// waypointInboundRoute).
func (t *httpTable) concerns(m *networkingapi.HTTPMatchRequest, r Request) bool {
	if m.GetPort() != 0 && m.GetPort() != uint32(r.Port) || t.waypoint && len(m.GetSourceLabels()) > 0 {
		return false
	}
	if len(m.GetGateways()) > 0 {
		return slices.ContainsFunc(m.GetGateways(), func(g string) bool { return gatewayName(g, t.namespace) == t.gateway })
	}
	return from(m.GetSourceLabels(), m.GetSourceNamespace(), r)
}

// from reports whether the proxy has the labels and is in the namespace.
func from(labels map[string]string, namespace string, r Request) bool {
	for k, v := range labels {
		if have, ok := r.SourceLabels[k]; !ok || have != v {
			return false
		}
	}
	return namespace == "" || namespace == r.SourceNamespace
}

// catchAll reports whether the match takes every request (core/route/route.go
// IsCatchAllRoute).
func (e entry) catchAll() bool {
	m := e.match
	if len(m.GetHeaders())+len(m.GetWithoutHeaders())+len(m.GetQueryParams()) > 0 || m.GetMethod() != nil || m.GetAuthority() != nil || m.GetScheme() != nil {
		return false
	}
	switch u := m.GetUri().GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return false
	case *networkingapi.StringMatch_Prefix:
		return u.Prefix == "/"
	case *networkingapi.StringMatch_Regex:
		return u.Regex == ".*"
	}
	return true
}

// route chooses among routes; object is named where none matches.
func route(entries []entry, object string, r Request) []Branch {
	var options []option
	var notes []string
	for _, e := range entries {
		options = append(options, option{object: e.object, field: e.matchField(), when: e.conditions(r), then: []Branch{e.branch(r)}})
		notes = append(notes, e.table.notes...)
	}
	notes = distinct(notes, func(a, b string) bool { return a == b })
	return choose(options, []Branch{{Object: object, Answer: &Answer{Status: 404, Why: whyNoRoute, Near: nearest(options)}, Notes: notes}})
}
