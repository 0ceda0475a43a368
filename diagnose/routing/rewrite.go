package routing

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// rewrite returns how the request target changes; nil: not at all. why is set where
// it cannot be told.
//
// A uri replaces what the match found: the prefix as it stands, slashes and all, or
// the whole path of an exact name or a regex. In the Gateway API "/" takes the prefix
// away (istio: core/route/route.go applyHTTPRouteDestination; envoy: router
// config_impl.cc finalizePathHeader).
func (e entry) rewrite(w *networkingapi.HTTPRewrite) (change func(string) string, why string) {
	if x := w.GetUriRegexRewrite(); x != nil {
		re, err := regexp.Compile(x.GetMatch())
		if err != nil {
			return nil, "how the path is rewritten: the regex " + x.GetMatch() + " cannot be read"
		}
		with := substitution(x.GetRewrite())
		return onPath(func(p string) string { return re.ReplaceAllString(p, with) }), ""
	}
	to := w.GetUri()
	switch {
	case to == "":
		return nil, ""
	case to == "/" && e.table.gatewayAPI:
		prefix := ""
		if t := e.pathTest(); t.op == opSegment {
			prefix = t.text
		}
		return onPath(func(p string) string {
			rest, ok := strings.CutPrefix(p, prefix)
			if !ok {
				return p
			}
			return "/" + strings.TrimPrefix(rest, "/")
		}), ""
	}
	return e.replace(to), ""
}

// replace puts to in the place of what the match found.
func (e entry) replace(to string) func(string) string {
	t := e.pathTest()
	return onPath(func(p string) string {
		if t.op != opPrefix && t.op != opSegment {
			return to
		}
		return to + p[min(len(t.text), len(p)):]
	})
}

// onPath makes a change of the path one of the target: the query stays.
func onPath(change func(string) string) func(string) string {
	return func(target string) string {
		path := withoutQuery(target)
		return change(path) + target[len(path):]
	}
}

// substitution turns RE2's \1 into Go's ${1}.
func substitution(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '$':
			out.WriteString("$$")
		case c == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
			out.WriteString("${" + s[i:i+1] + "}")
		case c == '\\' && i+1 < len(s) && s[i+1] == '\\':
			i++
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// headerChange reads what is done to the headers of requests. The host can be set or
// added, set being stronger, which replaces the authority; other pseudo headers stay
// as they are (istio: core/route/route.go TranslateHeadersOperations). Nothing is
// nothing.
func headerChange(h *networkingapi.Headers) Change {
	var c Change
	ops := h.GetRequest()
	var added string
	c.SetHeaders, c.Host = headerValues(ops.GetSet())
	c.AddHeaders, added = headerValues(ops.GetAdd())
	if c.Host == "" {
		c.Host = added
	}
	for _, name := range ops.GetRemove() {
		if !pseudo(name) {
			c.RemoveHeaders = append(c.RemoveHeaders, strings.ToLower(name))
		}
	}
	return c
}

// headerValues splits the authority from the other headers.
func headerValues(values map[string]string) (map[string]string, string) {
	var out map[string]string
	authority := ""
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case strings.EqualFold(name, ":authority") || strings.EqualFold(name, "host"):
			authority = values[name]
		case !pseudo(name):
			if out == nil {
				out = map[string]string{}
			}
			out[strings.ToLower(name)] = values[name]
		}
	}
	return out, authority
}

func pseudo(name string) bool { return strings.HasPrefix(name, ":") || strings.EqualFold(name, "host") }
