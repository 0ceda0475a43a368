package kyma_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
)

// What is made of an APIRule and is not what it asks for: in an answer, and by lint.
func TestDrift(t *testing.T) {
	const (
		copied = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: mine, namespace: default, labels: {apirule.gateway.kyma-project.io/name: httpbin, apirule.gateway.kyma-project.io/namespace: default}}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules: [{from: [{source: {principals: [cluster.local/ns/inside/sa/other]}}]}]
`
		orphan = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: left, namespace: default, labels: {apirule.gateway.kyma-project.io/name: gone, apirule.gateway.kyma-project.io/namespace: default}}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules: [{from: [{source: {principals: [cluster.local/ns/inside/sa/other]}}]}]
`
		internal = `
---
apiVersion: gateway.kyma-project.io/v2
kind: APIRule
metadata: {name: httpbin, namespace: default}
spec:
  gateway: kyma-system/kyma-gateway
  hosts: [httpbin]
  service: {name: httpbin, port: 8000}
  rules: [{path: /post, methods: [POST], noAuth: true}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata:
  name: httpbin-intern
  namespace: default
  labels: {apirule.gateway.kyma-project.io/v1beta1: httpbin.default, gateway.kyma-project.io/hash: default.47fnidc80q3pr.0, gateway.kyma-project.io/index: "1"}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules: [{from: [{source: {notPrincipals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]}]
`
	)
	tests := []struct {
		name, text, code string
		words            []string
		lint             bool // finds it as well
	}{
		{"as it should be", strategy(t, "jwt"), "", nil, true},
		{
			"another path", strategy(t, "jwt", "        - /get\n", "        - /got\n"), "AD1004",
			[]string{"AuthorizationPolicy default/httpbin-4kx2d: spec.rules[0].path is /get, the generated policy has /got; the controller writes it anew when the APIRule or its Service changes, and every 30 to 60 minutes"},
			true,
		},
		{
			"another time-out", strategy(t, "jwt", "timeout: 180s", "timeout: 5s"), "AD1011",
			nil, true,
		},
		{
			"another issuer", strategy(t, "jwt", "    issuer: https://idp.example.com\n    jwksUri", "    issuer: https://other.example.com\n    jwksUri"), "AD1004",
			[]string{"RequestAuthentication default/httpbin-c8wq6", "https://idp.example.com", "https://other.example.com"},
			true,
		},
		{
			"a copy with the labels of the controller", strategy(t, "no-auth") + copied, "AD1004",
			[]string{"AuthorizationPolicy default/mine: nothing in the APIRule asks for this policy, which has its labels: the controller deletes it (within 30 to 60 minutes at the latest)"},
			true,
		},
		{
			"labels of an APIRule that is gone", strategy(t, "no-auth") + orphan, "AD1003",
			[]string{"default/left has the labels of APIRule default/gone, which is not there"},
			true,
		},
		{
			"the policies of two releases", strings.Split(strategy(t, "no-auth"), "apiVersion: gateway.kyma-project.io")[0] + internal, "AD1004",
			[]string{"AuthorizationPolicy default/httpbin-intern admits callers inside the cluster; only the API Gateway of 2.10.4 or 2.11.1 makes such a policy"},
			false,
		},
		{
			"nothing is looked for beside an APIRule in Error", strategy(t, "jwt", "        - /get\n", "        - /got\n", "status: {state: Ready}", "status: {state: Error}"), "AD1002",
			[]string{"is in state Error"},
			true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.text)
			d := ask(t, r, inside("GET", "/get"))
			got := message(d, tt.code)
			for _, words := range tt.words {
				if !strings.Contains(got, words) {
					t.Errorf("want %q in %q", words, got)
				}
			}
			if tt.code != "AD1004" && message(d, "AD1004") != "" {
				t.Error(message(d, "AD1004"))
			}
			found := ""
			for _, r := range lint.Run(lint.Read(t.Context(), r, lint.Options{}), lint.Options{Manifests: true}) {
				if strings.HasPrefix(r.Code, "AD10") && found != r.Code {
					found += r.Code
				}
			}
			if tt.lint && found != tt.code {
				t.Errorf("lint finds %q, want %q", found, tt.code)
			}
		})
	}
}

// What is not there is missing where somebody has looked: not in manifests, of which the
// controller makes the rest, and not where it could not be read.
func TestMissing(t *testing.T) {
	tests := []struct{ name, text, words string }{
		{"a policy", without(strategy(t, "jwt-scopes"), "name: httpbin-9mvt7"), "spec.rules[0].jwt.authorizations[1] has no policy; the controller makes one"},
		{"who looks at tokens", without(strategy(t, "jwt"), "name: httpbin-c8wq6"), "spec.rules[0].jwt.authentications has no RequestAuthentication"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.text)
			d := ask(t, r, inside("GET", "/get"))
			if got := message(d, "AD1004"); !strings.Contains(got, tt.words) {
				t.Errorf("want %q in %q", tt.words, got)
			}
			for _, manifests := range []bool{false, true} {
				found := slices.DeleteFunc(lint.Run(lint.Read(t.Context(), r, lint.Options{}), lint.Options{Manifests: manifests}), func(r lint.Result) bool { return r.Code != "AD1004" })
				if missing := len(found) == 1 && found[0].Object() == "APIRule default/httpbin" && strings.Contains(found[0].Message, tt.words); missing == manifests {
					t.Errorf("manifests %v: lint finds %v", manifests, found)
				}
			}
		})
	}
	d := ask(t, read(t, tests[1].text), outside("GET", "/get", nil))
	if message(d, "AD0502") == "" || message(d, "AD1005") != "" {
		t.Errorf("nobody looks at the token: %s", d.Status.Summary)
	}
	asked := 0
	text := strategy(t, "jwt") + endpoints("default", "httpbin", "10.96.1.20", 80)
	hidden := ask(t, server{Reader: read(t, text), hides: cluster.RequestAuthentications, asked: &asked}, inside("GET", "/get"))
	if got := message(hidden, "AD1004"); got != "" {
		t.Errorf("where nobody could look: %s", got)
	}
}

// Lint asks a server for APIRules only where something of Kyma's shows.
func TestLintReads(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{{strategy(t, "jwt"), true}, {strings.Split(strategy(t, "jwt"), "apiVersion: security.istio.io/v1\nkind: PeerAuthentication")[0], false}} {
		asked := 0
		s := lint.Read(t.Context(), server{Reader: read(t, tt.text), asked: &asked}, lint.Options{Namespace: "default"})
		if got := s.Asked(cluster.Query{Resource: apiRules, Namespace: "default"}); got != tt.want || asked > 40 {
			t.Errorf("asked for APIRules: %v, want %v; %d queries", got, tt.want, asked)
		}
	}
}
