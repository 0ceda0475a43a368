package routing

import (
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// A route that is delegated (istio: model/virtualservice_controller.go,
// model/virtualservice.go MergeHTTPRoutes).
func TestDelegate(t *testing.T) {
	root := func(route string) string {
		return "{hosts: [cart], http: [" + route + ", {name: rest, route: [{destination: {host: rest}}]}]}"
	}
	const rest = "shop/root http[1]; -> rest.shop 100%"
	const lost = "; (VirtualService d/sub, the delegate of spec.http[0] of VirtualService shop/root, is not there, has hosts or is not exported: the route is left out)"
	for _, tt := range []struct{ name, root, sub, want string }{
		{"the delegate's routes take the place", root("{delegate: {name: sub, namespace: d}}"), "{http: [{match: [{uri: {prefix: /x}}], route: [{destination: {host: x}}]}, {route: [{destination: {host: z}}]}]}", "d/sub http[1]; -> z.d 100%"},
		{"within the root's match", root("{match: [{uri: {prefix: /a}}], delegate: {name: sub, namespace: d}}"), "{http: [{match: [{uri: {exact: /a}}], route: [{destination: {host: x}}]}]}", "d/sub http[0]; -> x.d 100%"},
		{"the root's match is enough", root("{match: [{uri: {prefix: /a}}], delegate: {name: sub, namespace: d}}"), "{http: [{route: [{destination: {host: x}}]}]}", "d/sub http[0]; -> x.d 100%"},
		{"and has to hold", root("{match: [{uri: {prefix: /b}}], delegate: {name: sub, namespace: d}}"), "{http: [{route: [{destination: {host: x}}]}]}", rest},
		{"outside the root's match", root("{match: [{uri: {prefix: /a/b}}], delegate: {name: sub, namespace: d}}"), "{http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: x}}]}]}", rest},
		{"not there", root("{delegate: {name: sub, namespace: d}}"), "", rest + lost},
		{"has hosts", root("{delegate: {name: sub, namespace: d}}"), "{hosts: [x], http: [{route: [{destination: {host: x}}]}]}", rest + lost},
		{"not exported", root("{delegate: {name: sub, namespace: d}}"), "{exportTo: ['.'], http: [{route: [{destination: {host: x}}]}]}", rest + lost},
		{"exported", root("{delegate: {name: sub, namespace: d}}"), "{exportTo: [shop], http: [{route: [{destination: {host: x}}]}]}", "d/sub http[0]; -> x.d 100%"},
		{
			"what the delegate does not set", root("{rewrite: {authority: r}, headers: {request: {set: {a: b}}}, fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}, mirror: {host: m}, mirrorPercentage: {value: 2}, delegate: {name: sub, namespace: d}}"),
			"{http: [{route: [{destination: {host: x}}]}]}",
			"d/sub http[0]; -> x.d 100%; host=r set a=b; (a copy of 2 % of the requests goes to m.shop.svc.cluster.local); (a fault is injected: 1 % of the requests are delayed by 1s)",
		},
		{
			"what it sets", root("{rewrite: {authority: r}, headers: {request: {set: {a: b}}}, delegate: {name: sub, namespace: d}}"),
			"{http: [{rewrite: {authority: o}, headers: {request: {remove: [c]}}, route: [{destination: {host: x}}]}]}", "d/sub http[0]; -> x.d 100%; host=o remove c",
		},
		{"the root's answer", root("{directResponse: {status: 403}, delegate: {name: sub, namespace: d}}"), "{http: [{match: [{uri: {prefix: /a}}]}]}", "d/sub http[0]; = 403 direct response"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := askMesh(vs(t, "shop/root", tt.root))
			if tt.sub != "" {
				q.VirtualServices = append(q.VirtualServices, nil, vs(t, "d/other", "{}"), vs(t, "d/sub", tt.sub))
			}
			same(t, Mesh(q), tt.want)
		})
	}
	q := askMesh(vs(t, "shop/root", root("{delegate: {name: sub}}")), vs(t, "shop/sub", "{http: [{route: [{destination: {host: x}}]}]}"))
	same(t, Mesh(q), "shop/sub http[0]; -> x.shop 100%") // its own namespace
}

// When matches are within each other (istio: model/virtualservice.go hasConflict).
func TestContradict(t *testing.T) {
	for _, tt := range []struct {
		root, sub string
		want      bool
	}{
		{"{}", "{}", false},
		{"{uri: {prefix: /a}}", "{uri: {exact: /a/b}}", false},
		{"{uri: {exact: /a}}", "{uri: {exact: /a}}", false},
		{"{uri: {exact: /a}}", "{uri: {exact: /b}}", true},
		{"{uri: {exact: /a}}", "{uri: {prefix: /a}}", true},
		{"{uri: {prefix: /a}}", "{uri: {prefix: /b}}", true},
		{"{uri: {regex: a}}", "{uri: {regex: a}}", true},
		{"{uri: {prefix: a}}", "{uri: {regex: a}}", true},
		{"{uri: {prefix: a}}", "{}", false},
		{"{headers: {a: {}}}", "{headers: {a: {}}}", true},
		{"{headers: {a: {exact: x}}}", "{headers: {a: {exact: z}}}", true},
		{"{headers: {a: {exact: x}}}", "{headers: {b: {exact: z}}}", false},
		{"{withoutHeaders: {a: {exact: x}}}", "{withoutHeaders: {a: {exact: z}}}", true},
		{"{queryParams: {a: {exact: x}}}", "{queryParams: {a: {exact: z}}}", true},
		{"{method: {exact: GET}}", "{method: {exact: PUT}}", true},
		{"{ignoreUriCase: true}", "{}", true},
		{"{port: 1}", "{port: 2}", true},
		{"{port: 1}", "{}", false},
		{"{sourceNamespace: a}", "{}", true},
		{"{}", "{sourceNamespace: a}", false},
		{"{sourceLabels: {a: b}}", "{sourceLabels: {a: c}}", true},
		{"{sourceLabels: {a: b}}", "{sourceLabels: {b: c}}", false},
		{"{gateways: [a/b]}", "{gateways: [a/b, a/c]}", true},
		{"{gateways: [a/b, a/c]}", "{gateways: [a/d]}", true},
		{"{gateways: [a/b, a/c]}", "{gateways: [a/c]}", false},
	} {
		tbl := table(t, "[{match: ["+tt.root+"]}, {match: ["+tt.sub+"]}]")
		_, ok := mergeMatches(tbl.routes[0].GetMatch(), tbl.routes[1].GetMatch())
		if ok == tt.want {
			t.Errorf("%s and %s: %v", tt.root, tt.sub, !ok)
		}
	}
	// each pair that goes together is one match, with what either says
	tbl := table(t, "[{match: [{port: 80, sourceNamespace: shop, gateways: [mesh], method: {exact: GET}}, {headers: {x-a: {exact: '1'}}, sourceLabels: {app: web}}, {port: 2}]}, {match: [{uri: {prefix: /a}, sourceNamespace: shop}, {port: 80}]}]")
	got, ok := mergeMatches(tbl.routes[0].GetMatch(), tbl.routes[1].GetMatch())
	if !ok || len(got) != 4 {
		t.Fatalf("%d %v", len(got), got)
	}
	if got[0].GetPort() != 80 || got[0].GetMethod().GetExact() != "GET" || got[0].GetUri().GetPrefix() != "/a" || len(got[0].GetGateways()) != 1 {
		t.Error(got[0])
	}
	if got[1].GetHeaders()["x-a"].GetExact() != "1" || got[1].GetSourceLabels()["app"] != "web" {
		t.Error(got[1])
	}
}

// Names of hosts and gateways (istio: model/config.go).
func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a.ns.svc.d", "a.b": "a.b", "*": "*", "": "", "10.0.0.1": "10.0.0.1", "::1": "::1", "*.a": "*.a",
	} {
		if got := fullName(in, "ns", "d"); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for in, want := range map[string]string{
		"mesh": "mesh", "g": "ns/g", "./g": "ns/g", "a/g": "a/g", "g.a": "a/g", "g.a.svc.cluster.local": "a/g",
	} {
		if got := gatewayName(in, "ns"); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for in, want := range map[string]string{"A.b:80": "a.b", "a": "a", "[::1]:80": "[::1]", "[::1]": "[::1]", "::1": "::1"} {
		if got := withoutPort(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a.b", "a.b", true}, {"a.b", "*.b", true}, {"b", "*.b", false}, {"*.a.b", "*.b", true}, {"*.b", "a.b", true}, {"*", "*.b", true}, {"a.b", "c.b", false}, {"*.a", "*.b", false},
	} {
		if got := overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("%s %s: %v", tt.a, tt.b, got)
		}
	}
	if got := (Request{DestinationIP: authz.Attr[netipAddr]{}}).ipAttr(); got.State() != authz.StateOpen {
		t.Error(got)
	}
}
