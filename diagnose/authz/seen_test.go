package authz

import (
	"slices"
	"strings"
	"testing"
)

// TestSeenOnEnvoy has what only a real Envoy showed: each was a difference that the
// conformance suite found (test/conformance/regressions).
func TestSeenOnEnvoy(t *testing.T) {
	verified := token(map[string]any{"iss": "issuer", "sub": "me", "groups": []any{"admin"}})
	mesh := Mesh{Providers: map[string]Provider{"no": {GRPC: true}}}
	custom := func(rule string) Policy {
		return ap(t, "foo/p", `{action: CUSTOM, provider: {name: "no"}, rules: [`+rule+`]}`)
	}
	when := func(key, list, value string) string {
		return `{when: [{key: "` + key + `", ` + list + `: ["` + value + `"]}]}`
	}
	allow := func(rule string) Policy { return ap(t, "foo/p", `{rules: [`+rule+`]}`) }
	sni := func(v string) func(*Request) { return func(r *Request) { r.SNI = Known(v) } }
	const claim, agent, team = "request.auth.claims[groups]", "request.headers[user-agent]", "request.headers[x-team]"
	tests := []struct {
		name    string
		policy  Policy
		request *Request
		want    Verdict
	}{
		{"CUSTOM sees no claim", custom(when(claim, "values", "admin")), with(verified), Allowed},
		{"CUSTOM sees no claim, so it is not another one", custom(when(claim, "notValues", "admin")), with(verified), Denied},
		{"CUSTOM sees no request principal", custom(`{from: [{source: {requestPrincipals: ["*"]}}]}`), with(verified), Allowed},
		{"CUSTOM sees no request principal, so it is not one", custom(`{from: [{source: {notRequestPrincipals: ["*"]}}]}`), with(verified), Denied},
		{"ALLOW sees them", allow(when(claim, "values", "admin")), with(verified), Allowed},

		{"lines that Envoy joins", allow(when(agent, "values", "a,b")), with(hdr("user-agent", "a", "b")), Allowed},
		{"lines that Envoy joins are not two", allow(when(agent, "values", "a")), with(hdr("user-agent", "a", "b")), Denied},
		{"lines that Envoy joins, not one of them", allow(when(agent, "notValues", "b")), with(hdr("user-agent", "a", "b")), Allowed},
		{"an empty line adds nothing", allow(when(agent, "values", "a")), with(hdr("user-agent", "", "a", "")), Allowed},
		{"only empty lines", allow(when(agent, "values", "*")), with(hdr("user-agent", "", "")), Allowed},
		{"lines that Envoy does not know", allow(when(team, "values", "b")), with(hdr("x-team", "a", "b")), Allowed},
		{"lines that Envoy does not know are not joined", allow(when(team, "values", "a,b")), with(hdr("x-team", "a", "b")), Denied},

		{"a server name in capitals", allow(when("connection.sni", "values", "a.example")), with(sni("A.Example")), Allowed},
		{"a value in capitals", allow(when("connection.sni", "values", "A.Example")), with(sni("A.Example")), Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			authorizer("no", false)(tt.request)
			if got := decide(t, EnvoyHTTP, mesh, Workload{Namespace: "foo"}, tt.request, tt.policy); got.Verdict != tt.want {
				t.Errorf("got %s, want %s", got.Verdict, tt.want)
			}
		})
	}
}

// TestCustomSaysWhy: the explanation shows that no claim was there, and why.
func TestCustomSaysWhy(t *testing.T) {
	p := ap(t, "foo/p", `{action: CUSTOM, provider: {name: "no"}, rules: [{from: [{source: {requestPrincipals: ["*"]}}]}]}`)
	r := with(token(map[string]any{"iss": "issuer", "sub": "me"}))
	rule := Compile(EnvoyHTTP, Mesh{}, Workload{Namespace: "foo"}, []Policy{p}).Explain(r).Policies[0].Rules[0]
	if got := rule.Fields[0].Got; got != gotNone {
		t.Errorf("got %q, want %q", got, gotNone)
	}
	if !slices.ContainsFunc(rule.Notes, func(n string) bool { return strings.HasSuffix(n, whyEarly) }) {
		t.Errorf("got notes %q, want one that says: %s", rule.Notes, whyEarly)
	}
}
