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

func BenchmarkDecide20Policies(b *testing.B) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, twenty(b))
	r := with(hdr("x-team", "t3"))
	b.ReportAllocs()
	for b.Loop() {
		p.Decide(r)
	}
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

func BenchmarkCompile5000(b *testing.B) {
	var policies []Policy
	base := twenty(b)
	for i := range 5000 {
		p := base[i%21]
		p.Name = fmt.Sprintf("p%04d", i)
		if i%10 > 0 {
			p.Namespace = fmt.Sprintf("ns%d", i%100)
		}
		policies = append(policies, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		Compile(EnvoyHTTP, Mesh{}, httpbin, policies)
	}
}
