package routing

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Whether a match takes a request (istio: core/route/route.go TranslateRouteMatch).
func TestMatch(t *testing.T) {
	with := func(f func(*Request)) Request {
		r := get("/api/v1?q=1&r=a%20b&flag#frag")
		f(&r)
		return r
	}
	plain := with(func(*Request) {})
	tls := with(func(r *Request) { r.TLS = true })
	token := with(func(r *Request) {
		r.Claims = authz.Known(map[string]any{"sub": "joe", "groups": []any{"dev", 7}, "a": map[string]any{"b": []string{"c"}}, "scope": "read write", "n": 7})
	})
	scheme := with(func(r *Request) { r.Headers.Values[":scheme"] = []string{"ftp"} })
	two := with(func(r *Request) { r.Headers.Values["x-a"] = []string{"1", "2"} })
	for _, tt := range []struct {
		match string
		r     Request
		want  bool
	}{
		{"uri: {exact: /api/v1}", plain, true},
		{"uri: {exact: '/api/v1?q=1'}", plain, false},
		{"uri: {exact: /API/v1}", plain, false},
		{"uri: {exact: /API/v1}, ignoreUriCase: true", plain, true},
		{"uri: {prefix: /api/v}", plain, true},
		{"uri: {prefix: /Api}, ignoreUriCase: true", plain, true},
		{"uri: {prefix: /b}", plain, false},
		{"uri: {regex: '/api/v[0-9]'}", plain, true},
		{"uri: {regex: '/api'}", plain, false}, // the whole path
		{"uri: {regex: '/API/v1'}, ignoreUriCase: true", plain, false},
		{"uri: {regex: '/a|/api/v1'}", plain, true},
		{"uri: {}", plain, true},
		{"method: {exact: GET}", plain, true},
		{"method: {exact: get}", plain, false},
		{"method: {regex: 'G.*'}", plain, true},
		{"authority: {exact: cart}", plain, true},
		{"authority: {prefix: ca}", plain, true},
		{"authority: {exact: Cart}", plain, false},
		{"scheme: {exact: http}", plain, true},
		{"scheme: {exact: https}", plain, false},
		{"scheme: {exact: https}", tls, true},
		{"scheme: {exact: ftp}", scheme, true},
		{"headers: {X-A: {exact: '1'}}", plain, true},
		{"headers: {x-a: {exact: '2'}}", plain, false},
		{"headers: {x-a: {exact: '1,2'}}", two, true},
		{"headers: {x-a: {}}", plain, true},
		{"headers: {x-b: {}}", plain, false},
		{"headers: {x-b: {regex: '*'}}", plain, false},
		{"headers: {x-a: {regex: '*'}}", plain, true},
		{"headers: {x-b: {prefix: ''}}", plain, false},
		{"headers: {':method': {exact: GET}}", plain, true},
		{"headers: {':path': {prefix: '/api/v1?q'}}", plain, true},
		{"headers: {host: {exact: cart}}", plain, true},
		{"withoutHeaders: {x-a: {exact: '1'}}", plain, false},
		{"withoutHeaders: {x-a: {exact: '2'}}", plain, true},
		{"withoutHeaders: {x-b: {exact: '1'}}", plain, true},
		{"withoutHeaders: {x-b: {}}", plain, true},
		{"withoutHeaders: {x-a: {}}", plain, false},
		{"withoutHeaders: {x-b: {regex: '.*'}}", plain, false}, // absent is empty here
		{"queryParams: {q: {exact: '1'}}", plain, true},
		{"queryParams: {r: {exact: 'a b'}}", plain, false}, // not decoded
		{"queryParams: {flag: {}}", plain, true},
		{"queryParams: {none: {}}", plain, false},
		{"queryParams: {q: {regex: '[0-9]'}}", plain, true},
		{"port: 80", plain, true},
		{"port: 81", plain, false},
		{"sourceLabels: {app: web}", plain, true},
		{"sourceLabels: {app: api}", plain, false},
		{"sourceNamespace: shop", plain, true},
		{"sourceNamespace: other", plain, false},
		{"gateways: [mesh]", plain, true},
		{"gateways: [a/b]", plain, false},
		{"gateways: [mesh], sourceLabels: {app: api}, sourceNamespace: other", plain, true}, // these do not count then
		{"headers: {'@request.auth.claims.sub': {exact: joe}}", token, true},
		{"headers: {'@request.auth.claims[groups]': {exact: dev}}", token, true},
		{"headers: {'@request.auth.claims[a][b]': {exact: c}}", token, true},
		{"headers: {'@request.auth.claims[a][b][c]': {exact: c}}", token, false},
		{"headers: {'@request.auth.claims.scope': {exact: write}}", token, true},
		{"headers: {'@request.auth.claims.n': {exact: '7'}}", token, false},
		{"withoutHeaders: {'@request.auth.claims.groups': {exact: ops}}", token, true},
		{"headers: {'@request.auth.claims': {exact: ops}}", token, false}, // a header of that name
	} {
		t.Run(tt.match, func(t *testing.T) {
			e := table(t, "[{match: [{"+tt.match+"}], route: [{destination: {host: cart}}]}]")
			got := httpBranches(e, tt.r)
			if matched := got[0].Answer == nil; matched != tt.want || len(got) != 1 {
				t.Errorf("got %q", show(got))
			}
		})
	}
}

// What is open becomes a branch of its own; what follows is for the other cases.
func TestOpen(t *testing.T) {
	unseen := open()
	unseen.Method = authz.UnseenBecause[string]("the method")
	for _, tt := range []struct {
		name, routes string
		r            Request
		want         []string
	}{
		{name: "no routes", want: []string{"shop/cart; = 404 no route matches"}},
		{
			name: "one attribute", r: open(),
			routes: `[{match: [{uri: {prefix: /a}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]`,
			want: []string{
				"if path starts with /a; shop/cart http[0]; -> a.shop 100%",
				"if path does not start with /a; shop/cart http[1]; -> b.shop 100%",
			},
		},
		{
			name: "what is certain cuts off the rest", r: get("/a"),
			routes: `[{match: [{uri: {prefix: /a}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]`,
			want:   []string{"shop/cart http[0]; -> a.shop 100%"},
		},
		{
			name: "several attributes", r: open(),
			routes: `[{match: [{uri: {exact: /a}, method: {exact: GET}}], route: [{destination: {host: a}}]}]`,
			want: []string{
				"if path is /a; if method is GET; shop/cart http[0]; -> a.shop 100%",
				"if no earlier route of VirtualService shop/cart matches; shop/cart; = 404 no route matches",
			},
		},
		{
			name: "what an earlier route takes is never reached", r: open(),
			routes: `[{match: [{uri: {prefix: /a}}], route: [{destination: {host: a}}]}, {match: [{uri: {exact: /a/b}, method: {exact: GET}}], route: [{destination: {host: b}}]}]`,
			want: []string{
				"if path starts with /a; shop/cart http[0]; -> a.shop 100%",
				"if path does not start with /a; shop/cart; = 404 no route matches",
			},
		},
		{
			name: "a condition that says it already is not repeated", r: open(),
			routes: `[{match: [{method: {exact: GET}}, {method: {exact: PUT}}], route: [{destination: {host: a}}]}]`,
			want: []string{
				"if method is GET; shop/cart http[0]; -> a.shop 100%",
				"if method is PUT; shop/cart http[0]; -> a.shop 100%",
				"if method is not GET; if method is not PUT; shop/cart; = 404 no route matches",
			},
		},
		{
			name: "one condition remains of an earlier match", r: open(),
			routes: `[{match: [{uri: {prefix: /a}, method: {exact: GET}}], route: [{destination: {host: a}}]}, {match: [{uri: {prefix: /a/b}}], route: [{destination: {host: b}}]}]`,
			want: []string{
				"if path starts with /a; if method is GET; shop/cart http[0]; -> a.shop 100%",
				"if method is not GET; if path starts with /a/b; shop/cart http[1]; -> b.shop 100%",
				"if path does not start with /a/b; if no earlier route of VirtualService shop/cart matches; shop/cart; = 404 no route matches",
			},
		},
		{
			name: "opposites leave nothing", r: open(),
			routes: `[{match: [{headers: {x-b: {}}}], route: [{destination: {host: a}}]}, {match: [{withoutHeaders: {x-b: {}}}], route: [{destination: {host: b}}]}]`,
			want: []string{
				"if header x-b is present; shop/cart http[0]; -> a.shop 100%",
				"if header x-b is absent; shop/cart http[1]; -> b.shop 100%",
			},
		},
		{
			name: "a fact is not seen", r: unseen,
			routes: `[{match: [{method: {exact: GET}}], route: [{destination: {host: a}}]}, {route: [{destination: {host: b}}]}]`,
			want: []string{
				"unseen: the method; shop/cart http[0]; -> a.shop 100%",
				"unseen: the method; shop/cart http[1]; -> b.shop 100%",
			},
		},
		{
			name: "a regex that cannot be read", r: get("/a"),
			routes: `[{match: [{uri: {regex: '('}}], route: [{destination: {host: a}}]}]`,
			want: []string{
				"unseen: what the regex ( matches: it cannot be read; shop/cart http[0]; -> a.shop 100%",
				"unseen: what the regex ( matches: it cannot be read; shop/cart; = 404 no route matches",
			},
		},
		{
			name: "claims are open", r: open(),
			routes: `[{match: [{headers: {'@request.auth.claims.sub': {exact: joe}}}, {headers: {'@request.auth.claims.sub': {exact: jim}}}], route: [{destination: {host: a}}]}]`,
			want: []string{
				"if claim sub is joe; shop/cart http[0]; -> a.shop 100%",
				"if claim sub is not joe; if claim sub is jim; shop/cart http[0]; -> a.shop 100%",
				"if claim sub is not joe; if claim sub is not jim; shop/cart; = 404 no route matches",
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, httpBranches(table(t, tt.routes), tt.r), tt.want...) })
	}
}

// A prefix of / is asked of every route, and of CONNECT it fails.
func TestPathIsAsked(t *testing.T) {
	r := open()
	r.Path = authz.Absent[string]()
	tbl := table(t, "[{route: [{destination: {host: a}}]}]")
	same(t, httpBranches(tbl, r), "shop/cart; = 404 no route matches")
	r.Path = authz.Known("*")
	same(t, httpBranches(tbl, r), "shop/cart; = 404 no route matches")
	r.Path = authz.UnseenBecause[string]("the path")
	same(t, httpBranches(tbl, r), "shop/cart http[0]; -> a.shop 100%")
}

// In the Gateway API a prefix ends where a segment does.
func TestSegments(t *testing.T) {
	tbl := table(t, "[{match: [{uri: {prefix: /a/}}], route: [{destination: {host: x.y}}]}]")
	tbl.gatewayAPI = true
	for path, want := range map[string]bool{"/a": true, "/a/b": true, "/ab": false} {
		if got := httpBranches(tbl, get(path)); (got[0].Answer == nil) != want {
			t.Errorf("%s: %q", path, show(got))
		}
	}
	same(t, httpBranches(tbl, open()),
		"if path is /a or starts with /a/; shop/cart http[0]; -> x.y 100%",
		"if path is neither /a nor starts with /a/; shop/cart; = 404 no route matches")
}

// What comes after a route without conditions is not configured at all
// (BuildHTTPRoutesForVirtualService).
func TestCatchAll(t *testing.T) {
	for match, want := range map[string]int{
		"{}":                                        1,
		"{uri: {prefix: /}}":                        1,
		"{uri: {regex: '.*'}}":                      1,
		"{uri: {regex: '/.*'}}":                     2,
		"{uri: {exact: /}}":                         2,
		"{method: {exact: GET}}":                    2,
		"{uri: {prefix: /}, headers: {x-b: {}}}":    2,
		"{uri: {prefix: /}, sourceNamespace: none}": 1, // left out
		"{uri: {prefix: /}, sourceNamespace: shop}": 1,
	} {
		tbl := table(t, "[{match: ["+match+"]}, {}, {}]")
		if got := tbl.entries(open()); len(got) != want {
			t.Errorf("%s: %d entries, want %d", match, len(got), want)
		}
	}
}

// Conditions and how they relate.
func TestImplies(t *testing.T) {
	on := func(not bool, tests ...test) condition { return condition{attribute: "x", not: not, tests: tests} }
	exact := func(s string) test { return test{op: opExact, text: s} }
	prefix := func(s string) test { return test{op: opPrefix, text: s} }
	segment := func(s string) test { return test{op: opSegment, text: s} }
	fold := func(t test) test { t.fold = true; return t }
	block := func(s string) test { return test{op: opBlock, text: s, block: blocks([]string{s})[0]} }
	for i, tt := range []struct {
		a, b condition
		want bool
	}{
		{on(false, exact("/a/b")), on(false, prefix("/a")), true},
		{on(false, prefix("/a")), on(false, exact("/a")), false},
		{on(false, prefix("/a/b")), on(false, segment("/a")), false}, // careful
		{on(false, segment("/a/b")), on(false, segment("/a")), true},
		{on(false, segment("/a")), on(false, prefix("/a")), true},
		{on(false, fold(exact("/A"))), on(false, exact("/A")), false},
		{on(false, exact("/A")), on(false, fold(exact("/a"))), true},
		{on(false, regex("a.")), on(false, regex("a.")), true},
		{on(false, regex("a.")), on(false, test{op: opPresent}), true},
		{on(false, exact("ab")), on(false, regex("a.")), true},
		{on(false, hostTest("*.a.b")), on(false, hostTest("*.b")), true},
		{on(false, hostTest("*.b")), on(false, hostTest("*.a.b")), false},
		{on(false, block("10.1.0.0/16")), on(false, block("10.0.0.0/8")), true},
		{on(false, block("10.0.0.0/8")), on(false, block("10.1.0.0/16")), false},
		{on(false, exact("a"), exact("b")), on(false, exact("b"), exact("a")), true},
		{on(false, exact("a"), exact("c")), on(false, exact("b"), exact("a")), false},
		{on(false, exact("a")), on(true, exact("b")), true},
		{on(false, exact("a")), on(true, regex(".")), false},
		{on(false, exact("a")), on(true, regex("(")), false},
		{on(false, prefix("/a")), on(true, prefix("/b")), true},
		{on(false, prefix("/a")), on(true, prefix("/a/b")), false},
		{on(false, prefix("/a")), on(true, exact("/b")), true},
		{on(false, regex("a.")), on(true, prefix("b")), false},
		{on(false, block("10.1.0.0/16")), on(true, block("10.2.0.0/16")), true},
		{on(true, prefix("/a")), on(true, exact("/a/b")), true},
		{on(true, prefix("/a")), on(false, exact("/b")), false},
		{on(false, exact("a")), condition{attribute: "y", tests: []test{exact("a")}}, false},
	} {
		if got := tt.a.implies(tt.b); got != tt.want {
			t.Errorf("%d: %q implies %q: %v", i, tt.a.atom().Words, tt.b.atom().Words, got)
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		c    condition
		want string
	}{
		{condition{attribute: "x", tests: []test{{op: opExact}}}, "x is empty"},
		{condition{attribute: "x", tests: []test{{op: opExact}}, not: true}, "x is not empty"},
		{condition{attribute: "x", tests: []test{hostTest("*.a")}, not: true}, "x does not end in .a"},
		{condition{attribute: "x", tests: []test{regex("a.")}, not: true}, "x does not match the regex a."},
		{condition{attribute: "x", tests: []test{{op: opBlock, text: "10.0.0.0/8"}}, not: true}, "x is not in 10.0.0.0/8"},
		{condition{attribute: "x", tests: []test{{op: opExact, text: "/a", fold: true}}}, "x is /a in any case"},
		{condition{attribute: "x", tests: []test{{op: opExact, text: "a"}, {op: opSegment, text: "/b"}}}, "x is one of a, /b, /b/*"},
		{condition{attribute: "x", tests: []test{{op: opPresent}, {op: opPrefix, text: "a"}}, not: true}, "x is not one of *, a*"},
	} {
		if got := tt.c.atom().Words; got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
