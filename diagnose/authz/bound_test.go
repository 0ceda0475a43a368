package authz

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// many makes n ALLOW policies that share no value.
func many(t testing.TB, n int) []Policy {
	var out []Policy
	for i := range n {
		out = append(out, ap(t, fmt.Sprintf("foo/p%03d", i), fmt.Sprintf(`{rules: [{
			from: [{source: {principals: ["cluster.local/ns/foo/sa/account-number-%[1]d", "*/sa/x%[1]d"], notNamespaces: ["a%[1]d*b"], requestPrincipals: ["https://issuer%[1]d/*"]}}],
			to: [{operation: {methods: [GET], paths: ["/api/v1/resources-%[1]d/{*}/x", "/b/%[1]d/*"], hosts: ["*.x%[1]d.example.com"], ports: ["%[1]d"]}}],
			when: [{key: "request.headers[x-team]", values: [t%[1]d]}]}]}`, i)))
	}
	return out
}

// TestBounds asks with everything open. The verdict stays exact as long as both
// answers are found; what is given up is said.
func TestBounds(t *testing.T) {
	for _, tt := range []struct {
		n, conditions int
		note          string
	}{{10, 10, ""}, {50, 50, ""}, {200, maxTerms, noteConditions}} {
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, many(t, tt.n)).Explain(&Request{})
		if e.Verdict != Conditional || len(e.Conditions) != tt.conditions || tt.note != "" && !slices.Equal(e.Notes, []string{tt.note}) {
			t.Errorf("%d policies: %v, %d conditions, notes %q", tt.n, e.Verdict, len(e.Conditions), e.Notes)
		}
	}
	t.Run("given up", func(t *testing.T) {
		r := &Request{Principal: UnseenBecause[string]("the Pod"), SourceIP: UnseenBecause[netip.Addr]("the address")}
		ps := append(many(t, 200), ap(t, "foo/z", `{action: DENY, rules: [{from: [{source: {principals: ["*"], notIpBlocks: ["::/0", 0.0.0.0/0]}}]}]}`))
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(r)
		if e.Verdict != Undetermined {
			t.Errorf("got %v", e.Verdict)
		}
	})
	t.Run("nothing found", func(t *testing.T) {
		var rules string
		for i := range 14 {
			rules += fmt.Sprintf(`{when: [{key: "request.headers[x-a]", values: [a%[1]d], notValues: [a%[1]d]}]},`, i)
		}
		p := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", `{rules: [`+rules+`]}`)})
		e := p.Explain(with(openHeaders))
		if e.Verdict != Conditional || e.Decision != p.Decide(with(openHeaders)) || !slices.Equal(e.Notes, []string{noteBound}) || len(e.Conditions) != 14 {
			t.Errorf("got %+v, notes %q, %d conditions", e.Decision, e.Notes, len(e.Conditions))
		}
		p = Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", `{rules: [`+strings.ReplaceAll(rules, "{when:", "{from: [{source: {principals: ['*']}}], when:")+`]}`)})
		e = p.Explain(with(openHeaders, func(r *Request) { r.Principal = UnseenBecause[string]("the Pod") }))
		if e.Verdict != Undetermined || !slices.Equal(e.Missing, []string{"the Pod"}) || !slices.Equal(e.Notes, []string{noteBound}) || len(e.Conditions) != 0 {
			t.Errorf("got %+v, notes %q, missing %q, %d conditions", e.Decision, e.Notes, e.Missing, len(e.Conditions))
		}
	})
	t.Run("product", func(t *testing.T) {
		var values string
		for i := range 14 {
			values += fmt.Sprintf(`{when: [{key: "request.headers[x-a]", values: [a%d]}]},`, i)
		}
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", `{rules: [`+values+`]}`)}).Explain(with(openHeaders))
		if e.Verdict != Conditional || len(e.Conditions) != 14 {
			t.Errorf("got %v, %d conditions, %q", e.Verdict, len(e.Conditions), e.Notes)
		}
	})
	t.Run("DENY product", func(t *testing.T) {
		deny := `{when: [{key: "request.headers[x-a]", values: [a]}, {key: "request.headers[x-b]", values: [a]}, {key: "request.headers[x-c]", values: [a]}]},`
		ps := []Policy{ap(t, "foo/a", `{rules: [{to: [{operation: {paths: ["/a", "/b"]}}]}]}`)}
		for i := range 5 {
			ps = append(ps, ap(t, fmt.Sprint("foo/d", i), fmt.Sprintf(`{action: DENY, rules: [`+deny+`{when: [{key: "request.headers[y-%d]", values: [a]}, {key: "request.headers[z-%d]", values: [a]}]}]}`, i, i)))
		}
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(with(openPath, openHeaders))
		if e.Verdict != Conditional || len(e.Conditions) == 0 || !slices.Equal(e.Notes, []string{noteConditions}) {
			t.Errorf("got %v, %d conditions, %q", e.Verdict, len(e.Conditions), e.Notes)
		}
	})
}
