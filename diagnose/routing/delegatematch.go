package routing

import (
	"maps"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// mergeMatches pairs every match of the delegate with each of the root's that it does
// not contradict. One that contradicts all costs the whole route (mergeHTTPMatchRequests).
func mergeMatches(root, sub []*networkingapi.HTTPMatchRequest) ([]*networkingapi.HTTPMatchRequest, bool) {
	if len(root) == 0 {
		return sub, true
	}
	if len(sub) == 0 {
		return root, true
	}
	var out []*networkingapi.HTTPMatchRequest
	for _, s := range sub {
		found := false
		for _, r := range root {
			if !contradict(r, s) {
				found = true
				out = append(out, mergeMatch(r, s))
			}
		}
		if !found {
			return nil, false
		}
	}
	return out, true
}

// mergeMatch takes what the delegate does not say from the root. Whether case counts
// is the delegate's, and the same in both (mergeHTTPMatchRequest).
func mergeMatch(root, sub *networkingapi.HTTPMatchRequest) *networkingapi.HTTPMatchRequest {
	either := func(a, b *networkingapi.StringMatch) *networkingapi.StringMatch {
		if a != nil {
			return a
		}
		return b
	}
	out := &networkingapi.HTTPMatchRequest{
		Uri: either(sub.GetUri(), root.GetUri()), Scheme: either(sub.GetScheme(), root.GetScheme()),
		Method: either(sub.GetMethod(), root.GetMethod()), Authority: either(sub.GetAuthority(), root.GetAuthority()),
		IgnoreUriCase:   sub.GetIgnoreUriCase(),
		Headers:         both(root.GetHeaders(), sub.GetHeaders()),
		WithoutHeaders:  both(root.GetWithoutHeaders(), sub.GetWithoutHeaders()),
		QueryParams:     both(root.GetQueryParams(), sub.GetQueryParams()),
		SourceLabels:    both(root.GetSourceLabels(), sub.GetSourceLabels()),
		SourceNamespace: sub.GetSourceNamespace(), Port: sub.GetPort(), Gateways: sub.GetGateways(),
	}
	if out.Port == 0 {
		out.Port = root.GetPort()
	}
	if out.SourceNamespace == "" {
		out.SourceNamespace = root.GetSourceNamespace()
	}
	if len(out.Gateways) == 0 {
		out.Gateways = root.GetGateways()
	}
	return out
}

// both merges maps; the second is stronger.
func both[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, b)
	return out
}

// contradict reports whether the delegate's match does not lie within the root's
// (hasConflict).
func contradict(root, sub *networkingapi.HTTPMatchRequest) bool {
	for _, m := range [][2]*networkingapi.StringMatch{
		{root.GetUri(), sub.GetUri()},
		{root.GetScheme(), sub.GetScheme()},
		{root.GetMethod(), sub.GetMethod()},
		{root.GetAuthority(), sub.GetAuthority()},
	} {
		if outside(m[0], m[1]) {
			return true
		}
	}
	anyOutside := func(root, sub map[string]*networkingapi.StringMatch) bool {
		for k, v := range sub {
			if outside(root[k], v) {
				return true
			}
		}
		return false
	}
	if anyOutside(root.GetHeaders(), sub.GetHeaders()) || anyOutside(root.GetWithoutHeaders(), sub.GetWithoutHeaders()) ||
		anyOutside(root.GetQueryParams(), sub.GetQueryParams()) {
		return true
	}
	for k, v := range sub.GetSourceLabels() {
		if have, ok := root.GetSourceLabels()[k]; ok && have != v {
			return true
		}
	}
	switch {
	case root.GetIgnoreUriCase() != sub.GetIgnoreUriCase(),
		root.GetPort() > 0 && sub.GetPort() > 0 && root.GetPort() != sub.GetPort(),
		root.GetSourceNamespace() != "" && root.GetSourceNamespace() != sub.GetSourceNamespace():
		return true
	}
	return len(root.GetGateways()) > 0 && (len(root.GetGateways()) < len(sub.GetGateways()) ||
		slices.ContainsFunc(sub.GetGateways(), func(g string) bool { return !slices.Contains(root.GetGateways(), g) }))
}

// outside reports whether what sub matches is not all matched by root. Two of which
// one is a regex are never within each other, not even the same; nor is presence
// (stringMatchConflict).
func outside(root, sub *networkingapi.StringMatch) bool {
	switch {
	case root == nil || sub == nil:
		return false
	case root.GetRegex() != "" || sub.GetRegex() != "":
		return true
	case root.GetExact() != "":
		return sub.GetPrefix() != "" || sub.GetExact() != root.GetExact()
	case root.GetPrefix() != "" && sub.GetPrefix()+sub.GetExact() != "":
		return !strings.HasPrefix(sub.GetPrefix()+sub.GetExact(), root.GetPrefix())
	}
	return true
}
