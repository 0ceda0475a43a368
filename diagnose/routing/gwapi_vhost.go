package routing

import (
	"cmp"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// http is what the listeners that share a table of virtual hosts do: one virtual host
// for each name that a route and a listener have in common
// (networking/core/gateway.go: buildGatewayHTTPRouteConfig).
func (g *gwGateway) http(on []*gwListener) []Branch {
	hosts := map[string][]*gwRule{}
	for _, l := range on {
		found := groups{}
		for _, a := range g.attached {
			if a.listener != l {
				continue
			}
			for _, h := range a.route.hostnames {
				if g.isolated(l, h) {
					found.add(h, h, a.route)
				}
			}
		}
		for _, one := range found.sorted(g.q.Gateway.Namespace) {
			for _, h := range intersect([]string{one.host}, l.host) {
				hosts[strings.ToLower(h)] = append(hosts[strings.ToLower(h)], one.rules...)
			}
		}
	}
	names := make([]string, 0, len(hosts))
	for h := range hosts {
		names = append(names, h)
	}
	slices.SortFunc(names, bySpecificity)
	host := g.q.Request.Host
	if v, ok := host.Get(); ok {
		host = authz.Known(withoutPort(v))
	}
	var options []option
	for _, name := range names {
		o := option{object: g.object(), then: rulesBranches(hosts[name], g.q.Request)}
		if name != "*" {
			o.when = []condition{askAttr("host", false, host, hostTest(name))}
		}
		options = append(options, o)
	}
	return choose(options, []Branch{gwNotFound()})
}

func (g *gwGateway) object() string {
	return kindGateway + " " + g.q.Gateway.Namespace + "/" + g.q.Gateway.Name
}

// gwNotFound is the answer where none of the options matches.
func gwNotFound(options ...option) Branch {
	return Branch{Answer: &Answer{Status: 404, Why: whyNoRoute, Near: nearest(options)}}
}

// rulesBranches tries rules in order, those that take everything last
// (networking/core/route/route.go: SortVHostRoutes).
func rulesBranches(rules []*gwRule, r Request) []Branch {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b *gwRule) int { return yesFirst(!a.catchAll(), !b.catchAll()) })
	options := make([]option, len(rules))
	for i, rule := range rules {
		options[i] = rule.option(r)
	}
	return choose(options, []Branch{gwNotFound(options...)})
}

// isolated reports whether a host of a route is this listener's, and not that of a
// listener beside it with a closer hostname (gateway/conversion.go:
// hostnameAllowedByIsolation).
func (g *gwGateway) isolated(l *gwListener, host string) bool {
	own := value(l.Hostname)
	if own != "" && !wildcard(own) {
		return true
	}
	if own != "" && !overlap(host, own) {
		return false
	}
	return !slices.ContainsFunc(g.listeners, func(o *gwListener) bool {
		other := value(o.Hostname)
		return o.Port == l.Port && o.Protocol == l.Protocol && other != own && len(own) <= len(other) && within(host, other)
	})
}

// streams are the routes of connections at a listener, in the order in which they
// are tried.
func (g *gwGateway) streams(l *gwListener) []*gwRoute {
	var out []*gwRoute
	for _, a := range g.attached {
		if a.listener == l && (a.route.kind == kindTCPRoute || a.route.kind == kindTLSRoute) {
			out = append(out, a.route)
		}
	}
	slices.SortStableFunc(out, streamOrder(g.q.Gateway.Namespace))
	return out
}

// streamOrder is that of the VirtualServices made of routes of connections.
func streamOrder(namespace string) func(a, b *gwRoute) int {
	return func(a, b *gwRoute) int {
		return cmp.Or(
			yesFirst(a.namespace == namespace, b.namespace == namespace),
			a.created.Compare(b.created), cmp.Compare(a.name, b.name), cmp.Compare(a.namespace, b.namespace),
		)
	}
}

// stream is the rule that takes all connections of a listener that reads no HTTP and
// ends TLS, if there is any. That of a TLSRoute without backends is none
// (networking/core/gateway.go: buildGatewayNetworkFiltersFromTCPRoutes).
func (g *gwGateway) stream(l *gwListener) *gwRule {
	for _, r := range g.streams(l) {
		for _, rule := range r.rules {
			if r.kind == kindTCPRoute || !rule.empty() {
				return rule
			}
		}
	}
	return nil
}

// intersect are the names that hosts and a pattern have in common
// (pkg/config/host/names.go: Intersection).
func intersect(hosts []string, pattern string) []string {
	var out []string
	for _, h := range hosts {
		switch {
		case within(h, pattern):
		case within(pattern, h):
			h = pattern
		default:
			continue
		}
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	return out
}

// bySpecificity orders names as a proxy looks for them.
func bySpecificity(a, b string) int {
	if a == b {
		return 0
	}
	return yesFirst(moreSpecific(a, b), moreSpecific(b, a))
}

// gwSame reports whether two branches are the same thing done to the same requests.
func gwSame(a, b Branch) bool {
	words := func(x, y authz.Atom) bool { return x.Words == y.Words }
	return a.Object == b.Object && a.Field == b.Field && (a.Answer == nil) == (b.Answer == nil) &&
		slices.EqualFunc(a.Given, b.Given, words) && slices.Equal(a.Missing, b.Missing)
}
