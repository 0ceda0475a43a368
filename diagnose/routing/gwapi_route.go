package routing

import (
	"cmp"
	"time"

	networkingapi "istio.io/api/networking/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// gwRoute is a route of any kind, as istiod converts it.
type gwRoute struct {
	kind, namespace, name string
	created               time.Time
	parents               []gatewayv1.ParentReference
	hostnames             []string // of TCPRoutes and where there are none: *
	domain                string
	grants                []*gatewayv1.ReferenceGrant
	// rules in the order in which they are written, one for each match. Whatever is
	// broken in one takes them all out of effect.
	rules  []*gwRule
	broken string
}

// gwRule is one match of one rule.
type gwRule struct {
	*gwRoute
	field    string // spec.rules[0].matches[1]
	backends []gwBackend
	notes    []string
	// http and match are the same as a VirtualService says it; no http: not of an HTTP
	// route, no match: everything.
	http  *networkingapi.HTTPRoute
	match *networkingapi.HTTPMatchRequest
}

// object names the route.
func (r *gwRoute) object() string { return r.kind + " " + r.namespace + "/" + r.name }

// empty reports whether no backend gets a share.
func (r *gwRule) empty() bool { return len(r.backends) == 0 }

// gwRoutes are the routes that a query brings.
type gwRoutes struct {
	http   []*gatewayv1.HTTPRoute
	grpc   []*gatewayv1.GRPCRoute
	tls    []*gatewayv1.TLSRoute
	tcp    []*gatewayv1.TCPRoute
	grants []*gatewayv1.ReferenceGrant
	domain string
	mesh   bool // as the mesh sees them, and not a gateway
}

// all converts the routes (gateway/route_collections.go).
func (q gwRoutes) all() []*gwRoute {
	var out []*gwRoute
	for _, r := range q.http {
		if r != nil {
			n := q.route(kindHTTPRoute, r.ObjectMeta, r.Spec.CommonRouteSpec, r.Spec.Hostnames)
			n.httpRules(r.Spec.Rules, q.mesh)
			out = append(out, n)
		}
	}
	for _, r := range q.grpc {
		if r != nil {
			n := q.route(kindGRPCRoute, r.ObjectMeta, r.Spec.CommonRouteSpec, r.Spec.Hostnames)
			n.grpcRules(r.Spec.Rules, q.mesh)
			out = append(out, n)
		}
	}
	for _, r := range q.tls {
		if r != nil {
			n := q.route(kindTLSRoute, r.ObjectMeta, r.Spec.CommonRouteSpec, r.Spec.Hostnames)
			for i, rule := range r.Spec.Rules {
				n.streamRule(i, rule.BackendRefs, q.mesh)
			}
			out = append(out, n)
		}
	}
	for _, r := range q.tcp {
		if r != nil {
			n := q.route(kindTCPRoute, r.ObjectMeta, r.Spec.CommonRouteSpec, nil)
			for i, rule := range r.Spec.Rules {
				n.streamRule(i, rule.BackendRefs, q.mesh)
			}
			out = append(out, n)
		}
	}
	return out
}

func (q gwRoutes) route(kind string, m metav1.ObjectMeta, spec gatewayv1.CommonRouteSpec, hostnames []gatewayv1.Hostname) *gwRoute {
	out := &gwRoute{
		kind: kind, namespace: m.Namespace, name: m.Name, created: m.CreationTimestamp.Time,
		parents: spec.ParentRefs, domain: q.domain, grants: q.grants,
	}
	for _, h := range hostnames {
		out.hostnames = append(out.hostnames, string(h))
	}
	if len(hostnames) == 0 {
		out.hostnames = []string{"*"}
	}
	return out
}

// fails takes the route out of effect.
func (r *gwRoute) fails(field, why string) {
	r.rules, r.broken = nil, r.object()+" is not in effect: "+field+": "+why
}

// streamRule converts a rule of a TLSRoute or TCPRoute (gateway/conversion.go:
// convertTCPRoute, convertTLSRoute).
func (r *gwRoute) streamRule(i int, refs []gatewayv1.BackendRef, mesh bool) {
	if r.broken != "" {
		return
	}
	field := ruleField(i)
	backends, broken := r.backends(refs, mesh)
	if broken != "" {
		r.fails(field, broken)
		return
	}
	r.rules = append(r.rules, &gwRule{gwRoute: r, field: field, backends: backends})
}

// older orders routes by age, then by namespace and name (gateway/conversion.go:
// sortRoutesByCreationTime).
func older(a, b *gwRoute) int {
	return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
}

// stream is what becomes of a connection that a rule forwards as it is. The share of
// a backend that there is no way to is closed.
func (r *gwRule) stream() []Branch {
	b := Branch{Object: r.object(), Field: r.field}
	var weights []int32
	for _, to := range r.backends {
		weights = append(weights, to.weight)
	}
	why := "no backend has a weight"
	for i, percent := range shares(weights) {
		if to := r.backends[i]; to.why != "" {
			why = to.why
			b.Notes = append(b.Notes, number(percent)+" % of the connections are closed: "+to.why)
		} else {
			b.Destinations = append(b.Destinations, Destination{Host: to.host, Port: to.port, Weight: percent})
		}
	}
	if len(b.Destinations) == 0 {
		b.Notes, b.Answer = nil, &Answer{Why: why}
	}
	return []Branch{b}
}

// option is what becomes of a request that matches the rule.
func (r *gwRule) option(q Request) option {
	e := entry{table: &httpTable{gatewayAPI: true, notes: r.notes}, object: r.object(), field: r.field, route: r.http, match: r.match}
	b := e.branch(q)
	if b.Answer != nil && b.Answer.Status == 500 && b.Answer.Location == "" {
		b.Answer.Why = "no backend has a weight"
		for _, to := range r.backends {
			b.Answer.Why, b.Answer.Near = to.why, to.near
		}
	}
	return option{object: e.object, field: e.matchField(), when: e.conditions(q), then: []Branch{b}}
}

// catchAll reports whether the rule takes every request.
func (r *gwRule) catchAll() bool { return entry{match: r.match}.catchAll() }
