package routing

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// gatewayHost is a virtual host of a gateway.
type gatewayHost struct {
	name      string
	entries   []entry
	object    string // the last VirtualService in it
	httpsOnly server // without a spec: plain HTTP is served
}

// gatewayHTTP is what servers that share their routes do with a request: the virtual
// host is found by the Host header, in it the first route that matches. No virtual
// host, or no route, is 404 (istio: core/gateway.go buildGatewayHTTPRouteConfig).
func (q GatewayQuery) gatewayHTTP(group []server) []Branch {
	r := q.Request
	r.HTTP, r.Port = true, group[0].port()
	r.SourceNamespace = q.Namespace
	r.SourceLabels = q.Labels
	host := r.Host
	if h, ok := host.Get(); ok {
		host = authz.Known(withoutPort(h))
	}
	hosts := q.gatewayHosts(group, r)
	slices.SortStableFunc(hosts, func(a, b *gatewayHost) int { return specificity(a.name, b.name) })
	var options []option
	for _, h := range hosts {
		o := option{object: h.object, then: h.branches(r)}
		if h.name != "*" {
			o.when = []condition{askAttr("host", false, host, hostTest(h.name))}
		}
		options = append(options, o)
	}
	why := "no VirtualService of Gateway " + group[0].gateway + " has the host"
	if len(hosts) == 0 {
		why = "no VirtualService has a route for " + group[0].words()
	}
	return choose(options, []Branch{{Object: "Gateway " + group[0].gateway, Field: group[0].field, Answer: &Answer{Status: 404, Why: why, Near: q.nearService(group, r)}}})
}

// branches are those of one virtual host. A route that takes everything goes behind
// the others, which counts where several VirtualServices have the host
// (core/route/route.go SortVHostRoutes).
func (h *gatewayHost) branches(r Request) []Branch {
	if h.httpsOnly.spec != nil && !r.TLS {
		return []Branch{{
			Object: "Gateway " + h.httpsOnly.gateway, Field: h.httpsOnly.field + ".tls.httpsRedirect",
			Answer: toHTTPS(r),
		}}
	}
	entries := slices.Clone(h.entries)
	slices.SortStableFunc(entries, func(a, b entry) int {
		switch {
		case a.catchAll() == b.catchAll():
			return 0
		case b.catchAll():
			return -1
		}
		return 1
	})
	return route(entries, h.object, r)
}

// gatewayHosts are the virtual hosts: what a server and a VirtualService that is bound
// to its Gateway have in common. A host of several VirtualServices has the routes of
// all of them, from the oldest to the newest.
func (q GatewayQuery) gatewayHosts(group []server, r Request) []*gatewayHost {
	var out []*gatewayHost
	at := func(name string) *gatewayHost {
		name = strings.ToLower(name)
		if i := slices.IndexFunc(out, func(h *gatewayHost) bool { return h.name == name }); i >= 0 {
			return out[i]
		}
		out = append(out, &gatewayHost{name: name})
		return out[len(out)-1]
	}
	for _, s := range group {
		r.Port = s.port()
		for _, v := range q.scope().services(s.gateway) {
			own := v
			entries := own.http.entries(r)
			if len(entries) == 0 {
				continue
			}
			for _, name := range intersection(s.hostsFor(v.namespace), v.hosts) {
				h := at(name)
				h.entries, h.object = append(h.entries, entries...), v.object
				if s.spec.GetTls().GetHttpsRedirect() {
					h.httpsOnly = s
				}
			}
		}
		for _, name := range s.httpsOnly() {
			at(name).httpsOnly = s
		}
	}
	return out
}
