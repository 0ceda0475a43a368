package routing

import (
	"maps"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// conditions are what the match asks of the request, in a stable order (istio:
// core/route/route.go TranslateRouteMatch). Empty for a route without a match, but
// for the path, which every route asks for.
func (e entry) conditions(r Request) []condition {
	m := e.match
	out := []condition{e.path(r)}
	if m.GetMethod() != nil {
		out = append(out, askHeader(":method", m.GetMethod(), false, r))
	}
	if m.GetAuthority() != nil {
		out = append(out, askHeader(":authority", m.GetAuthority(), false, r))
	}
	if m.GetScheme() != nil {
		out = append(out, askHeader(":scheme", m.GetScheme(), false, r))
	}
	for _, name := range slices.Sorted(maps.Keys(m.GetHeaders())) {
		out = append(out, askHeader(name, m.GetHeaders()[name], false, r))
	}
	for _, name := range slices.Sorted(maps.Keys(m.GetWithoutHeaders())) {
		out = append(out, askHeader(name, m.GetWithoutHeaders()[name], true, r))
	}
	for _, name := range slices.Sorted(maps.Keys(m.GetQueryParams())) {
		out = append(out, askAttr("query parameter "+name, false, parameter(r.Path, name), stringTest(m.GetQueryParams()[name])))
	}
	return out
}

// path is the condition on the path. Without one the prefix "/" stands, which all
// paths have but that of a CONNECT request and of OPTIONS *.
func (e entry) path(r Request) condition {
	v := r.Path
	if target, ok := v.Get(); ok {
		v = authz.Known(withoutQuery(target))
	}
	t := e.pathTest()
	if t.op == opPrefix && t.text == "/" && v.State() != authz.StateKnown {
		return condition{truth: truth(v.State() != authz.StateAbsent)}
	}
	return askAttr("path", false, v, t)
}

// pathTest is the test of the path. Only names and prefixes can ignore case.
func (e entry) pathTest() test {
	fold := e.match.GetIgnoreUriCase()
	switch u := e.match.GetUri().GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return test{op: opExact, text: u.Exact, fold: fold}
	case *networkingapi.StringMatch_Prefix:
		if e.table.gatewayAPI && u.Prefix != "/" {
			return test{op: opSegment, text: strings.TrimSuffix(u.Prefix, "/"), fold: fold}
		}
		return test{op: opPrefix, text: u.Prefix, fold: fold && u.Prefix != "/"}
	case *networkingapi.StringMatch_Regex:
		return regex(u.Regex)
	}
	return test{op: opPrefix, text: "/"}
}

func truth(b bool) authz.Truth {
	if b {
		return authz.True
	}
	return authz.False
}

// stringTest reads a StringMatch. An empty one, and the regex *, which is none, ask
// for presence (core/route/route.go canBeConvertedToPresentMatch).
func stringTest(m *networkingapi.StringMatch) test {
	switch s := m.GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return test{op: opExact, text: s.Exact}
	case *networkingapi.StringMatch_Prefix:
		return test{op: opPrefix, text: s.Prefix}
	case *networkingapi.StringMatch_Regex:
		if s.Regex != "*" {
			return regex(s.Regex)
		}
	}
	return test{op: opPresent}
}

// askHeader asks for a header, a pseudo header or a claim. A header that must not
// match counts as an empty one where it is absent, unless its presence is what is
// asked for.
func askHeader(name string, m *networkingapi.StringMatch, not bool, r Request) condition {
	t := stringTest(m)
	if path, ok := claimPath(name); ok {
		return askClaim(path, t, not, r)
	}
	attribute, v := header(name, r)
	if not && v.State() == authz.StateAbsent && t.op != opPresent {
		v = authz.Known("")
	}
	return askAttr(attribute, not, v, t)
}

// header finds the value that Envoy looks up by a name; several are joined.
func header(name string, r Request) (string, authz.Attr[string]) {
	name = strings.ToLower(name)
	switch name {
	case ":method":
		return "method", r.Method
	case ":authority", "host":
		return "host", r.Host
	case ":path":
		return "header :path", r.Path
	case ":scheme":
		return "scheme", scheme(r)
	}
	values, state := r.Headers.Get(name)
	switch state {
	case authz.StateKnown:
		return "header " + name, authz.Known(strings.Join(values, ","))
	case authz.StateAbsent:
		return "header " + name, authz.Absent[string]()
	case authz.StateOpen, authz.StateUnseen:
	}
	return "header " + name, authz.Attr[string]{}
}

// scheme is :scheme, which Envoy sets after the connection where HTTP/1 does not have
// it (envoy: http/conn_manager_utility.cc).
func scheme(r Request) authz.Attr[string] {
	if v, state := r.Headers.Get(":scheme"); state == authz.StateKnown {
		return authz.Known(v[0])
	}
	if r.TLS {
		return authz.Known("https")
	}
	return authz.Known("http")
}

// parameter finds the first value of a query parameter, which Envoy does not decode.
func parameter(target authz.Attr[string], name string) authz.Attr[string] {
	v, ok := target.Get()
	if !ok {
		return target
	}
	v, _, _ = strings.Cut(v, "#")
	_, query, _ := strings.Cut(v, "?")
	for part := range strings.SplitSeq(query, "&") {
		if k, value, _ := strings.Cut(part, "="); k == name && part != "" {
			return authz.Known(value)
		}
	}
	return authz.Absent[string]()
}
