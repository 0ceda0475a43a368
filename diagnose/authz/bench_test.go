package authz

import (
	"fmt"
	"testing"
)

// twenty are policies as they are found in a busy namespace.
func twenty(t testing.TB) []Policy {
	var out []Policy
	for i := range 20 {
		action := "ALLOW"
		if i%4 == 0 {
			action = "DENY"
		}
		out = append(out, ap(t, fmt.Sprintf("foo/p%02d", i), fmt.Sprintf(`{action: %s, rules: [{
			from: [{source: {principals: ["cluster.local/ns/foo/sa/a%[2]d"], namespaces: ["ns%[2]d"]}}, {source: {serviceAccounts: [foo/b%[2]d], notIpBlocks: [10.%[2]d.0.0/16]}}],
			to: [{operation: {methods: [GET, POST], paths: ["/api/v%[2]d/*", "/x/{*}/y"]}}],
			when: [{key: "request.headers[x-team]", values: [t%[2]d]}]}]}`, action, i)))
	}
	return append(out, ap(t, "foo/z", `{rules: [{from: [{source: {principals: ["`+sleep+`"]}}], to: [{operation: {paths: ["/get"]}}]}]}`))
}

func TestDecideDoesNotAllocate(t *testing.T) {
	policies := append(twenty(t),
		ap(t, "foo/y", `{action: DENY, rules: [{from: [{source: {requestPrincipals: ["i/*"], namespaces: ["f*z"], trustDomains: ["x*"]}}]},
			{when: [{key: "request.auth.claims[a][b]", values: [x]}, {key: "request.auth.claims[scope]", values: [x]}, {key: connection.sni, values: [x]}]}]}`),
		ap(t, "foo/x", `{action: CUSTOM, provider: {name: a}, rules: [{to: [{operation: {hosts: ["*.x"], ports: ["1"]}}]}]}`))
	r := with(hdr("x-team", "t3"), token(map[string]any{"iss": "i", "sub": "s", "scope": "a b", "a": map[string]any{"b": []any{"c", "d"}}}))
	for _, d := range []Dialect{EnvoyHTTP, EnvoyTCP, Ztunnel} {
		p := Compile(d, Mesh{Providers: map[string]Provider{"a": {}}}, httpbin, policies)
		if n := testing.AllocsPerRun(100, func() { p.Decide(r) }); n != 0 {
			t.Errorf("%v: %v allocations", d, n)
		}
	}
}

// realistic are 20 policies of the kinds that are met, and requests that each of
// them decides, or none.
func realistic(t testing.TB) ([]Policy, []*Request) {
	specs := []string{
		`{action: DENY, rules: [{from: [{source: {notNamespaces: [foo, ops, istio-system]}}], to: [{operation: {paths: ["/admin*", "/debug/*"]}}]}]}`,
		`{action: DENY, rules: [{to: [{operation: {methods: [TRACE, CONNECT]}}]}]}`,
		`{action: DENY, rules: [{from: [{source: {notPrincipals: ["cluster.local/ns/ops/sa/janitor"]}}], to: [{operation: {methods: [DELETE]}}]}]}`,
		`{action: DENY, rules: [{when: [{key: "request.headers[x-debug]", values: ["*"]}], from: [{source: {namespaces: [guest]}}]}]}`,
		`{action: DENY, rules: [{from: [{source: {ipBlocks: [192.0.2.0/24, 198.51.100.0/24]}}]}]}`,
		`{rules: [{from: [{source: {namespaces: [monitoring]}}], to: [{operation: {methods: [GET], paths: ["/metrics", "/healthz"], ports: ["9090"]}}]}]}`,
		`{rules: [{from: [{source: {principals: ["cluster.local/ns/istio-system/sa/ingress"]}}], to: [{operation: {hosts: ["shop.example.com", "shop.example.com:*"]}}]}]}`,
		`{rules: [{from: [{source: {principals: ["` + sleep + `"]}}], to: [{operation: {methods: [GET, HEAD], paths: ["/get", "/status/*"]}}]}]}`,
		`{rules: [{from: [{source: {requestPrincipals: ["https://issuer.example.com/*"]}}], to: [{operation: {paths: ["/account/{*}/orders"]}}], when: [{key: "request.auth.claims[role]", values: [customer, staff]}]}]}`,
		`{rules: [{from: [{source: {serviceAccounts: [batch/cron, batch/import]}}], to: [{operation: {methods: [PUT], paths: ["/import/*"]}}]}]}`,
	}
	for i := range 10 {
		specs = append(specs, fmt.Sprintf(`{rules: [{from: [{source: {principals: ["cluster.local/ns/team%[1]d/sa/web", "cluster.local/ns/team%[1]d/sa/worker"]}}, {source: {namespaces: [team%[1]d-jobs]}}],
			to: [{operation: {methods: [GET, POST], paths: ["/api/v%[1]d/*", "/api/shared"]}}, {operation: {ports: ["70%[1]d0"]}}], when: [{key: "request.headers[x-team]", values: [t%[1]d]}]}]}`, i))
	}
	var out []Policy
	for i, s := range specs {
		out = append(out, ap(t, fmt.Sprintf("foo/p%02d", i), s))
	}
	customer := token(map[string]any{"iss": "https://issuer.example.com", "sub": "c", "role": "customer"})
	return out, []*Request{
		get(),
		with(from("cluster.local/ns/team7/sa/worker"), method("POST"), path("/api/v7/things?x=1"), hdr("x-team", "t7")),
		with(from("cluster.local/ns/team3-jobs/sa/x"), method("POST"), path("/api/v4/things"), hdr("x-team", "t3")),
		with(from("cluster.local/ns/bar/sa/web"), path("/account/17/orders"), customer),
		with(from("cluster.local/ns/bar/sa/web"), path("/admin/users")),
		with(plaintext, path("/api/shared")),
		with(from("cluster.local/ns/ops/sa/janitor"), method("DELETE"), path("/import/1")),
		with(from("cluster.local/ns/monitoring/sa/prometheus"), path("/metrics"), on(9090)),
	}
}

// BenchmarkDecide20Policies is of one decision, over requests of all kinds.
func BenchmarkDecide20Policies(b *testing.B) {
	policies, requests := realistic(b)
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, policies)
	decideInTurn(b, p, requests)
}

// decideInTurn asks one request after the other, without a division in between.
func decideInTurn(b *testing.B, p *Program, requests []*Request) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Decide(requests[i])
		if i++; i == len(requests) {
			i = 0
		}
	}
}

// thousand are the policies of twenty and of many, on one workload.
func thousand(t testing.TB) []Policy { return append(twenty(t), many(t, 980)...) }

func BenchmarkDecide1000Policies(b *testing.B) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, thousand(b))
	requests := []*Request{
		with(hdr("x-team", "t3")),
		with(hdr("x-team", "t3"), path("/no")),
		with(from("cluster.local/ns/foo/sa/account-number-970"), on(970), host("a.x970.example.com"), path("/b/970/c"), hdr("x-team", "t970"),
			token(map[string]any{"iss": "https://issuer970", "sub": "s"})),
		with(plaintext),
	}
	decideInTurn(b, p, requests)
}

func BenchmarkDecideOpen(b *testing.B) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, twenty(b))
	r := with(openMethod, openPath, openHeaders)
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(r)
	}
}

func BenchmarkExplainOpen(b *testing.B) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, twenty(b))
	r := &Request{}
	b.ReportAllocs()
	for b.Loop() {
		p.Explain(r)
	}
}

func BenchmarkExplain20Policies(b *testing.B) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, twenty(b))
	r := with(hdr("x-team", "t3"), path("/no"))
	b.ReportAllocs()
	for b.Loop() {
		p.Explain(r)
	}
}

// BenchmarkCompile5000 has policies of 101 namespaces, BenchmarkCompile5000OfOne
// only such as attach.
func BenchmarkCompile5000(b *testing.B) {
	policies := fiveThousand(b)
	for i := range policies {
		if i%10 > 0 {
			policies[i].Namespace = fmt.Sprintf("ns%d", i%100)
		}
	}
	benchmarkCompile(b, policies)
}

func BenchmarkCompile5000OfOne(b *testing.B) { benchmarkCompile(b, fiveThousand(b)) }

func fiveThousand(t testing.TB) []Policy {
	base, _ := realistic(t)
	var out []Policy
	for i := range 5000 {
		p := base[i%len(base)]
		p.Name = fmt.Sprintf("p%04d", i)
		out = append(out, p)
	}
	return out
}

func benchmarkCompile(b *testing.B, policies []Policy) {
	b.ReportAllocs()
	for b.Loop() {
		Compile(EnvoyHTTP, Mesh{}, httpbin, policies)
	}
}
