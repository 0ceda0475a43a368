package routing

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// What a route does (istio: core/route/route.go TranslateRoute,
// applyHTTPRouteDestination).
func TestAction(t *testing.T) {
	for _, tt := range []struct{ name, route, want string }{
		{"a lone destination has all", "route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%"},
		{"with weight 0 too", "route: [{destination: {host: a}, weight: 0}]", "shop/cart http[0]; -> a.shop 100%"},
		{"subset, port", "route: [{destination: {host: a, subset: v1, port: {number: 81}}}]", "shop/cart http[0]; -> a.shop.svc.cluster.local:81 subset v1 100%"},
		{
			"weights", "route: [{destination: {host: a}, weight: 2}, {destination: {host: b}}, {destination: {host: c.d}, weight: 1}]",
			"shop/cart http[0]; -> a.shop 67%; -> c.d 33%",
		},
		{"no weight at all", "route: [{destination: {host: a}}, {destination: {host: b}}]", "unseen: what the proxy does: Envoy refuses a route without a destination; shop/cart http[0]; = 503 the route has no destination"},
		{
			"headers", "headers: {request: {set: {X-S: a, Host: h}, add: {x-d: b, ':authority': i}, remove: [X-R, ':path', host]}}, route: [{destination: {host: a}, headers: {request: {set: {host: mine, x-t: c}}}}]",
			"shop/cart http[0]; -> a.shop 100% set x-t=c; host=h set x-s=a add x-d=b remove x-r",
		},
		{"authority is added", "headers: {request: {add: {':authority': i}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; host=i"},
		{"authority of a destination", "route: [{destination: {host: a}, headers: {request: {set: {host: mine}}}}]", "shop/cart http[0]; -> a.shop 100% host=mine"},
		{"authority is rewritten", "headers: {request: {set: {host: h}}}, rewrite: {authority: w}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; host=w"},
		{"direct response", "directResponse: {status: 418}", "shop/cart http[0]; = 418 direct response"},
		{"redirect goes first", "redirect: {authority: other}, directResponse: {status: 418}", "shop/cart http[0]; = 301 redirect http://other/a/b?q"},
		{"abort", "fault: {abort: {httpStatus: 555, percentage: {value: 100}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; = 555 fault: abort"},
		{"abort of a redirect", "fault: {abort: {httpStatus: 555, percentage: {value: 100}}}, redirect: {uri: /}", "shop/cart http[0]; = 555 fault: abort"},
		{"abort with gRPC", "fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; = 503 fault: abort with gRPC status UNAVAILABLE"},
		{"abort of some", "fault: {abort: {httpStatus: 500, percentage: {value: 12.5}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; (a fault is injected: 12.5 % of the requests are answered 500)"},
		{"abort without a percentage", "fault: {abort: {httpStatus: 500}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%"},
		{"abort without a status", "fault: {abort: {percentage: {value: 100}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%"},
		{"delay", "fault: {delay: {fixedDelay: 5s, percentage: {value: 50}}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; (a fault is injected: 50 % of the requests are delayed by 5s)"},
		{"delay as of old", "fault: {delay: {fixedDelay: 5s, percent: 7}}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; (a fault is injected: 7 % of the requests are delayed by 5s)"},
		{"mirror", "mirror: {host: m, subset: v2}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; (a copy of 100 % of the requests goes to m.shop.svc.cluster.local subset v2)"},
		{"mirror of some", "mirror: {host: m}, mirrorPercentage: {value: 5}, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%; (a copy of 5 % of the requests goes to m.shop.svc.cluster.local)"},
		{"mirror of none", "mirror: {host: m}, mirrorPercent: 0, route: [{destination: {host: a}}]", "shop/cart http[0]; -> a.shop 100%"},
		{
			"mirrors", "mirrors: [{destination: {host: m}}, {destination: {host: nn}, percentage: {value: 1}}, {percentage: {value: 1}}], route: [{destination: {host: a}}]",
			"shop/cart http[0]; -> a.shop 100%; (a copy of 100 % of the requests goes to m.shop.svc.cluster.local); (a copy of 1 % of the requests goes to nn.shop.svc.cluster.local)",
		},
		{"no mirror of a redirect", "mirror: {host: m}, redirect: {uri: /x, scheme: https, port: 8443, redirectCode: 308}", "shop/cart http[0]; = 308 redirect https://cart:8443/x?q"},
		{"a code that is none", "redirect: {redirectCode: 200}", "unseen: what is done with redirectCode 200, which Envoy does not take; shop/cart http[0]; = 200 redirect http://cart/a/b?q"},
		{"a rewrite that cannot be read", "rewrite: {uriRegexRewrite: {match: '(', rewrite: a}}, route: [{destination: {host: a}}]", "unseen: how the path is rewritten: the regex ( cannot be read; shop/cart http[0]; -> a.shop 100%"},
	} {
		t.Run(tt.name, func(t *testing.T) { same(t, httpBranches(table(t, "[{"+tt.route+"}]"), get("/a/b?q")), tt.want) })
	}
}

// A backend that is none gets its share of the requests (UseGatewaySemantics).
func TestNoBackend(t *testing.T) {
	tbl := table(t, "[{route: [{destination: {host: a.b}, weight: 1}, {destination: {}, weight: 3}]}]")
	tbl.gatewayAPI = true
	same(t, httpBranches(tbl, get("/")), "shop/cart http[0]; -> a.b 25%; (75 % of the requests get 500: a backend of the route is not valid)")
	tbl = table(t, "[{route: [{destination: {}}]}]")
	tbl.gatewayAPI = true
	same(t, httpBranches(tbl, get("/")), "shop/cart http[0]; = 500 the route has no destination")
}

// How a path is rewritten (envoy: router/config_impl.cc finalizePathHeader).
func TestRewrite(t *testing.T) {
	for _, tt := range []struct {
		match, rewrite, path, want string
		gatewayAPI                 bool
	}{
		{match: "uri: {prefix: /a}", rewrite: "uri: /x", path: "/a/b?q=/a", want: "/x/b?q=/a"},
		{match: "uri: {prefix: /a}", rewrite: "uri: /", path: "/a/b", want: "//b"}, // as it stands
		{match: "uri: {prefix: /a/}", rewrite: "uri: /", path: "/a/b", want: "/b"},
		{match: "uri: {prefix: /A}, ignoreUriCase: true", rewrite: "uri: /x", path: "/a/b", want: "/x/b"},
		{match: "uri: {exact: /a/b}", rewrite: "uri: /x", path: "/a/b?q", want: "/x?q"},
		{match: "uri: {regex: '/a.*'}", rewrite: "uri: /x", path: "/a/b?q", want: "/x?q"},
		{match: "method: {exact: GET}", rewrite: "uri: /v1", path: "/b", want: "/v1b"}, // the prefix is /
		{match: "uri: {prefix: /a}", rewrite: `uriRegexRewrite: {match: '^/a/([^/]+)/(.*)$', rewrite: '/\2/\1$\\'}`, path: "/a/b/c?q", want: `/c/b$\?q`},
		{match: "uri: {prefix: /a}", rewrite: `uriRegexRewrite: {match: 'a', rewrite: 'e'}`, path: "/a/a?a", want: "/e/e?a"},
		{match: "uri: {prefix: /a}", rewrite: "uri: /", path: "/a/b", want: "/b", gatewayAPI: true},
		{match: "uri: {prefix: /a}", rewrite: "uri: /", path: "/a?q", want: "/?q", gatewayAPI: true},
		{match: "uri: {exact: /a}", rewrite: "uri: /", path: "/a", want: "/a", gatewayAPI: true},
		{match: "uri: {prefix: /a}", rewrite: "uri: /x", path: "/a/b", want: "/x/b", gatewayAPI: true},
		{match: "uri: {prefix: /A}, ignoreUriCase: true", rewrite: "uri: /", path: "/a/b", want: "/a/b", gatewayAPI: true},
	} {
		tbl := table(t, "[{match: [{"+tt.match+"}], rewrite: {"+tt.rewrite+"}, route: [{destination: {host: a.b}}]}]")
		tbl.gatewayAPI = tt.gatewayAPI
		got := httpBranches(tbl, get(tt.path))[0]
		if got.Change.Path == nil || got.Change.Path(tt.path) != tt.want {
			t.Errorf("%s, %s: %q", tt.match, tt.rewrite, show([]Branch{got}))
			if got.Change.Path != nil {
				t.Error(got.Change.Path(tt.path))
			}
		}
	}
	if got := httpBranches(table(t, "[{rewrite: {authority: a}, route: [{destination: {host: a}}]}]"), get("/"))[0]; got.Change.Path != nil {
		t.Error("the path changes")
	}
}

// Where a redirect leads (envoy: router/config_impl.cc newUri).
func TestLocation(t *testing.T) {
	https := get("/a/b?q")
	https.TLS, https.Host, https.Port = true, authz.Known("cart:443"), 443
	with := func(host string) Request { r := get("/a/b?q"); r.Host = authz.Known(host); return r }
	unknown := open()
	for _, tt := range []struct {
		redirect string
		r        Request
		want     string
	}{
		{"{}", get("/a/b?q"), "http://cart/a/b?q"},
		{"{scheme: https}", with("cart:80"), "https://cart/a/b?q"},
		{"{scheme: https}", with("cart:8080"), "https://cart:8080/a/b?q"},
		{"{scheme: https, port: 443}", with("cart:8080"), "https://cart:8080/a/b?q"},
		{"{scheme: http}", https, "http://cart/a/b?q"},
		{"{port: 81}", with("cart:80"), "http://cart:81/a/b?q"},
		{"{port: 81}", with("[::1]:80"), "http://[::1]:81/a/b?q"},
		{"{port: 80}", https, "https://cart:80/a/b?q"},
		{"{derivePort: FROM_REQUEST_PORT}", with("cart:1"), "http://cart:1/a/b?q"},
		{"{derivePort: FROM_REQUEST_PORT}", func() Request { r := with("cart:1"); r.Port = 81; return r }(), "http://cart:81/a/b?q"},
		{"{derivePort: FROM_PROTOCOL_DEFAULT}", with("cart:1"), "http://cart:1/a/b?q"},
		{"{uri: /x}", get("/a/b?q"), "http://cart/x?q"},
		{"{uri: '/x?y'}", get("/a/b?q"), "http://cart/x?y"},
		{"{authority: o}", unknown, "http://o/{path}"},
		{"{uri: /x}", unknown, "http://{host}/x"},
	} {
		got := httpBranches(table(t, "[{redirect: "+tt.redirect+"}]"), tt.r)
		if got[0].Answer.Location != tt.want {
			t.Errorf("%s: %s, want %s", tt.redirect, got[0].Answer.Location, tt.want)
		}
	}
	prefix := table(t, "[{match: [{uri: {prefix: /a}}], redirect: {uri: /no}}]")
	prefix.routes[0].Redirect = &networkingapi.HTTPRedirect{PrefixRewrite: "/x"}
	if got := httpBranches(prefix, get("/a/b?q"))[0].Answer.Location; got != "http://cart/x/b?q" {
		t.Error(got)
	}
	if got := httpBranches(prefix, unknown)[0].Answer.Location; got != "http://{host}/{path}" {
		t.Error(got)
	}
	if d := cmp.Diff(&Answer{Status: 301, Location: "https://{host}/{path}", Why: "redirect to HTTPS"}, toHTTPS(unknown)); d != "" {
		t.Error(d)
	}
}

func TestGRPCStatus(t *testing.T) {
	for name, want := range map[string]int{
		"OK": 200, "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409,
		"RESOURCE_EXHAUSTED": 429, "CANCELLED": 499, "INTERNAL": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
	} {
		if got := grpcStatus(name); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
