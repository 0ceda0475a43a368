package routing

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// What is said of an open request is true of every request that fills it in: the first
// branch of which all holds is the one that the request gets.
func TestOpenAgreesWithKnown(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	paths, methods, headers := []string{"/a", "/a/b", "/a/bc", "/b", "/"}, []string{"GET", "PUT"}, []string{"", "1", "2"}
	one := func(from []string) string { return from[random.IntN(len(from))] }
	match := func(from []string) *networkingapi.StringMatch {
		switch random.IntN(4) {
		case 0:
			return nil
		case 1:
			return prefix(one(from))
		case 2:
			return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: one(from) + ".*"}}
		}
		return exact(one(from))
	}
	for range 600 {
		tbl := httpTable{object: "VirtualService a/b", gatewayAPI: random.IntN(3) == 0}
		for i := range 1 + random.IntN(4) {
			h := &networkingapi.HTTPRoute{DirectResponse: &networkingapi.HTTPDirectResponse{Status: 200}}
			for range random.IntN(3) {
				m := &networkingapi.HTTPMatchRequest{Uri: match(paths), Method: match(methods), IgnoreUriCase: random.IntN(4) == 0}
				if s := match(headers[1:]); s != nil {
					m.Headers = map[string]*networkingapi.StringMatch{"x": s}
				}
				if random.IntN(3) == 0 {
					m.WithoutHeaders = map[string]*networkingapi.StringMatch{"x": exact(one(headers[1:]))}
				}
				if random.IntN(5) == 0 {
					m.Headers = map[string]*networkingapi.StringMatch{"x": {}}
				}
				h.Match = append(h.Match, m)
			}
			tbl.routes, tbl.fields = append(tbl.routes, h), append(tbl.fields, strconv.Itoa(i))
		}
		branches := httpBranches(tbl, Request{HTTP: true})
		for _, path := range paths {
			for _, method := range methods {
				for _, x := range headers {
					r := Request{HTTP: true, Path: authz.Known(path), Method: authz.Known(method), Headers: authz.Headers{Closed: true}}
					if x != "" {
						r.Headers.Values = map[string][]string{"x": {x}}
					}
					got := httpBranches(tbl, r)
					if len(got) != 1 || len(got[0].Given) > 0 {
						t.Fatalf("%q", show(got))
					}
					if field := firstThatHolds(branches, map[string]string{"path": path, "method": method, "header x": x}); field != got[0].Field {
						t.Fatalf("%s %s x=%q gets route %q, and of the open request %q holds:\n%s\n%v", method, path, x, got[0].Field, field, strings.Join(show(branches), "\n"), tbl.routes)
					}
				}
			}
		}
	}
}

func firstThatHolds(branches []Branch, values map[string]string) string {
	for _, b := range branches {
		if all(b.Given, func(a authz.Atom) bool { return a.Attribute == "route" || holds(a, values[a.Attribute]) }) {
			return b.Field
		}
	}
	return "none"
}

// holds evaluates an atom by its words. An empty value is an absent one.
func holds(a authz.Atom, v string) bool {
	yes := false
	for _, p := range a.OneOf {
		start, open := strings.CutSuffix(p, "*")
		start = strings.TrimSuffix(start, ".") // of the regexes above
		if strings.HasSuffix(a.Words, " in any case") {
			start, v = strings.ToLower(start), strings.ToLower(v)
		}
		yes = yes || v != "" && (v == start || open && strings.HasPrefix(v, start))
	}
	return yes != a.Not
}

func exact(s string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: s}}
}

func prefix(s string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: s}}
}
