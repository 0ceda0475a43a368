package fix

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestExceptionKeepsTheRule: a DENY rule that leaves a request out denies nothing that
// it did not deny before.
func TestExceptionKeepsTheRule(t *testing.T) {
	const deny = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny, namespace: shop}
spec:
  action: DENY
  rules:
  - from: [{source: {notIpBlocks: [10.9.0.0/16]}}]
    when: [{key: "request.headers[x-team]", notValues: [a]}]
`
	p := propose(t, deny, "/x", "")
	if len(p.Candidates) != 3 {
		t.Fatalf("%d candidates: %s", len(p.Candidates), p.Why)
	}
	for _, c := range p.Candidates {
		if c.Kind != ExceptCaller || len(c.Effect.Closes) > 0 {
			t.Errorf("%s: %s closes %v", c.Kind, c.Title, c.Effect.Closes)
		}
	}
	i := slices.IndexFunc(p.Candidates, func(c Candidate) bool { return strings.Contains(c.Title, "path /x of") })
	want := []any{
		tree{"from": []any{tree{"source": tree{"notIpBlocks": []any{"10.9.0.0/16"}, "notPrincipals": []any{"cluster.local/ns/shop/sa/sleep"}}}}},
		tree{"from": []any{tree{"source": tree{"notIpBlocks": []any{"10.9.0.0/16"}}}}, "to": []any{tree{"operation": tree{"notPaths": []any{"/x"}}}}},
	}
	for _, r := range want {
		r.(tree)["when"] = []any{tree{"key": "request.headers[x-team]", "notValues": []any{"a"}}}
	}
	if diff := cmp.Diff(want, at(parse(p.Candidates[i].Changes[0].After), "spec.rules")); diff != "" {
		t.Error(diff)
	}
}

// TestTwoRules: what two rules of a policy deny is left out of both.
func TestTwoRules(t *testing.T) {
	p := propose(t, `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: deny, namespace: shop}
spec: {action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {paths: ["/x*"]}}]}]}
`, "/x", "")
	if len(p.Candidates) == 0 {
		t.Fatal(p.Why)
	}
	for _, c := range p.Candidates {
		if len(c.Changes) != 1 || len(c.Effect.Closes) > 0 {
			t.Errorf("%s: %+v", c.Title, c)
		}
	}
}
