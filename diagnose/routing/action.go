package routing

import (
	"math"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// branch is what the route does with a request that it matches: a fault goes before
// a redirect, that before a direct response, that before the destinations (istio:
// core/route/route.go TranslateRoute).
func (e entry) branch(r Request) Branch {
	b := Branch{Object: e.object, Field: e.field, Notes: append(append([]string(nil), e.table.notes...), e.notes()...)}
	h := e.route
	b.Change = headerChange(h.GetHeaders())
	answer, notes := fault(h.GetFault())
	b.Notes = append(b.Notes, notes...)
	switch {
	case answer != nil:
		b.Answer, b.Change = answer, Change{}
	case h.GetRedirect() != nil:
		b.Change = Change{}
		e.redirect(&b, r)
	case h.GetDirectResponse() != nil:
		b.Change = Change{}
		b.Answer = &Answer{Status: int(h.GetDirectResponse().GetStatus()), Why: "direct response"}
	default:
		e.forward(&b)
	}
	return b
}

// forward fills in the destinations, and what is rewritten on the way there.
func (e entry) forward(b *Branch) {
	if w := e.route.GetRewrite(); w != nil {
		if w.GetAuthority() != "" {
			b.Change.Host = w.GetAuthority()
		}
		var why string
		if b.Change.Path, why = e.rewrite(w); why != "" {
			b.Missing = append(b.Missing, why)
		}
	}
	var weights []int32
	for _, d := range e.route.GetRoute() {
		weights = append(weights, d.GetWeight())
	}
	lost, share := 0, shares(weights)
	for i, d := range e.route.GetRoute() {
		if share[i] < 0 {
			continue
		}
		to := e.destination(d.GetDestination())
		if to.Host == "" {
			lost += share[i]
			continue
		}
		to.Weight = share[i]
		to.Change = headerChange(d.GetHeaders())
		if b.Change.Host != "" {
			to.Change.Host = "" // the route's own is stronger (processDestination)
		}
		b.Destinations = append(b.Destinations, to)
	}
	e.withoutBackend(b, lost)
}

// withoutBackend tells of requests for which there is no destination: a backend that
// is none gets its share of them, and answers 500 in the Gateway API (core/route/
// route.go applyHTTPRouteDestination, cluster_not_found_response_code). Of a
// VirtualService's route that leads nowhere, which admission refuses, Envoy makes
// nothing.
func (e entry) withoutBackend(b *Branch, lost int) {
	status := 503
	if e.table.gatewayAPI {
		status = 500
	}
	switch {
	case len(b.Destinations) == 0:
		b.Change = Change{}
		b.Answer = &Answer{Status: status, Why: "the route has no destination"}
		if !e.table.gatewayAPI {
			b.Missing = append(b.Missing, "what the proxy does: Envoy refuses a route without a destination")
		}
	case lost > 0:
		b.Notes = append(b.Notes, percent(float64(lost))+" of the requests get "+number(status)+": a backend of the route is not valid")
	}
}

// shares turns weights into per cent, at least 1. A lone destination gets all,
// whatever its weight; -1 says that a destination among others has none.
func shares(weights []int32) []int {
	total := 0.0
	for _, w := range weights {
		total += float64(max(w, 0))
	}
	out := make([]int, len(weights))
	for i, w := range weights {
		switch {
		case len(weights) == 1:
			out[i] = 100
		case w <= 0:
			out[i] = -1
		default:
			out[i] = max(1, int(math.Round(100*float64(w)/total)))
		}
	}
	return out
}

// destination resolves where a route leads to.
func (e entry) destination(d *networkingapi.Destination) Destination {
	host := d.GetHost()
	if !e.table.gatewayAPI {
		host = fullName(host, e.table.namespace, e.table.domain)
	}
	return Destination{Host: host, Subset: d.GetSubset(), Port: uint16(d.GetPort().GetNumber())}
}

// notes are what the route does beside forwarding: mirrors.
func (e entry) notes() []string {
	var out []string
	h := e.route
	if h.GetRedirect() != nil || h.GetDirectResponse() != nil {
		return nil
	}
	if m := h.GetMirror(); m != nil {
		share := 100.0
		switch {
		case h.GetMirrorPercentage() != nil:
			share = h.GetMirrorPercentage().GetValue()
		case h.GetMirrorPercent() != nil: //nolint:staticcheck // deprecated, and still read by Istio
			share = float64(h.GetMirrorPercent().GetValue()) //nolint:staticcheck // the same
		}
		out = append(out, e.mirror(m, share)...)
	}
	for _, m := range h.GetMirrors() {
		share := 100.0
		if m.GetPercentage() != nil {
			share = m.GetPercentage().GetValue()
		}
		if m.GetDestination() != nil {
			out = append(out, e.mirror(m.GetDestination(), share)...)
		}
	}
	return out
}

// mirror tells of a copy that is sent elsewhere, and whose answer nobody sees.
func (e entry) mirror(d *networkingapi.Destination, share float64) []string {
	if share <= 0 {
		return nil
	}
	return []string{"a copy of " + percent(share) + " of the requests goes to " + e.destination(d).words()}
}

// words names a destination: reviews.default.svc.cluster.local:9080 subset v2.
func (d Destination) words() string {
	w := d.Host
	if d.Port != 0 {
		w += ":" + number(int(d.Port))
	}
	if d.Subset != "" {
		w += " subset " + d.Subset
	}
	return w
}
