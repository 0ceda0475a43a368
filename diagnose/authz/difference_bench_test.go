package authz

import "testing"

// newcomer is a policy that admits one caller to one path.
func newcomer(t testing.TB) Policy {
	return ap(t, "foo/new", `{rules: [{from: [{source: {principals: ["cluster.local/ns/foo/sa/x"]}}], to: [{operation: {methods: [GET], paths: ["/get"], ports: ["80"]}}]}]}`)
}

func benchmarkCompare(b *testing.B, before, after []Policy) {
	x, y := Compile(EnvoyHTTP, Mesh{}, httpbin, before), Compile(EnvoyHTTP, Mesh{}, httpbin, after)
	b.ReportAllocs()
	for b.Loop() {
		Compare(x, y, &Request{})
	}
}

func BenchmarkCompare20Policies(b *testing.B) {
	ps, _ := realistic(b)
	benchmarkCompare(b, ps, append(ps[:len(ps):len(ps)], newcomer(b)))
}

func BenchmarkCompare20PoliciesWithoutDeny(b *testing.B) {
	ps, _ := realistic(b)
	benchmarkCompare(b, ps, ps[1:])
}

func BenchmarkCompare20Equal(b *testing.B) {
	ps, _ := realistic(b)
	benchmarkCompare(b, ps, ps)
}

func BenchmarkCompare20ToNone(b *testing.B) {
	ps, _ := realistic(b)
	benchmarkCompare(b, ps, nil)
}

func BenchmarkCompare500Policies(b *testing.B) {
	ps := thousand(b)[:500]
	benchmarkCompare(b, ps, append(ps[:500:500], newcomer(b)))
}

func BenchmarkCompare500ToNone(b *testing.B) { benchmarkCompare(b, thousand(b)[:500], nil) }
