package facts

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	faultv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/fault/v3"
	typev3 "github.com/envoyproxy/go-control-plane/envoy/type/v3"
)

// taken are the legs of the route that was taken.
func taken(r *routev3.Route, m Message) []leg {
	if status := aborted(r); status != "" {
		return []leg{{answer: status, weight: 100}}
	}
	switch a := r.GetAction().(type) {
	case *routev3.Route_DirectResponse:
		return []leg{{answer: fmt.Sprint(a.DirectResponse.GetStatus()), weight: 100}}
	case *routev3.Route_Redirect:
		return []leg{{answer: "redirect", weight: 100}}
	case *routev3.Route_Route:
		m = rewritten(r.GetMatch(), a.Route, changed(m, r.GetRequestHeadersToAdd(), r.GetRequestHeadersToRemove()))
		if a.Route.GetWeightedClusters() == nil {
			return []leg{{cluster: a.Route.GetCluster(), weight: 100, message: m}}
		}
		var out []leg
		for _, w := range a.Route.GetWeightedClusters().GetClusters() {
			one := changed(m, w.GetRequestHeadersToAdd(), w.GetRequestHeadersToRemove())
			if host := w.GetHostRewriteLiteral(); host != "" {
				one.Authority = host
			}
			if n := int(w.GetWeight().GetValue()); n > 0 {
				out = append(out, leg{cluster: w.GetName(), weight: n, message: one})
			}
		}
		return out
	}
	return []leg{{answer: "no action", weight: 100}}
}

// changed is the request with the headers that a route sets and takes away.
func changed(m Message, set []*corev3.HeaderValueOption, remove []string) Message {
	m.Headers = maps.Clone(m.Headers)
	if m.Headers == nil {
		m.Headers = map[string]string{}
	}
	for _, name := range remove {
		delete(m.Headers, name)
	}
	for _, h := range set {
		if name := strings.ToLower(h.GetHeader().GetKey()); name == ":authority" || name == "host" {
			m.Authority = h.GetHeader().GetValue()
		} else {
			m.Headers[name] = h.GetHeader().GetValue()
		}
	}
	return m
}

// aborted is what a fault answers to every request.
func aborted(r *routev3.Route) string {
	f := &faultv3.HTTPFault{}
	c := r.GetTypedPerFilterConfig()["envoy.filters.http.fault"]
	if c == nil || c.UnmarshalTo(f) != nil {
		return ""
	}
	share := f.GetAbort().GetPercentage()
	if share.GetNumerator() == 0 || share.GetNumerator() < map[typev3.FractionalPercent_DenominatorType]uint32{
		typev3.FractionalPercent_HUNDRED: 100, typev3.FractionalPercent_TEN_THOUSAND: 10_000, typev3.FractionalPercent_MILLION: 1_000_000,
	}[share.GetDenominator()] {
		return ""
	}
	return fmt.Sprint(f.GetAbort().GetHttpStatus())
}

// rewritten is the request as the route forwards it.
func rewritten(match *routev3.RouteMatch, a *routev3.RouteAction, m Message) Message {
	if host := a.GetHostRewriteLiteral(); host != "" {
		m.Authority = host
	}
	path, query, asked := strings.Cut(m.Path, "?")
	switch {
	case a.GetPrefixRewrite() != "":
		cut := match.GetPrefix() + match.GetPathSeparatedPrefix()
		if p := match.GetPath(); p != "" {
			cut = p
		}
		path = a.GetPrefixRewrite() + strings.TrimPrefix(path, cut)
	case a.GetRegexRewrite() != nil:
		if re, err := regexp.Compile(a.GetRegexRewrite().GetPattern().GetRegex()); err == nil {
			path = re.ReplaceAllString(path, groups.ReplaceAllString(a.GetRegexRewrite().GetSubstitution(), "$${$1}"))
		}
	default:
		return m
	}
	m.Path = path
	if asked {
		m.Path += "?" + query
	}
	return m
}

// groups are the references to groups as RE2 writes them.
var groups = regexp.MustCompile(`\\(\d)`)
