package routing

import (
	"fmt"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// httpMatch converts a match; what the API server would default is defaulted.
func httpMatch(m gatewayv1.HTTPRouteMatch) (*networkingapi.HTTPMatchRequest, string) {
	out := &networkingapi.HTTPMatchRequest{}
	kind, path := gatewayv1.PathMatchPathPrefix, "/"
	if m.Path != nil && m.Path.Type != nil {
		kind = *m.Path.Type
	}
	if m.Path != nil && m.Path.Value != nil {
		path = *m.Path.Value
	}
	switch kind {
	case gatewayv1.PathMatchPathPrefix:
		if path != "/" {
			path = strings.TrimSuffix(path, "/")
		}
		out.Uri = prefixMatch(path)
	case gatewayv1.PathMatchExact:
		out.Uri = exactMatch(path)
	case gatewayv1.PathMatchRegularExpression:
		out.Uri = regexMatch(path)
	default:
		return nil, fmt.Sprintf("path type %q is not supported", kind)
	}
	if m.Method != nil {
		out.Method = exactMatch(string(*m.Method))
	}
	var broken string
	for _, h := range m.Headers {
		addMatch(&out.Headers, string(h.Name), orElse(h.Type, ""), h.Value, &broken)
	}
	for _, p := range m.QueryParams {
		addMatch(&out.QueryParams, string(p.Name), orElse(p.Type, ""), p.Value, &broken)
	}
	return out, broken
}

// addMatch adds the match of a header or a parameter; the last of a name counts.
func addMatch(to *map[string]*networkingapi.StringMatch, name, kind, v string, broken *string) {
	if *to == nil {
		*to = map[string]*networkingapi.StringMatch{}
	}
	switch kind {
	case "", string(gatewayv1.HeaderMatchExact):
		(*to)[name] = exactMatch(v)
	case string(gatewayv1.HeaderMatchRegularExpression):
		(*to)[name] = regexMatch(v)
	default:
		*broken = fmt.Sprintf("match type %q of %s is not supported", kind, name)
	}
}

func exactMatch(v string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: v}}
}

func prefixMatch(v string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: v}}
}

func regexMatch(v string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: v}}
}
