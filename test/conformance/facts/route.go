package facts

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
)

// Message is what a proxy reads of an HTTP request.
type Message struct {
	Method, Path, Authority string
	Headers                 map[string]string
}

// leg is a cluster that takes a share of the requests.
type leg struct {
	cluster string
	weight  int     // relative to those of the other legs
	message Message // as it is forwarded
	answer  string  // what the proxy answers itself, instead of forwarding
}

// virtualHost picks the one for an authority: the exact name, then the longest
// wildcard, then the rest.
func virtualHost(rc *routev3.RouteConfiguration, authority string) *routev3.VirtualHost {
	authority = strings.ToLower(authority)
	if host, _, err := net.SplitHostPort(authority); err == nil && rc.GetIgnorePortInHostMatching() {
		authority = host
	}
	var found *routev3.VirtualHost
	best := -1
	for _, v := range rc.GetVirtualHosts() {
		for _, d := range v.GetDomains() {
			d = strings.ToLower(d)
			n := -1
			switch {
			case d == authority:
				n = 1 << 16
			case d == "*":
				n = 0
			case strings.HasPrefix(d, "*") && strings.HasSuffix(authority, d[1:]) && len(authority) >= len(d):
				n = 1<<8 + len(d)
			case strings.HasSuffix(d, "*") && strings.HasPrefix(authority, d[:len(d)-1]):
				n = len(d)
			}
			if n > best {
				best, found = n, v
			}
		}
	}
	return found
}

// legs follows a request through a route configuration.
func legs(rc *routev3.RouteConfiguration, m Message) []leg {
	v := virtualHost(rc, m.Authority)
	for _, r := range v.GetRoutes() {
		if matches(r.GetMatch(), m) {
			return taken(r, m)
		}
	}
	return []leg{{answer: "404", weight: 100}}
}

func matches(r *routev3.RouteMatch, m Message) bool {
	if !pathMatches(r, m.Path) {
		return false
	}
	for _, h := range r.GetHeaders() {
		if !headerMatches(h, m) {
			return false
		}
	}
	_, query, _ := strings.Cut(m.Path, "?")
	values, _ := url.ParseQuery(query)
	for _, q := range r.GetQueryParameters() {
		there := values.Has(q.GetName())
		if s := q.GetStringMatch(); s != nil {
			there = there && stringMatches(s, values.Get(q.GetName()))
		}
		if !there {
			return false
		}
	}
	return true
}

func pathMatches(r *routev3.RouteMatch, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	fold := func(s string) string { return s }
	if c := r.GetCaseSensitive(); c != nil && !c.GetValue() {
		fold, path = strings.ToLower, strings.ToLower(path)
	}
	switch p := r.GetPathSpecifier().(type) {
	case *routev3.RouteMatch_Prefix:
		return strings.HasPrefix(path, fold(p.Prefix))
	case *routev3.RouteMatch_Path:
		return path == fold(p.Path)
	case *routev3.RouteMatch_PathSeparatedPrefix:
		cut := fold(p.PathSeparatedPrefix)
		return path == cut || strings.HasPrefix(path, cut+"/")
	case *routev3.RouteMatch_SafeRegex:
		return whole(p.SafeRegex.GetRegex(), path)
	}
	return false
}

func headerMatches(h *routev3.HeaderMatcher, m Message) bool {
	value, there := m.Headers[h.GetName()]
	switch h.GetName() {
	case ":method":
		value, there = m.Method, true
	case ":authority":
		value, there = m.Authority, true
	}
	ok := there
	switch s := h.GetHeaderMatchSpecifier().(type) {
	case *routev3.HeaderMatcher_StringMatch:
		ok = there && stringMatches(s.StringMatch, value)
	case *routev3.HeaderMatcher_PresentMatch:
		ok = there == s.PresentMatch
	}
	return ok != h.GetInvertMatch()
}

func stringMatches(s *matcherv3.StringMatcher, value string) bool {
	fold := func(x string) string { return x }
	if s.GetIgnoreCase() {
		fold, value = strings.ToLower, strings.ToLower(value)
	}
	switch p := s.GetMatchPattern().(type) {
	case *matcherv3.StringMatcher_Exact:
		return fold(p.Exact) == value
	case *matcherv3.StringMatcher_Prefix:
		return strings.HasPrefix(value, fold(p.Prefix))
	case *matcherv3.StringMatcher_Suffix:
		return strings.HasSuffix(value, fold(p.Suffix))
	case *matcherv3.StringMatcher_Contains:
		return strings.Contains(value, fold(p.Contains))
	case *matcherv3.StringMatcher_SafeRegex:
		return whole(p.SafeRegex.GetRegex(), value)
	}
	return false
}

func whole(pattern, s string) bool {
	re, err := regexp.Compile("^(?:" + pattern + ")$")
	return err == nil && re.MatchString(s)
}

// streams are the clusters that a TCP chain sends to.
func streams(c *listenerv3.FilterChain) []leg {
	for _, f := range c.GetFilters() {
		t := &tcpv3.TcpProxy{}
		if !f.GetTypedConfig().MessageIs(t) || f.GetTypedConfig().UnmarshalTo(t) != nil {
			continue
		}
		if t.GetWeightedClusters() == nil {
			return []leg{{cluster: t.GetCluster(), weight: 100}}
		}
		var out []leg
		for _, w := range t.GetWeightedClusters().GetClusters() {
			out = append(out, leg{cluster: w.GetName(), weight: int(w.GetWeight())})
		}
		return out
	}
	return []leg{{answer: "closed", weight: 100}}
}

// ClusterName is the name of a cluster in its parts: outbound|8000|v1|httpbin.foo.svc.
type ClusterName struct {
	Direction, Subset, Host string
	Port                    int
}

// parseCluster reads a cluster's name; what is not of Istio's form is a Host.
func parseCluster(name string) ClusterName {
	part := strings.Split(name, "|")
	if len(part) != 4 {
		return ClusterName{Host: name}
	}
	port, _ := strconv.Atoi(part[1])
	return ClusterName{Direction: part[0], Port: port, Subset: part[2], Host: part[3]}
}
