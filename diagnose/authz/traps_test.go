package authz

import (
	"testing"
)

// TestTraps has what people assume of the policies and what is true. The numbers
// are those of a collection of such traps; the ones that do not concern the
// evaluation of a policy at one proxy are tested elsewhere.
func TestTraps(t *testing.T) {
	const (
		denyAll  = "{action: DENY, rules: [{}]}"
		byPath   = `{selector: {matchLabels: {app: httpbin}}, action: DENY, rules: [{to: [{operation: {paths: ["/get"]}}]}]}`
		nothing  = "{}"
		waypoint = "waypoint"
	)
	gateway := Workload{Namespace: "foo", Labels: map[string]string{gatewayNameLabel: "gw", "app": "httpbin"}}
	wp := Workload{
		Namespace: "foo", Waypoint: true, Labels: map[string]string{gatewayNameLabel: waypoint},
		Service: Target{Kind: "Service", Namespace: "foo", Name: "httpbin"},
	}
	wpPod := wp
	wpPod.Service = Target{}
	td1 := Mesh{TrustDomain: "td1"}
	tests := []struct {
		name     string
		dialect  Dialect
		mesh     Mesh
		workload Workload
		policies []Policy
		request  *Request
		want     Verdict
	}{
		{name: "1 empty selector, sidecar", policies: []Policy{ap(t, "foo/p", "{selector: {}, action: DENY, rules: [{}]}")}, want: Denied},
		{name: "1 empty selector, ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", "{selector: {}, action: DENY, rules: [{}]}")}, want: Allowed},
		{name: "1 empty matchLabels, ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", "{selector: {matchLabels: {}}, action: DENY, rules: [{}]}")}, want: Denied},
		{name: "2 selector and waypoint", workload: wp, policies: []Policy{ap(t, "foo/p", byPath)}, want: Allowed},
		{name: "2 paths in ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", byPath)}, want: Allowed},
		{name: "3 allow nothing, waypoint", workload: wp, policies: []Policy{ap(t, "foo/p", nothing)}, want: Allowed},
		{name: "3 allow nothing, ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", nothing)}, want: Denied},
		{name: "4 targetRefs on a sidecar", policies: []Policy{ap(t, "foo/p", `{targetRefs: [{kind: Service, name: httpbin}], action: DENY, rules: [{}]}`)}, want: Allowed},
		{name: "5 Service targetRef, service-addressed", workload: wp, policies: []Policy{ap(t, "foo/p", `{targetRefs: [{kind: Service, group: core, name: httpbin}], action: DENY, rules: [{}]}`)}, want: Denied},
		{name: "5 Service targetRef, pod-addressed", workload: wpPod, policies: []Policy{ap(t, "foo/p", `{targetRefs: [{kind: Service, name: httpbin}], action: DENY, rules: [{}]}`)}, want: Allowed},
		{name: "5 Gateway targetRef, pod-addressed", workload: wpPod, policies: []Policy{ap(t, "foo/p", `{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: waypoint}], action: DENY, rules: [{}]}`)}, want: Denied},
		{name: "5 GatewayClass targetRef, pod-addressed", workload: wpPod, policies: []Policy{ap(t, "istio-system/p", `{targetRefs: [{kind: GatewayClass, group: gateway.networking.k8s.io, name: istio-waypoint}], action: DENY, rules: [{}]}`)}, want: Denied},
		{name: "6 short service account in the root namespace", policies: []Policy{ap(t, "istio-system/p", `{rules: [{from: [{source: {serviceAccounts: [sleep]}}]}]}`)}, want: Denied},
		{name: "6 of the root namespace", policies: []Policy{ap(t, "istio-system/p", `{rules: [{from: [{source: {serviceAccounts: [sleep]}}]}]}`)}, request: with(from("cluster.local/ns/istio-system/sa/sleep")), want: Allowed},
		{name: "7 revision", mesh: Mesh{Revision: "default"}, policies: []Policy{labelled(ap(t, "foo/p", denyAll), "stable")}, want: Allowed},
		{name: "7 revision, unknown istiod", policies: []Policy{labelled(ap(t, "foo/p", denyAll), "stable")}, want: Denied},
		{name: "8 selector on a Gateway API gateway", workload: gateway, policies: []Policy{ap(t, "foo/p", `{selector: {matchLabels: {app: httpbin}}, action: DENY, rules: [{}]}`)}, want: Denied},

		{name: "10 empty spec", policies: []Policy{ap(t, "foo/p", "{}")}, want: Denied},
		{name: "10 empty rule", policies: []Policy{ap(t, "foo/p", "{rules: [{}]}")}, want: Allowed},
		{name: "10 DENY with an empty rule", policies: []Policy{ap(t, "foo/p", denyAll)}, want: Denied},
		{name: "10 DENY without rules", policies: []Policy{ap(t, "foo/p", "{action: DENY}")}, want: Allowed},
		{name: "11 dry-run ALLOW", policies: []Policy{dry(ap(t, "foo/p", "{}"), "true")}, want: Allowed},
		{name: "12 dry-run typo", policies: []Policy{dry(ap(t, "foo/p", "{}"), "ture")}, want: Denied},
		{name: "12 dry-run typo, ztunnel", dialect: Ztunnel, policies: []Policy{dry(ap(t, "foo/p", "{}"), "ture")}, want: Denied},
		{
			name: "13 CUSTOM OK, then DENY", mesh: Mesh{Providers: map[string]Provider{"a": {}}}, request: with(authorizer("a", true)),
			policies: []Policy{ap(t, "foo/c", `{action: CUSTOM, provider: {name: a}, rules: [{}]}`), ap(t, "foo/p", denyAll)}, want: Denied,
		},
		{
			name: "14 two providers", mesh: Mesh{Providers: map[string]Provider{"a": {}, "b": {}}}, request: with(authorizer("a", true), authorizer("b", true)),
			policies: []Policy{ap(t, "foo/c", `{action: CUSTOM, provider: {name: a}, rules: [{}]}`), ap(t, "foo/d", `{action: CUSTOM, provider: {name: b}, rules: [{to: [{operation: {paths: ["/other"]}}]}]}`)}, want: Denied,
		},
		{name: "15 preflight", request: with(method("OPTIONS")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]}`)}, want: Denied},

		{name: "17 notNamespaces lets plaintext in", request: with(plaintext), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {notNamespaces: [bad]}}]}]}`)}, want: Allowed},
		{name: "17 notNamespaces, ztunnel", dialect: Ztunnel, request: with(plaintext), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {notNamespaces: [bad]}}]}]}`)}, want: Allowed},
		{name: "18 DENY notPrincipals *", request: with(plaintext), policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{from: [{source: {notPrincipals: ["*"]}}]}]}`)}, want: Denied},
		{name: "18 ztunnel", dialect: Ztunnel, request: with(plaintext), policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{from: [{source: {notPrincipals: ["*"]}}]}]}`)}, want: Denied},
		{name: "18 with identity", policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{from: [{source: {notPrincipals: ["*"]}}]}]}`)}, want: Allowed},
		{name: "19 notValues of a missing header", policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x-token]", notValues: [a]}]}]}`)}, want: Allowed},
		{name: "20 star on an empty header", request: with(hdr("x-token", "")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x-token]", values: ["*"]}]}]}`)}, want: Allowed},
		{name: "20 star on an empty claim", request: with(token(map[string]any{"iss": "i", "g": ""})), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.auth.claims[g]", values: ["*"]}]}]}`)}, want: Denied},
		{name: "20 star on an empty host", request: with(host("")), policies: []Policy{ap(t, "foo/p", `{rules: [{to: [{operation: {hosts: ["*"]}}]}]}`)}, want: Allowed},

		{name: "21 star in the middle", request: with(path("/axb")), policies: []Policy{allowPath(t, "/a*b")}, want: Denied},
		{name: "21 star in the middle, literally", request: with(path("/a*b")), policies: []Policy{allowPath(t, "/a*b")}, want: Allowed},
		{name: "21 two stars", request: with(path("/ax")), policies: []Policy{allowPath(t, "*x*")}, want: Denied},
		{name: "21 two stars, literally", request: with(path("/ax*")), policies: []Policy{allowPath(t, "*x*")}, want: Allowed},
		{name: "22 namespace a*b, Envoy", request: with(from("cluster.local/ns/axb/sa/s")), policies: []Policy{allowNS(t, "a*b")}, want: Allowed},
		{name: "22 namespace a*b, ztunnel", dialect: Ztunnel, request: with(from("cluster.local/ns/axb/sa/s")), policies: []Policy{allowNS(t, "a*b")}, want: Denied},
		{name: "23 /admin and /admin/", request: with(path("/admin/")), policies: []Policy{allowPath(t, "/admin")}, want: Denied},
		{name: "23 /admin* and /administrator", request: with(path("/administrator")), policies: []Policy{allowPath(t, "/admin*")}, want: Allowed},
		{name: "23 /admin/{**} and /admin", request: with(path("/admin")), policies: []Policy{allowPath(t, "/admin/{**}")}, want: Denied},
		{name: "23 /admin/{**} and /admin/", request: with(path("/admin/")), policies: []Policy{allowPath(t, "/admin/{**}")}, want: Allowed},
		{name: "24 empty segment", request: with(path("/x/")), policies: []Policy{allowPath(t, "/x/{*}")}, want: Denied},
		{name: "24 encoded bar", request: with(path("/x/%7C")), policies: []Policy{allowPath(t, "/x/{*}")}, want: Allowed},
		{name: "24 raw bar", request: with(path("/x/|")), policies: []Policy{allowPath(t, "/x/{*}")}, want: Denied},
		{name: "24 bracket", request: with(path("/x/[")), policies: []Policy{allowPath(t, "/x/{*}")}, want: Denied},
		{name: "24 star", request: with(path("/x/*")), policies: []Policy{allowPath(t, "/x/{*}")}, want: Allowed},
		{name: "25 query and paths", request: with(path("/get?a=b")), policies: []Policy{allowPath(t, "/get")}, want: Allowed},
		{name: "25 query and :path", request: with(path("/get?a=b")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[:path]", values: ["/get"]}]}]}`)}, want: Denied},
		{name: "25 :path with query", request: with(path("/get?a=b")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[:path]", values: ["/get?a=b"]}]}]}`)}, want: Allowed},
		{name: "26 port in the host", request: with(host("example.com:8080")), policies: []Policy{allowHost(t, "example.com")}, want: Denied},
		{name: "26 recommended pair", request: with(host("example.com:8080")), policies: []Policy{allowHost(t, "example.com:*")}, want: Allowed},
		{name: "26 case of a host", request: with(host("Example.COM")), policies: []Policy{allowHost(t, "example.com")}, want: Allowed},
		{name: "26 lower-case method", policies: []Policy{ap(t, "foo/p", `{rules: [{to: [{operation: {methods: [get]}}]}]}`)}, want: Denied},
		{name: "27 header name", request: with(hdr("x-team", "a")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[X-Team]", values: [a]}]}]}`)}, want: Allowed},
		{name: "27 header value", request: with(hdr("x-team", "a")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[X-Team]", values: [A]}]}]}`)}, want: Denied},
		{name: "27 host is :authority", request: with(host("a.b")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[host]", values: [a.b]}]}]}`)}, want: Allowed},

		{name: "28 cluster.local, Envoy", mesh: td1, request: with(from("td1/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/ns/a/sa/b")}, want: Allowed},
		{name: "28 cluster.local itself, Envoy", mesh: td1, request: with(from("cluster.local/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/ns/a/sa/b")}, want: Denied},
		{name: "28 cluster.local, ztunnel", dialect: Ztunnel, mesh: td1, request: with(from("td1/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/ns/a/sa/b")}, want: Denied},
		{name: "28 cluster.local/*", mesh: td1, request: with(from("td1/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/*")}, want: Denied},
		{name: "28 four parts", mesh: td1, request: with(from("td1/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/ns/a/*")}, want: Denied},
		{name: "28 five parts", mesh: td1, request: with(from("td1/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "cluster.local/ns/a/sa/*")}, want: Allowed},
		{name: "28 alias", mesh: Mesh{TrustDomain: "td1", TrustDomainAliases: []string{"td2"}}, request: with(from("td2/ns/a/sa/b")), policies: []Policy{allowPrincipal(t, "td1/ns/a/sa/b")}, want: Allowed},
		{name: "29 spiffe://", policies: []Policy{allowPrincipal(t, "spiffe://"+sleep)}, want: Denied},
		{name: "29 spiffe://, ztunnel", dialect: Ztunnel, policies: []Policy{allowPrincipal(t, "spiffe://"+sleep)}, want: Denied},
		{name: "30 certificate without SPIFFE", request: with(plaintext, peerName("client.example.com")), policies: []Policy{allowPrincipal(t, "*")}, want: Allowed},
		{name: "30 namespace of it", request: with(plaintext, peerName("client.example.com")), policies: []Policy{allowNS(t, "*")}, want: Denied},
		{name: "32 plaintext", request: with(plaintext), policies: []Policy{allowPrincipal(t, "*")}, want: Denied},
		{name: "34 trustDomains, Envoy", request: with(from("other/ns/a/sa/b")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: [a], trustDomains: [td1]}}]}]}`)}, want: Denied},
		{name: "34 trustDomains, ztunnel", dialect: Ztunnel, request: with(from("other/ns/a/sa/b")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: [a], trustDomains: [td1]}}]}]}`)}, want: Allowed},
		{name: "34 trustDomains alone, ztunnel", dialect: Ztunnel, request: with(from("td1/ns/a/sa/b")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {trustDomains: [td1]}}]}]}`)}, want: Denied},
		{name: "35 when serviceAccount, Envoy L4", dialect: EnvoyTCP, policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: source.serviceAccount, values: [foo/sleep]}]}]}`)}, want: Allowed},
		{name: "35 when serviceAccount, ztunnel ALLOW", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: source.serviceAccount, values: [foo/sleep]}]}]}`)}, want: Denied},
		{name: "35 when serviceAccount, ztunnel DENY", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{when: [{key: source.serviceAccount, values: [foo/sleep]}]}]}`)}, want: Allowed},
		{name: "35 serviceAccounts, ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {serviceAccounts: [foo/sleep]}}]}]}`)}, want: Allowed},

		{name: "36 */*", request: with(token(map[string]any{"iss": "i", "sub": "s"})), policies: []Policy{allowToken(t, "*/*")}, want: Denied},
		{name: "36 */* and a star", request: with(token(map[string]any{"iss": "i", "sub": "*"})), policies: []Policy{allowToken(t, "*/*")}, want: Allowed},
		{name: "36 without sub", request: with(token(map[string]any{"iss": "i"})), policies: []Policy{allowToken(t, "*")}, want: Denied},
		{name: "36 with sub", request: with(token(map[string]any{"iss": "i", "sub": "s"})), policies: []Policy{allowToken(t, "*")}, want: Allowed},
		{name: "37 https://iss*", request: with(token(map[string]any{"iss": "https://issuer", "sub": "s"})), policies: []Policy{allowToken(t, "https://iss*")}, want: Denied},
		{name: "37 https:/ it means", request: with(token(map[string]any{"iss": "https:/", "sub": "issue"})), policies: []Policy{allowToken(t, "https://iss*")}, want: Allowed},
		{name: "38 number", request: with(token(map[string]any{"iss": "i", "level": 5.0})), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.auth.claims[level]", values: ["5"]}]}]}`)}, want: Denied},
		{name: "39 no token that counts", policies: []Policy{allowToken(t, "*")}, want: Denied},
		{name: "40 scope word", request: with(token(map[string]any{"iss": "i", "scope": "read write"})), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.auth.claims[scope]", values: [read]}]}]}`)}, want: Allowed},
		{name: "40 scope whole", request: with(token(map[string]any{"iss": "i", "scope": "read write"})), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.auth.claims[scope]", values: [read write]}]}]}`)}, want: Denied},

		{name: "41 container port", policies: []Policy{ap(t, "foo/p", `{rules: [{to: [{operation: {ports: ["8080"]}}]}]}`)}, want: Allowed},
		{name: "41 service port", policies: []Policy{ap(t, "foo/p", `{rules: [{to: [{operation: {ports: ["80"]}}]}]}`)}, want: Denied},
		{name: "42 ALLOW on TCP", dialect: EnvoyTCP, policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: [foo]}}, {source: {requestPrincipals: ["*"]}}]}]}`)}, want: Denied},
		{name: "43 DENY on TCP", dialect: EnvoyTCP, policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}`)}, want: Denied},
		{name: "44 DENY in ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {methods: [DELETE]}}]}]}`)}, want: Allowed},
		{name: "45 second entry on TCP", dialect: EnvoyTCP, policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {ports: ["80"]}}, {operation: {methods: [GET]}}]}]}`)}, want: Denied},
		{name: "45 in ztunnel", dialect: Ztunnel, policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {ports: ["80"]}}, {operation: {methods: [GET]}}]}]}`)}, want: Allowed},
		{name: "45 in ztunnel, the port", dialect: Ztunnel, request: with(on(80)), policies: []Policy{ap(t, "foo/p", `{action: DENY, rules: [{to: [{operation: {ports: ["80"]}}, {operation: {methods: [GET]}}]}]}`)}, want: Denied},
		{name: "47 paths on a port that is L4", dialect: EnvoyTCP, policies: []Policy{allowPath(t, "/get")}, want: Denied},

		{name: "51 remote is not the peer", request: with(sourceIP("10.9.9.9")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {remoteIpBlocks: [10.244.0.0/16]}}]}]}`)}, want: Allowed},
		{name: "52 ipBlocks is the peer", request: with(sourceIP("10.9.9.9")), policies: []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {ipBlocks: [10.244.0.0/16]}}]}]}`)}, want: Denied},
		{name: "58 repeated header", request: with(hdr("x-team", "a", "b")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x-team]", values: [b]}]}]}`)}, want: Allowed},
		{name: "58 one line", request: with(hdr("x-team", "a,b")), policies: []Policy{ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x-team]", values: [b]}]}]}`)}, want: Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.workload.Namespace == "" {
				tt.workload = httpbin
			}
			if tt.request == nil {
				tt.request = get()
			}
			if got := decide(t, tt.dialect, tt.mesh, tt.workload, tt.request, tt.policies...); got.Verdict != tt.want {
				t.Errorf("got %+v, want %v", got, tt.want)
			}
		})
	}
	t.Run("16 the reported rule", func(t *testing.T) {
		deny := "{action: DENY, rules: [{to: [{operation: {ports: ['1']}}]}, {to: [{operation: {ports: ['1']}}]}, {}, {}, {}, {}, {}, {}, {}, {}, {}]}"
		got := decide(t, EnvoyHTTP, Mesh{}, httpbin, get(), ap(t, "istio-system/a", denyAll), ap(t, "foo/z", deny))
		if want := (Decision{Denied, ActionDeny, Ref{"foo", "z"}, 10}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func labelled(p Policy, rev string) Policy {
	p.Labels = map[string]string{RevisionLabel: rev}
	return p
}

func authorizer(name string, ok bool) func(*Request) {
	return func(r *Request) {
		if r.Authorizers == nil {
			r.Authorizers = map[string]bool{}
		}
		r.Authorizers[name] = ok
	}
}

func peerName(n string) func(*Request) { return func(r *Request) { r.PeerName = n } }

func allowPath(t testing.TB, v string) Policy {
	return ap(t, "foo/p", `{rules: [{to: [{operation: {paths: ["`+v+`"]}}]}]}`)
}

func allowHost(t testing.TB, v string) Policy {
	return ap(t, "foo/p", `{rules: [{to: [{operation: {hosts: ["`+v+`"]}}]}]}`)
}

func allowNS(t testing.TB, v string) Policy {
	return ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: ["`+v+`"]}}]}]}`)
}

func allowPrincipal(t testing.TB, v string) Policy {
	return ap(t, "foo/p", `{rules: [{from: [{source: {principals: ["`+v+`"]}}]}]}`)
}

func allowToken(t testing.TB, v string) Policy {
	return ap(t, "foo/p", `{rules: [{from: [{source: {requestPrincipals: ["`+v+`"]}}]}]}`)
}
