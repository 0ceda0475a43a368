package authz

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	securityv1beta1 "istio.io/api/security/v1beta1"
)

func TestExplainDenied(t *testing.T) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/allow", `{rules: [
		{from: [{source: {principals: ["cluster.local/ns/foo/sa/frontend"]}}], to: [{operation: {methods: [GET]}}]},
		{to: [{operation: {paths: ["/get/"]}}]}]}`)})
	got := p.Explain(get())
	miss := FieldTrace{Field: "spec.rules[0].from[0].source.principals", Wanted: []string{"cluster.local/ns/foo/sa/frontend"}, Got: sleep}
	slash := FieldTrace{Field: "spec.rules[1].to[0].operation.paths", Wanted: []string{"/get/"}, Got: "/get", Slip: "a slash at the end counts: /get is not /get/"}
	want := Explanation{
		Decision: Decision{Denied, ActionAllow, Ref{}, -1},
		Report:   "rbac_access_denied_matched_policy[none]",
		Policies: []PolicyTrace{{Policy: Ref{"foo", "allow"}, Action: ActionAllow, Rules: []RuleTrace{
			{Index: 0, Fields: []FieldTrace{miss, {Field: "spec.rules[0].to[0].operation.methods", Wanted: []string{"GET"}, Got: "GET", Matches: True}}},
			{Index: 1, Fields: []FieldTrace{slash}},
		}}},
		Near: []NearMiss{{Ref{"foo", "allow"}, 1, []FieldTrace{slash}}, {Ref{"foo", "allow"}, 0, []FieldTrace{miss}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReport(t *testing.T) {
	mesh := Mesh{Providers: map[string]Provider{"http": {}, "grpc": {GRPC: true}, "Bad_Name": {}}}
	custom := func(name string) Policy {
		return ap(t, "foo/c", `{action: CUSTOM, provider: {name: "`+name+`"}, rules: [{}]}`)
	}
	deny := ap(t, "foo/d", `{action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}, {}]}`)
	tests := []struct {
		name    string
		dialect Dialect
		mesh    Mesh
		ps      []Policy
		request *Request
		want    Decision
		report  string
	}{
		{"allowed", EnvoyHTTP, mesh, nil, get(), Decision{Allowed, ActionUnknown, Ref{}, -1}, ""},
		{"allowed by a rule", EnvoyHTTP, mesh, []Policy{ap(t, "foo/a", "{rules: [{}]}")}, get(), Decision{Allowed, ActionAllow, Ref{"foo", "a"}, 0}, ""},
		{"DENY", EnvoyHTTP, mesh, []Policy{deny}, get(), Decision{Denied, ActionDeny, Ref{"foo", "d"}, 1}, "rbac_access_denied_matched_policy[ns[foo]-policy[d]-rule[1]]"},
		{"DENY, but perhaps by another rule", EnvoyHTTP, mesh, []Policy{deny}, with(openMethod), Decision{Denied, ActionDeny, Ref{"foo", "d"}, 1}, ""},
		{"ALLOW", EnvoyTCP, mesh, []Policy{ap(t, "foo/a", "{}")}, get(), Decision{Denied, ActionAllow, Ref{}, -1}, "rbac_access_denied_matched_policy[none]"},
		{"ztunnel DENY", Ztunnel, mesh, []Policy{ap(t, "foo/d", "{action: DENY, rules: [{}]}")}, get(), Decision{Denied, ActionDeny, Ref{"foo", "d"}, 0}, "connection closed due to policy rejection: explicitly denied by: foo/d"},
		{"ztunnel ALLOW", Ztunnel, mesh, []Policy{ap(t, "foo/a", "{}")}, get(), Decision{Denied, ActionAllow, Ref{}, -1}, "connection closed due to policy rejection: allow policies exist, but none allowed"},
		{"authorizer says no", EnvoyHTTP, mesh, []Policy{custom("http")}, with(authorizer("http", false)), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "ext_authz_denied"},
		{"authorizer says yes", EnvoyHTTP, mesh, []Policy{custom("http")}, with(authorizer("http", true)), Decision{Allowed, ActionUnknown, Ref{}, -1}, ""},
		{"authorizer says nothing", EnvoyHTTP, mesh, []Policy{custom("http")}, get(), Decision{Undetermined, ActionCustom, Ref{}, -1}, ""},
		{"authorizer and DENY", EnvoyHTTP, mesh, []Policy{custom("http"), deny}, get(), Decision{Denied, ActionDeny, Ref{"foo", "d"}, 1}, "rbac_access_denied_matched_policy[ns[foo]-policy[d]-rule[1]]"},
		{"HTTP provider on TCP", EnvoyTCP, mesh, []Policy{custom("http")}, get(), Decision{Allowed, ActionUnknown, Ref{}, -1}, ""},
		{"gRPC provider on TCP", EnvoyTCP, mesh, []Policy{custom("grpc")}, get(), Decision{Undetermined, ActionCustom, Ref{}, -1}, ""},
		{"no such provider", EnvoyHTTP, mesh, []Policy{custom("x")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-x-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action]"},
		{"no provider", EnvoyTCP, mesh, []Policy{custom("")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action]"},
		{"bad name", EnvoyHTTP, mesh, []Policy{custom("Bad_Name")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-Bad_Name-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action]"},
		{"name with a space", EnvoyHTTP, mesh, []Policy{custom("a b")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-a_b-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action]"},
		{"CUSTOM dry run", EnvoyHTTP, mesh, []Policy{dry(custom("http"), "true")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-http-ns[foo]-policy[c]-rule[0]]"},
		{"CUSTOM dry run of no provider", EnvoyHTTP, mesh, []Policy{dry(custom("x"), "true")}, get(), Decision{Allowed, ActionUnknown, Ref{}, -1}, ""},
		{"mesh config not seen", EnvoyHTTP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("http")}, with(authorizer("http", true)), Decision{Undetermined, ActionCustom, Ref{}, -1}, ""},
		{"mesh config not seen, refused anyhow", EnvoyHTTP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("http")}, with(authorizer("http", false)), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "ext_authz_denied"},
		{"mesh config not seen on TCP", EnvoyTCP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("http")}, with(authorizer("http", false)), Decision{Undetermined, ActionCustom, Ref{}, -1}, ""},
		{"mesh config not seen, dry run and not", EnvoyHTTP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("http"), renamed(dry(custom("http"), "1"))}, with(authorizer("http", false)), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "ext_authz_denied"},
		{"dry run or not, one of them denies", EnvoyHTTP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("http"), renamed(dry(custom("http"), "1"))}, get(), Decision{Denied, ActionCustom, Ref{}, -1}, ""},
		{"mesh config not seen, bad name", EnvoyHTTP, Mesh{ProvidersUnknown: "mesh config"}, []Policy{custom("A")}, get(), Decision{Denied, ActionCustom, Ref{"foo", "c"}, 0}, "rbac_access_denied_matched_policy[istio-ext-authz-A-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Compile(tt.dialect, tt.mesh, httpbin, tt.ps)
			e := p.Explain(tt.request)
			if e.Decision != tt.want || e.Report != tt.report || p.Decide(tt.request) != e.Decision {
				t.Errorf("got %+v %q, want %+v %q", e.Decision, e.Report, tt.want, tt.report)
			}
		})
	}
	p := Compile(Ztunnel, Mesh{}, httpbin, []Policy{ap(t, "foo/a", `{action: DENY, rules: [{to: [{operation: {ports: ["1"]}}]}, {to: [{operation: {notPorts: ["1"]}}]}]}`)})
	e := p.Explain(with(func(r *Request) { r.DestinationPort = Attr[uint16]{} }))
	if e.Verdict != Denied || e.Stage != ActionDeny || e.Report != "" {
		t.Errorf("got %+v %q", e.Decision, e.Report)
	}
}

func renamed(p Policy) Policy {
	p.Name = "other"
	return p
}

// TestStageOfExactDenials: the stage is the first that denies in all cases.
func TestStageOfExactDenials(t *testing.T) {
	half := ap(t, "foo/d", `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}`)
	other := ap(t, "foo/a", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`)
	both := ap(t, "foo/b", `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}, {operation: {notMethods: [GET]}}]}]}`)
	c := ap(t, "foo/c", `{action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {methods: [GET]}}, {operation: {notMethods: [GET]}}]}]}`)
	never := ap(t, "foo/n", `{rules: [{to: [{operation: {methods: [GET], notMethods: [GET]}}]}]}`)
	tests := []struct {
		name string
		ps   []Policy
		want Action
	}{
		{"DENY or ALLOW", []Policy{half, other}, ActionDeny},
		{"DENY alone", []Policy{both, other}, ActionDeny},
		{"CUSTOM alone", []Policy{c, both, other}, ActionCustom},
		{"ALLOW alone", []Policy{never}, ActionAllow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(openMethod), tt.ps...)
			if want := (Decision{Denied, tt.want, Ref{}, -1}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(openMethod), ap(t, "foo/d", `{action: DENY, rules: [{to: [{operation: {methods: [GET], notMethods: [GET]}}]}]}`))
	if want := (Decision{Allowed, ActionUnknown, Ref{}, -1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNotes(t *testing.T) {
	tests := []struct {
		name    string
		dialect Dialect
		policy  Policy
		want    string // of the policy or its rules
	}{
		{"typo in dry run", EnvoyHTTP, dry(ap(t, "foo/p", "{rules: [{}]}"), "ture"), `"ture" is no boolean`},
		{"revision", EnvoyHTTP, labelled(ap(t, "foo/p", "{rules: [{}]}"), "x"), "not checked"},
		{"no rules", EnvoyHTTP, ap(t, "foo/p", "{}"), "allows nothing"},
		{"DENY without rules", EnvoyHTTP, ap(t, "foo/p", "{action: DENY}"), "never matches"},
		{"unknown key", EnvoyHTTP, ap(t, "foo/p", "{action: DENY, rules: [{when: [{key: x, values: [a], notValues: [b]}]}]}"), `unknown key "x"`},
		{"bad port in ALLOW", EnvoyHTTP, ap(t, "foo/p", `{rules: [{to: [{operation: {ports: [http, "80"]}}]}]}`), `"http" is no port number`},
		{"bad block in DENY", EnvoyHTTP, ap(t, "foo/p", `{action: DENY, rules: [{from: [{source: {ipBlocks: [x]}}]}]}`), "matches everything"},
		{"header without brackets", EnvoyHTTP, ap(t, "foo/p", `{rules: [{when: [{key: request.headers.x, values: [a]}]}]}`), "no name in brackets"},
		{"claim without brackets", EnvoyHTTP, ap(t, "foo/p", `{rules: [{when: [{key: request.auth.claims.x, values: [a]}]}]}`), "no name in brackets"},
		{"metadata without brackets", EnvoyHTTP, ap(t, "foo/p", `{rules: [{when: [{key: experimental.envoy.filters.x, values: [a]}]}]}`), "no metadata key in brackets"},
		{"HTTP in ALLOW on TCP", EnvoyTCP, ap(t, "foo/p", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`), "the connection is not HTTP"},
		{"HTTP in DENY on TCP", EnvoyTCP, ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}`), "methods is ignored, so the rule matches every connection"},
		{"template", EnvoyHTTP, ap(t, "foo/p", `{rules: [{to: [{operation: {paths: ["api/{*}"]}}]}]}`), "Envoy ends itself"},
		{"HTTP in ztunnel's DENY", Ztunnel, ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}`), "never matches"},
		{"key in ztunnel", Ztunnel, ap(t, "foo/p", `{rules: [{when: [{key: connection.sni, values: [a]}]}]}`), `does not know the key "connection.sni"`},
		{"trust domains in ztunnel", Ztunnel, ap(t, "foo/p", `{rules: [{from: [{source: {trustDomains: [a], namespaces: [b]}}]}]}`), "does not look at trust domains"},
		{"provider", EnvoyHTTP, ap(t, "foo/p", `{action: CUSTOM, provider: {name: x}, rules: [{}]}`), "does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(tt.dialect, Mesh{}, httpbin, []Policy{tt.policy}).Explain(get())
			words := e.Policies[0].Notes
			for _, r := range e.Policies[0].Rules {
				words = append(append(words, r.Notes...), r.Dropped)
			}
			if !strings.Contains(strings.Join(words, "\n"), tt.want) {
				t.Errorf("got %q, want %q", words, tt.want)
			}
		})
	}
}

func TestGot(t *testing.T) {
	const spec = `{rules: [{from: [{source: {principals: [x], ipBlocks: [1.1.1.1], remoteIpBlocks: [1.1.1.1], requestPrincipals: [x]}}],
		to: [{operation: {ports: ["1"], methods: [X], paths: [/x], hosts: [x]}}],
		when: [{key: "request.headers[x-a]", values: [x]}, {key: "request.auth.claims[a][b]", values: [x]}, {key: connection.sni, values: [x]},
			{key: destination.ip, values: [1.1.1.1]}, {key: "experimental.envoy.filters.a[k]", values: [x]}]}]}`
	order := []string{"principals", "requestPrincipals", "ipBlocks", "remoteIpBlocks", "hosts", "ports", "methods", "paths", "header", "claim", "sni", "destination.ip", "metadata"}
	tests := []struct {
		name string
		r    *Request
		want []string
	}{
		{
			"known", with(hdr("x-a", "1", "2"), token(map[string]any{"iss": "i", "sub": "s", "a": map[string]any{"b": []any{"c"}}})),
			[]string{sleep, "i/s", "10.244.1.7", "10.244.1.7", "httpbin.foo:8000", "8080", "GET", "/get", "1; 2", "[c]", "none", "10.244.2.9", "not seen"},
		},
		{"open", &Request{}, []string{"not given", "not given", "not given", "not given", "not given", "not given", "not given", "not given", "not given", "not given", "not given", "not given", "not seen"}},
		{
			"absent and odd", with(plaintext, peerName("a.b"), host(""), token(map[string]any{"iss": "i", "a": map[string]any{"b": 5.0}})),
			[]string{"a.b (not a SPIFFE identity)", "issuer i, and no claim sub", "10.244.1.7", "10.244.1.7", `""`, "8080", "GET", "/get", "none", "5, which is neither a string nor a list", "none", "10.244.2.9", "not seen"},
		},
		{"no token", with(plaintext), []string{"none", "none", "10.244.1.7", "10.244.1.7", "httpbin.foo:8000", "8080", "GET", "/get", "none", "none", "none", "10.244.2.9", "not seen"}},
		{"unseen", with(func(r *Request) {
			r.Principal, r.Claims = UnseenBecause[string]("pods"), UnseenBecause[map[string]any]("")
		}), []string{"not seen: pods", "not seen", "10.244.1.7", "10.244.1.7", "httpbin.foo:8000", "8080", "GET", "/get", "none", "not seen", "none", "10.244.2.9", "not seen"}},
		{
			"odd token", with(token(map[string]any{"sub": "s", "a": map[string]any{"b": []string{"c", "d"}}})),
			[]string{sleep, "none", "10.244.1.7", "10.244.1.7", "httpbin.foo:8000", "8080", "GET", "/get", "none", "[c d]", "none", "10.244.2.9", "not seen"},
		},
		{
			"claim is a string", with(token(map[string]any{"iss": "i", "a": "x"})),
			[]string{sleep, "issuer i, and no claim sub", "10.244.1.7", "10.244.1.7", "httpbin.foo:8000", "8080", "GET", "/get", "none", "none", "none", "10.244.2.9", "not seen"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", spec)}).Explain(tt.r)
			fields := e.Policies[0].Rules[0].Fields
			for i, f := range fields {
				if f.Got != tt.want[i] {
					t.Errorf("%s: got %q, want %q", order[i], f.Got, tt.want[i])
				}
			}
		})
	}
	if words("x", State(9), "") != "x" {
		t.Error("a state that does not exist")
	}
}

func TestSlips(t *testing.T) {
	tests := []struct {
		name, rule string
		r          *Request
		want       string
	}{
		{"case of a path", `{to: [{operation: {paths: ["/Get"]}}]}`, get(), "paths are compared case-sensitively: /get is not /Get"},
		{"slash at the end", `{to: [{operation: {paths: ["/get/"]}}]}`, get(), "a slash at the end counts: /get is not /get/"},
		{"query", `{to: [{operation: {paths: ["/get?x"]}}]}`, with(path("/get?x")), "the query is not part of the path"},
		{"slash of a prefix", `{to: [{operation: {paths: ["/get/*"]}}]}`, get(), "/get/* wants the slash"},
		{"slash of a template", `{to: [{operation: {paths: ["/get/{**}"]}}]}`, get(), "/get/{**} wants the slash"},
		{"no slash", `{to: [{operation: {paths: ["get"]}}]}`, get(), "a path starts with a slash"},
		{"below", `{to: [{operation: {paths: ["/api"]}}]}`, with(path("/api/v1")), "/api is that one path only"},
		{"star in the middle", `{to: [{operation: {paths: ["/a/*/b"]}}]}`, with(path("/a/x/b")), "a star counts at one end only"},
		{"stars at both ends", `{to: [{operation: {paths: ["*x*"]}}]}`, with(path("/axb")), "a star counts at one end only"},
		{"method", `{to: [{operation: {methods: [get]}}]}`, get(), "methods are upper-case"},
		{"method of gRPC", `{to: [{operation: {methods: ["/a.B/C"]}}]}`, get(), "/a.B/C is a path, and no method"},
		{"method star", `{to: [{operation: {methods: ["G*T"]}}]}`, get(), "a star counts"},
		{"port in the host", `{to: [{operation: {hosts: [httpbin.foo]}}]}`, get(), "the port is part of the host: httpbin.foo:8000 is not httpbin.foo"},
		{"port not in the host", `{to: [{operation: {hosts: ["httpbin.foo:8000"]}}]}`, with(host("httpbin.foo")), "named httpbin.foo without one"},
		{"scheme in the host", `{to: [{operation: {hosts: ["http://httpbin.foo"]}}]}`, get(), "a host has no scheme"},
		{"service port", `{to: [{operation: {ports: ["80"]}}]}`, with(func(r *Request) { r.ServicePort = 80 }), "80 is the Service's port; this proxy sees port 8080"},
		{"spiffe://", `{from: [{source: {principals: ["spiffe://cluster.local/ns/foo/sa/sleep"]}}]}`, get(), "identities are written without spiffe://"},
		{"other trust domain", `{from: [{source: {principals: [td/ns/foo/sa/sleep]}}]}`, get(), "the trust domain differs: the client is of cluster.local, not of td"},
		{"no trust domain", `{from: [{source: {principals: [ns/foo/sa/sleep]}}]}`, get(), "the trust domain is missing"},
		{"namespace and account", `{from: [{source: {principals: [foo/sleep]}}]}`, get(), "a principal is TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT"},
		{"three parts", `{from: [{source: {principals: [cluster.local/foo/sleep]}}]}`, get(), "a principal is TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT"},
		{"four parts", `{from: [{source: {principals: ["x/ns/foo/*"]}}]}`, get(), "has four parts"},
		{"case of a principal", `{from: [{source: {principals: [cluster.local/ns/foo/sa/Sleep]}}]}`, get(), "principals are compared case-sensitively"},
		{"case of a namespace", `{from: [{source: {namespaces: [Foo]}}]}`, get(), "identities are compared case-sensitively"},
		{"case of a trust domain", `{from: [{source: {trustDomains: [Cluster.Local]}}]}`, get(), "identities are compared case-sensitively"},
		{"account of another namespace", `{from: [{source: {serviceAccounts: [sleep]}}]}`, with(from("cluster.local/ns/bar/sa/sleep")), "foo/sleep, not bar/sleep"},
		{"nearly a principal", `{from: [{source: {principals: [cluster.local/ns/foo/sa/slep]}}]}`, get(), "slep is nearly sleep, the client's service account"},
		{"nearly an account", `{from: [{source: {serviceAccounts: [bar/x, slep]}}]}`, get(), "slep is nearly sleep, the client's service account"},
		{"nearly an account of a namespace", `{from: [{source: {serviceAccounts: [foo/slep]}}]}`, get(), "slep is nearly sleep"},
		{"nearly a namespace", `{from: [{source: {namespaces: [paymens]}}]}`, with(from("td/ns/payments/sa/x")), "paymens is nearly payments, the client's namespace"},
		{"nearly the namespace of a principal", `{from: [{source: {principals: [td/ns/paymens/sa/x]}}]}`, with(from("td/ns/payments/sa/x")), "paymens is nearly payments, the client's namespace"},
		{"nearly a trust domain", `{from: [{source: {trustDomains: [cluster.locl]}}]}`, get(), "cluster.locl is nearly cluster.local, the client's trust domain"},
		{"namespace of a principal", `{from: [{source: {principals: [cluster.local/ns/bar/sa/sleep]}}]}`, get(), "the namespace differs: the client is sleep of foo, not of bar"},
		{"namespace of an account", `{from: [{source: {serviceAccounts: [bar/sleep]}}]}`, get(), "the namespace differs: the client is sleep of foo, not of bar"},
		{"case of an account", `{from: [{source: {serviceAccounts: [foo/Sleep]}}]}`, get(), "identities are compared case-sensitively: sleep is not Sleep"},
		{"case of an account's namespace", `{from: [{source: {serviceAccounts: [Foo/sleep]}}]}`, get(), "identities are compared case-sensitively: foo is not Foo"},
		{"case of both", `{from: [{source: {serviceAccounts: [Foo/Sleep]}}]}`, get(), "identities are compared case-sensitively: foo/sleep is not Foo/Sleep"},
		{"account of the policy's namespace, second", `{from: [{source: {serviceAccounts: [x/y, sleep]}}]}`, with(from("cluster.local/ns/bar/sa/sleep")), "foo/sleep, not bar/sleep"},
		{"none: other account", `{from: [{source: {principals: [cluster.local/ns/foo/sa/frontend]}}]}`, get(), ""},
		{"none: all differs", `{from: [{source: {principals: [cluster.local/ns/bar/sa/frontend]}}]}`, get(), ""},
		{"none: other form", `{from: [{source: {principals: [cluster.local/nx/foo/sa/slep]}}]}`, get(), ""},
		{"none: both differ", `{from: [{source: {serviceAccounts: [bar/slep]}}]}`, get(), ""},
		{"none: other namespace", `{from: [{source: {namespaces: [bar]}}]}`, get(), ""},
		{"header", `{when: [{key: "request.headers[x-a]", values: [B]}]}`, with(hdr("x-a", "a", "b")), "header values are compared case-sensitively"},
		{"claim type", `{when: [{key: "request.auth.claims[n]", values: ["5"]}]}`, with(token(map[string]any{"n": 5})), "the claim is not a string"},
		{"claim inside another", `{when: [{key: "request.auth.claims[a.b]", values: [x]}]}`, with(token(map[string]any{"a": map[string]any{"b": []any{"x"}}})), "write request.auth.claims[a][b]"},
		{"none: claim with a dot", `{when: [{key: "request.auth.claims[a.b]", values: [x]}]}`, with(token(map[string]any{"a": "x"})), ""},
		{"claim case", `{when: [{key: "request.auth.claims[n]", values: [A]}]}`, with(token(map[string]any{"n": "a"})), "claims are compared case-sensitively"},
		{"scope", `{when: [{key: "request.auth.claims[scope]", values: [a b]}]}`, with(token(map[string]any{"scope": "a b"})), "write a, b"},
		{"no sub", `{from: [{source: {requestPrincipals: ["*"]}}]}`, with(token(map[string]any{"iss": "i"})), "the token has no claim sub"},
		{"*/*", `{from: [{source: {requestPrincipals: ["*/*"]}}]}`, with(token(map[string]any{"iss": "i", "sub": "s"})), "write * for any"},
		{"issuer alone", `{from: [{source: {requestPrincipals: [i]}}]}`, with(token(map[string]any{"iss": "i", "sub": "s"})), "write i/*"},
		{"issuer prefix", `{from: [{source: {requestPrincipals: ["https://is*"]}}]}`, with(token(map[string]any{"iss": "https://issuer", "sub": "s"})), "is cut at its last slash"},
		{"SNI", `{when: [{key: connection.sni, values: [A.b]}]}`, with(func(r *Request) { r.SNI = Known("a.b") }), "server names are compared"},
		{"mapped address", `{from: [{source: {ipBlocks: ["::ffff:10.0.0.0/100"]}}]}`, get(), "is an IPv4-mapped address"},
		{"none: other path", `{to: [{operation: {paths: ["/other"]}}]}`, get(), ""},
		{"none: negated", `{to: [{operation: {notPaths: ["/get"]}}]}`, get(), ""},
		{"none: open", `{to: [{operation: {paths: ["/Get"]}}]}`, with(openPath), ""},
		{"none: plaintext", `{from: [{source: {principals: [foo/sleep]}}]}`, with(plaintext), ""},
		{"none: no SPIFFE identity", `{from: [{source: {principals: [foo/sleep]}}]}`, with(plaintext, peerName("x")), ""},
		{"none: port", `{to: [{operation: {ports: ["80"]}}]}`, get(), ""},
		{"none: claim", `{when: [{key: "request.auth.claims[n]", values: [x]}]}`, with(token(map[string]any{})), ""},
		{"none: no header", `{when: [{key: "request.headers[x-a]", values: [B]}]}`, get(), ""},
		{"none: account", `{from: [{source: {serviceAccounts: [foo/x]}}]}`, get(), ""},
		{"none: request principal", `{from: [{source: {requestPrincipals: [x/y]}}]}`, with(token(map[string]any{"iss": "i", "sub": "s"})), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", "{rules: ["+tt.rule+"]}")}).Explain(tt.r)
			got := e.Policies[0].Rules[0].Fields[0].Slip
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNearMisses(t *testing.T) {
	ps := []Policy{
		ap(t, "foo/far", `{rules: [{from: [{source: {namespaces: [x]}}], to: [{operation: {methods: [PUT]}}]}]}`),
		ap(t, "foo/near", `{rules: [{from: [{source: {namespaces: [x], principals: [z]}}, {source: {namespaces: [Foo]}}], to: [{operation: {methods: [GET]}}]}]}`),
		ap(t, "foo/same", `{rules: [{from: [{source: {namespaces: [x]}}]}]}`),
		dry(ap(t, "foo/dry", `{rules: [{}]}`), "true"),
		ap(t, "foo/dropped", `{rules: [{when: [{key: x, values: [x]}]}]}`),
		ap(t, "foo/nothing", `{}`),
	}
	e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(get())
	var got []string
	for _, n := range e.Near {
		for _, f := range n.Lacks {
			got = append(got, n.Policy.Name+" "+f.Field)
		}
	}
	want := []string{
		"near spec.rules[0].from[1].source.namespaces", "same spec.rules[0].from[0].source.namespaces",
		"far spec.rules[0].from[0].source.namespaces", "far spec.rules[0].to[0].operation.methods",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	e = Compile(Ztunnel, Mesh{}, httpbin, []Policy{ap(t, "foo/never", `{rules: [{from: [{source: {trustDomains: [x]}}]}]}`)}).Explain(get())
	if e.Verdict != Denied || len(e.Near) > 0 {
		t.Errorf("got %+v", e.Near)
	}
}

// TestNilParts: what validation would have refused is still evaluated.
func TestNilParts(t *testing.T) {
	rules := []*securityv1beta1.Rule{nil, {From: []*securityv1beta1.Rule_From{nil, {}}, To: []*securityv1beta1.Rule_To{nil, {}}, When: []*securityv1beta1.Condition{nil}}}
	for _, action := range []securityv1beta1.AuthorizationPolicy_Action{0, 1, 2, 3, 9} {
		p := Policy{Namespace: "foo", Name: "p", Spec: &securityv1beta1.AuthorizationPolicy{Action: action, Rules: rules}}
		for _, d := range []Dialect{EnvoyHTTP, EnvoyTCP, Ztunnel, Kmesh, KmeshXDP} {
			decide(t, d, Mesh{}, httpbin, &Request{}, p, Policy{Namespace: "foo", Name: "nil"})
		}
	}
	got := decide(t, EnvoyHTTP, Mesh{}, httpbin, get(), Policy{Namespace: "foo", Name: "p", Spec: &securityv1beta1.AuthorizationPolicy{Rules: rules}})
	if want := (Decision{Allowed, ActionAllow, Ref{"foo", "p"}, 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got = decide(t, Ztunnel, Mesh{}, httpbin, get(), Policy{Namespace: "foo", Name: "p", Spec: &securityv1beta1.AuthorizationPolicy{Rules: rules}})
	if want := (Decision{Denied, ActionAllow, Ref{}, -1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestExplanationInJSON(t *testing.T) {
	ps := []Policy{ap(t, "foo/a", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`), ap(t, "bar/x", "{}"), ap(t, "foo/d", `{action: DENY, rules: [{to: [{operation: {notPorts: ["8080"]}}]}]}`)}
	want := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(with(openMethod))
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Explanation
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(string(b), `{"verdict":"Conditional","stage":"ALLOW","rule":-1,`) {
		t.Errorf("got %s", b)
	}
}
