package routing

import (
	"cmp"
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// sortRules puts rules in the order in which they are tried: exact paths, prefixes,
// regexes and no path; the longer before the shorter; then those with a method, with
// more headers, with more parameters; rules without a match last. What is equal stays
// as it is (gateway/conversion.go: sortHTTPRoutes).
func sortRules(rules []*gwRule) {
	slices.SortStableFunc(rules, func(a, b *gwRule) int {
		m, n := a.match, b.match
		if m == nil || n == nil {
			return yesFirst(m != nil, n != nil)
		}
		aKind, aLength := pathRank(m)
		bKind, bLength := pathRank(n)
		return cmp.Or(
			cmp.Compare(bKind, aKind),
			cmp.Compare(bLength, aLength),
			yesFirst(m.GetMethod() != nil, n.GetMethod() != nil),
			cmp.Compare(len(n.GetHeaders()), len(m.GetHeaders())),
			cmp.Compare(len(n.GetQueryParams()), len(m.GetQueryParams())),
		)
	})
}

func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// pathRank ranks the kind of a path's match, and gives its length.
func pathRank(m *networkingapi.HTTPMatchRequest) (kind, length int) {
	switch u := m.GetUri().GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return 3, len(u.Exact)
	case *networkingapi.StringMatch_Prefix:
		return 2, len(u.Prefix)
	case *networkingapi.StringMatch_Regex:
		return 1, len(u.Regex)
	}
	return 0, 0
}

// gwGroup are the rules that istiod makes one VirtualService of: those of all routes
// with the same host at the same parent (gateway/route_collections.go: mergeHTTPRoutes).
type gwGroup struct {
	host, name string
	routes     []*gwRoute
	rules      []*gwRule
}

// groups puts routes together by a key: the name of the VirtualService. Their order
// is that in which proxies of a namespace try them: the namespace's own first, then by
// age and name (model/push_context.go: VirtualServicesForGateway,
// model/virtualservice_controller.go).
type groups map[string]*gwGroup

func (g groups) add(key, host string, r *gwRoute) {
	if g[key] == nil {
		g[key] = &gwGroup{host: host, name: key}
	}
	if !slices.Contains(g[key].routes, r) {
		g[key].routes = append(g[key].routes, r)
	}
}

// sorted returns the groups in order, as far as a proxy of the namespace gets them:
// nothing comes after a rule that takes everything.
func (g groups) sorted(namespace string) []*gwGroup {
	out := make([]*gwGroup, 0, len(g))
	for _, one := range g {
		slices.SortStableFunc(one.routes, older)
		for _, r := range one.routes {
			one.rules = append(one.rules, r.rules...)
		}
		sortRules(one.rules)
		if i := slices.IndexFunc(one.rules, (*gwRule).catchAll); i >= 0 {
			one.rules = one.rules[:i+1]
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b *gwGroup) int {
		x, y := a.routes[0], b.routes[0]
		return cmp.Or(
			yesFirst(x.namespace == namespace, y.namespace == namespace),
			x.created.Compare(y.created),
			cmp.Compare(a.name, b.name),
		)
	})
	return out
}
