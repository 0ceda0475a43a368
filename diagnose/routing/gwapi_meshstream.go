package routing

import "slices"

// stream is what becomes of a connection that is not read as HTTP.
func (q GatewayAPIMeshQuery) stream(routes []*gwRoute) []Branch {
	switch {
	case q.Waypoint:
		return q.waypointStream(routes)
	case q.TLSPort:
		return q.named(routes)
	}
	return first(routes, kindTCPRoute, func(*gwRule) bool { return true })
}

// first is what the first rule of a kind does that is meant.
func first(routes []*gwRoute, kind string, meant func(*gwRule) bool) []Branch {
	for _, r := range routes {
		for _, rule := range r.rules {
			if r.kind == kind && meant(rule) {
				return rule.stream()
			}
		}
	}
	return nil
}

// waypointStream takes a TLSRoute before a TCPRoute, and only one that is for the
// host itself, for a waypoint looks at no SNI (networking/core/listener_waypoint.go:
// getWaypointTCPRoutes).
func (q GatewayAPIMeshQuery) waypointStream(routes []*gwRoute) []Branch {
	_, host := q.parent()
	own := func(rule *gwRule) bool {
		names := meshNames(rule, host)
		return rule.empty() || len(names) == 1 && names[0] == host
	}
	if out := first(routes, kindTLSRoute, own); out != nil {
		return out
	}
	return first(routes, kindTCPRoute, func(*gwRule) bool { return true })
}

// named chooses among TLSRoutes by the SNI; the first that has a name has it
// (networking/core/tls.go: buildSidecarOutboundTLSFilterChainOpts).
func (q GatewayAPIMeshQuery) named(routes []*gwRoute) []Branch {
	_, host := q.parent()
	by := map[string]*gwRule{}
	var names []string
	for _, r := range routes {
		for _, rule := range r.rules {
			if r.kind != kindTLSRoute || rule.empty() {
				continue
			}
			for _, n := range meshNames(rule, host) {
				if by[n] == nil {
					by[n] = rule
					names = append(names, n)
				}
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, bySpecificity)
	var options []option
	for _, n := range names {
		when := []condition{askAttr("SNI", false, q.Request.SNI, hostTest(n))}
		options = append(options, option{object: by[n].object(), when: when, then: by[n].stream()})
	}
	return choose(options, []Branch{gwClosed("no TLSRoute is for this SNI")})
}

// meshNames are the SNIs that a rule of a TLSRoute is for at a host: the host's own
// where the route names none, and of several those that go with it
// (gateway/conversion.go: augmentTLSPortMatch, compatibleRoutesForHost).
func meshNames(rule *gwRule, host string) []string {
	names := rule.hostnames
	switch {
	case len(names) == 1 && names[0] == "*":
		return []string{host}
	case len(names) == 1:
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !overlap(host, n) })
}
