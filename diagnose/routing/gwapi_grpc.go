package routing

import (
	"fmt"

	networkingapi "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// grpcRules converts the rules of a GRPCRoute (gateway/conversion.go:
// convertGRPCRoute). Unlike in an HTTPRoute nothing is defaulted, and a mirror that
// there is no way to is fatal.
func (r *gwRoute) grpcRules(rules []gatewayv1.GRPCRouteRule, mesh bool) {
	for i, rule := range rules {
		base, broken := r.grpcRule(rule, mesh)
		if broken != "" {
			r.fails(ruleField(i), broken)
			return
		}
		if len(rule.Matches) == 0 {
			r.add(base, ruleField(i), nil)
		}
		for j, m := range rule.Matches {
			match, broken := grpcMatch(m)
			if broken != "" {
				r.fails(matchField(i, j, 2), broken)
				return
			}
			r.add(base, matchField(i, j, len(rule.Matches)), match)
		}
	}
}

func (r *gwRoute) grpcRule(rule gatewayv1.GRPCRouteRule, mesh bool) (gwRule, string) {
	out := gwRule{http: &networkingapi.HTTPRoute{}}
	for _, f := range rule.Filters {
		var broken string
		switch f.Type {
		case gatewayv1.GRPCRouteFilterRequestHeaderModifier:
			broken = requestHeaders(&out.http.Headers, f.RequestHeaderModifier)
		case gatewayv1.GRPCRouteFilterResponseHeaderModifier:
			_, broken = headerOperations(f.ResponseHeaderModifier)
		case gatewayv1.GRPCRouteFilterRequestMirror:
			broken = r.mirror(&out, f.RequestMirror, mesh)
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

// grpcMatch converts a match: a method is the path /service/method
// (createGRPCURIMatch).
func grpcMatch(m gatewayv1.GRPCRouteMatch) (*networkingapi.HTTPMatchRequest, string) {
	out := &networkingapi.HTTPMatchRequest{}
	var broken string
	if m.Method != nil {
		out.Uri, broken = grpcMethod(*m.Method)
	}
	for _, h := range m.Headers {
		addMatch(&out.Headers, string(h.Name), value(h.Type), h.Value, &broken)
	}
	return out, broken
}

func grpcMethod(m gatewayv1.GRPCMethodMatch) (*networkingapi.StringMatch, string) {
	service, method := value(m.Service), value(m.Method)
	kind := gatewayv1.GRPCMethodMatchExact
	if m.Type != nil {
		kind = *m.Type
	}
	exact := kind == gatewayv1.GRPCMethodMatchExact
	switch {
	case m.Service == nil && m.Method == nil:
		return nil, "a method match needs a service or a method"
	case !exact && kind != gatewayv1.GRPCMethodMatchRegularExpression:
		return nil, fmt.Sprintf("method type %q is not supported", kind)
	case m.Service == nil:
		return regexMatch("/[^/]+/" + method), ""
	case exact && m.Method == nil:
		return prefixMatch("/" + service + "/"), ""
	case exact:
		return exactMatch("/" + service + "/" + method), ""
	case m.Method == nil:
		return regexMatch("/" + service + "/.+"), ""
	}
	return regexMatch("/" + service + "/" + method), ""
}
