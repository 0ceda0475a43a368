package routing

import (
	"fmt"
	"strconv"

	networkingapi "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// ruleField and matchField say where a rule stands. A rule with one match is not told
// from its match.
func ruleField(i int) string { return "spec.rules[" + strconv.Itoa(i) + "]" }

func matchField(i, j, of int) string {
	if of < 2 {
		return ruleField(i)
	}
	return ruleField(i) + ".matches[" + strconv.Itoa(j) + "]"
}

// httpRules converts the rules of an HTTPRoute, one for each match
// (gateway/conversion.go: convertHTTPRoute), with the API server's defaults.
func (r *gwRoute) httpRules(rules []gatewayv1.HTTPRouteRule, mesh bool) {
	if rules == nil {
		rules = []gatewayv1.HTTPRouteRule{{}}
	}
	for i, rule := range rules {
		base, broken := r.httpRule(rule, mesh)
		if broken != "" {
			r.fails(ruleField(i), broken)
			return
		}
		matches := rule.Matches
		if matches == nil {
			matches = []gatewayv1.HTTPRouteMatch{{}}
		}
		if len(matches) == 0 {
			r.add(base, ruleField(i), nil)
		}
		for j, m := range matches {
			match, broken := httpMatch(m)
			if broken != "" {
				r.fails(matchField(i, j, 2), broken)
				return
			}
			r.add(base, matchField(i, j, len(matches)), match)
		}
	}
}

// add adds a rule for a match; nil: of everything.
func (r *gwRoute) add(base gwRule, field string, match *networkingapi.HTTPMatchRequest) {
	n := base
	n.gwRoute, n.field, n.match = r, field, match
	r.rules = append(r.rules, &n)
}

// httpRule converts what a rule does, and tells what is broken about it.
func (r *gwRoute) httpRule(rule gatewayv1.HTTPRouteRule, mesh bool) (gwRule, string) {
	out := gwRule{http: &networkingapi.HTTPRoute{}}
	for _, f := range rule.Filters {
		var broken string
		switch f.Type {
		case gatewayv1.HTTPRouteFilterRequestHeaderModifier:
			broken = requestHeaders(&out.http.Headers, f.RequestHeaderModifier)
		case gatewayv1.HTTPRouteFilterResponseHeaderModifier:
			_, broken = headerOperations(f.ResponseHeaderModifier)
		case gatewayv1.HTTPRouteFilterRequestRedirect:
			out.http.Redirect = redirect(f.RequestRedirect)
		case gatewayv1.HTTPRouteFilterURLRewrite:
			out.http.Rewrite = rewrite(f.URLRewrite)
		case gatewayv1.HTTPRouteFilterRequestMirror:
			if why := r.mirror(&out, f.RequestMirror, mesh); why != "" {
				out.notes = append(out.notes, "nothing is mirrored: "+why)
			}
		case gatewayv1.HTTPRouteFilterCORS:
		default:
			broken = fmt.Sprintf("filter type %q is not supported", f.Type)
		}
		if broken != "" {
			return out, broken
		}
	}
	refs := make([]gwWeighted, len(rule.BackendRefs))
	for i, b := range rule.BackendRefs {
		refs[i].BackendRef = b.BackendRef
		for _, f := range b.Filters {
			refs[i].filters = append(refs[i].filters, gwFilter{string(f.Type), f.RequestHeaderModifier, f.ResponseHeaderModifier})
		}
	}
	return out, r.send(&out, refs, mesh)
}

// gwWeighted is a reference to a backend with its own filters.
type gwWeighted struct {
	gatewayv1.BackendRef
	filters []gwFilter
}

type gwFilter struct {
	kind              string
	request, response *gatewayv1.HTTPHeaderFilter
}

// send fills in where a rule sends, 500 if that is nowhere (gateway/conversion.go:
// buildHTTPDestination, buildGRPCDestination).
func (r *gwRoute) send(out *gwRule, refs []gwWeighted, mesh bool) (broken string) {
	plain := make([]gatewayv1.BackendRef, len(refs))
	var kept []gwWeighted
	for i, ref := range refs {
		plain[i] = ref.BackendRef
		if weight(ref.BackendRef) > 0 {
			kept = append(kept, ref)
		}
	}
	if len(kept) == 0 && out.http.Redirect == nil {
		out.http.DirectResponse = &networkingapi.HTTPDirectResponse{Status: 500}
		return ""
	}
	if out.backends, broken = r.backends(plain, mesh); broken != "" {
		return broken
	}
	for i, ref := range kept {
		to := out.backends[i]
		d := &networkingapi.HTTPRouteDestination{Destination: &networkingapi.Destination{}, Weight: to.weight}
		if to.why == "" {
			d.Destination = &networkingapi.Destination{Host: to.host, Port: &networkingapi.PortSelector{Number: uint32(to.port)}}
		} else if len(kept) > 1 {
			out.notes = append(out.notes, to.why)
		}
		for _, f := range ref.filters {
			switch f.kind {
			case string(gatewayv1.HTTPRouteFilterRequestHeaderModifier):
				broken = requestHeaders(&d.Headers, f.request)
			case string(gatewayv1.HTTPRouteFilterResponseHeaderModifier):
				_, broken = headerOperations(f.response)
			default:
				broken = fmt.Sprintf("filter type %q of a backend is not supported", f.kind)
			}
			if broken != "" {
				return broken
			}
		}
		out.http.Route = append(out.http.Route, d)
	}
	return ""
}
