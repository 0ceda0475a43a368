package kyma_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma"
)

type claims = map[string]any

// The APIRules of the strategies, as people get them wrong.
func TestExplain(t *testing.T) {
	const (
		second = `
---
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: old, namespace: default}
spec:
  host: old.example.com
  service: {name: httpbin, port: 8000}
  gateway: kyma-system/kyma-gateway
  rules: [{path: /.*, methods: [GET], accessStrategies: [{handler: no_auth}]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: old, namespace: default}
spec:
  gateways: [kyma-system/kyma-gateway]
  hosts: [old.example.com]
  http: [{route: [{destination: {host: httpbin.default.svc.cluster.local, port: {number: 8000}}}]}]
`
		leftover = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: allow-internal, namespace: default}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules: [{from: [{source: {notPrincipals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]}]
`
		wildcard = `
---
apiVersion: gateway.kyma-project.io/v2
kind: APIRule
metadata: {name: all, namespace: default}
spec:
  gateway: kyma-system/kyma-gateway
  hosts: ["*.example.com"]
  service: {name: httpbin, port: 8000}
  rules: [{path: "/*", methods: [GET, POST], noAuth: true}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: all-8sk2w, namespace: default, labels: {apirule.gateway.kyma-project.io/name: all, apirule.gateway.kyma-project.io/namespace: default}}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules:
  - from: [{source: {principals: [cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account]}}]
    to: [{operation: {hosts: ["*.example.com"], methods: [GET, POST], paths: ["/{**}"]}}]
`
		network = `
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: kyma-project.io--istio-ingressgateway-egress
  namespace: istio-system
  labels: {kyma-project.io/module: istio, kyma-project.io/managed-by: kyma}
spec:
  podSelector: {matchLabels: {istio: ingressgateway}}
  policyTypes: [Egress]
  egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {networking.kyma-project.io/from-ingressgateway: allowed}}}]}]
`
		noRoute = "hosts: [httpbin.example.com]\n  http:"
		canary  = `
---
apiVersion: v1
kind: Service
metadata: {name: canary, namespace: default}
spec: {ports: [{name: http, port: 8000, targetPort: 80}], selector: {app: httpbin}}
`
	)
	jane := claims{"iss": "https://idp.example.com", "sub": "jane"}
	tests := []struct {
		name, text string
		question   diagnose.Question
		code       string
		words      []string // in the finding's message; without any the finding is not there
	}{
		{
			"a caller inside", strategy(t, "no-auth"), inside("GET", "/get"),
			"AD1001",
			[]string{"APIRule default/httpbin admits only what comes through its gateway"},
		},
		{
			"a method that only the later rule has", strategy(t, "rule-order"), outside("GET", "/anything/more/one", nil),
			"AD1005",
			[]string{"spec.rules[1] (noAuth, GET POST /anything/{**}) leaves path /anything/{*}/one to spec.rules[0] (jwt, POST /anything/{*}/one), which comes first"},
		},
		{
			"no token", strategy(t, "jwt"), outside("GET", "/get", nil),
			"AD1005",
			[]string{"No rule of APIRule default/httpbin admits GET /get: spec.rules[0] (jwt, GET /get) wants a token of https://idp.example.com (spec.rules[0].jwt.authentications), got none"},
		},
		{
			"a token without the scopes", strategy(t, "jwt-scopes"), outside("GET", "/get", claims{"iss": "https://idp.example.com", "sub": "jane", "scp": []any{"nothing"}}),
			"AD1005",
			[]string{"wants scope", "in one of the claims scp, scope and scopes (spec.rules[0].jwt.authorizations[", "1 more of its authorizations does not fit either"},
		},
		{
			"a path without a rule", strategy(t, "jwt"), outside("GET", "/post", nil),
			"AD1005",
			[]string{"No rule of APIRule default/httpbin is for GET /post", "answers 404 before any policy is asked", "spec.rules[0] (jwt, GET /get) is for another path"},
		},
		{
			"a method without a rule", strategy(t, "jwt"), outside("PUT", "/get", nil),
			"AD1005",
			[]string{"spec.rules[0] (jwt, GET /get) is for its path, and not for PUT"},
		},
		{"a query is no part of a path", strategy(t, "jwt"), outside("GET", "/get?a=b", claims{"iss": "https://idp.example.com", "sub": "jane"}), "AD1005", nil},
		{
			"a gateway that does not listen", strategy(t, "jwt", "port: {name: https, number: 443, protocol: HTTPS}", "port: {name: https, number: 8444, protocol: HTTPS}"), outside("PUT", "/get", nil),
			"AD1005", nil,
		},
		{
			"the host of an APIRule that is not migrated", strategy(t, "no-auth") + second,
			diagnose.Question{Source: "ip/203.0.113.7", Target: "https://old.example.com/get", Request: diagnose.Request{Method: "GET", Exact: true}},
			"AD1005",
			[]string{"it is for host httpbin.example.com, and the request's is old.example.com", "APIRule default/old names host old.example.com, in version v1beta1"},
		},
		{
			"a host with a port", strategy(t, "no-auth", noRoute, "hosts: [\"*\"]\n  http:"),
			diagnose.Question{Source: "ip/203.0.113.7", Target: "https://httpbin.example.com/get", Request: diagnose.Request{Method: "GET", Host: "httpbin.example.com:8443", Exact: true}},
			"AD1005",
			[]string{"the request's is httpbin.example.com:8443, in which the port counts"},
		},
		{
			"a gateway of one's own", strategy(t, "no-auth", "  serviceAccountName: istio-ingressgateway-service-account", "  serviceAccountName: own"), outside("GET", "/get", nil),
			"AD1007",
			[]string{"published at Gateway kyma-system/kyma-gateway, whose proxies run as cluster.local/ns/istio-system/sa/own"},
		},
		{
			"an authorizer that is not there", strategy(t, "ext-auth", "    - name: oauth2-proxy", "    - name: other"), outside("GET", "/get", nil),
			"AD1010",
			[]string{"asks authorizer oauth2-proxy, which the mesh's settings do not have", "spec.config.authorizers of Istio kyma-system/default."},
		},
		{
			"an authorizer that the module has", strategy(t, "ext-auth", "    - name: oauth2-proxy", "    - name: other") + `
apiVersion: operator.kyma-project.io/v1alpha2
kind: Istio
metadata: {name: default, namespace: kyma-system}
spec: {config: {authorizers: [{name: oauth2-proxy, service: x, port: 80}]}}
`, outside("GET", "/get", nil),
			"AD1010",
			[]string{"where it stands: the module has not brought it to the mesh"},
		},
		{
			"allow-internal without an APIRule that is migrated",
			strings.Split(strategy(t, "no-auth"), "apiVersion: gateway.kyma-project.io")[0] + strings.ReplaceAll(second, "old.example.com", "httpbin.example.com") + leftover, outside("GET", "/get", nil),
			"AD1006",
			[]string{"default/allow-internal admits everybody but the ingress gateway", "APIRule default/old is of version v1beta1, and no policy here is made of it"},
		},
		{
			"a route to another Service", strategy(t, "jwt", "route: [{destination: {host: httpbin.default", "route: [{destination: {host: canary.default") + canary, outside("GET", "/get", jane),
			"AD1011",
			[]string{
				"Of APIRule default/httpbin: spec.rules[0] leads to httpbin.default.svc.cluster.local, the VirtualService to canary.default.svc.cluster.local; the controller writes it anew",
				"This request is affected: it should go to httpbin.default.svc.cluster.local:8000, and goes to canary.default.svc.cluster.local:8000.",
			},
		},
		{
			"a time-out that is not the APIRule's", strategy(t, "jwt", "timeout: 180s", "timeout: 5s"), outside("GET", "/get", jane),
			"AD1011",
			[]string{"requests of spec.rules[0] may take 180 seconds, in the VirtualService 5 seconds", "This request is sent where it should be, and differs in timeout."},
		},
		{
			"a route that is gone", strategy(t, "jwt", `uri: {regex: "^/get$"}`, `uri: {regex: "^/got$"}`), outside("GET", "/get", jane),
			"AD1011",
			[]string{"spec.rules[0].path comes to ^/get$, the VirtualService has ^/got$", "This request is affected: it should go to httpbin.default.svc.cluster.local:8000, and finds no route."},
		},
		{"a drifted route is nothing to those inside", strategy(t, "jwt", "timeout: 180s", "timeout: 5s"), inside("GET", "/get"), "AD1011", nil},
		{"allow-internal beside an APIRule", strategy(t, "no-auth") + leftover, outside("GET", "/get", nil), "AD1006", nil},
		{
			"a wildcard host", strategy(t, "jwt") + wildcard, outside("GET", "/get", nil),
			"AD1008",
			[]string{"APIRule default/all is for *.example.com and asks for nothing in spec.rules[0] (noAuth, GET POST /*), so it admits at host httpbin.example.com what spec.rules[0] (jwt, GET /get) of APIRule default/httpbin asks a token for"},
		},
		{
			"NetworkPolicies of the Istio module", strategy(t, "no-auth") + network, outside("GET", "/get", nil),
			"AD1009",
			[]string{"With networkPoliciesEnabled in Istio kyma-system/default", "default/httpbin does not have it"},
		},
		{"NetworkPolicies, and the label", strategy(t, "no-auth", "labels: {app: httpbin, ", "labels: {app: httpbin, networking.kyma-project.io/from-ingressgateway: allowed, ") + network, outside("GET", "/get", nil), "AD1009", nil},
		{
			"a Pod in ambient", strategy(t, "no-auth", "  - {name: istio-proxy, image: \"docker.io/istio/proxyv2:1.30.2-distroless\", restartPolicy: Always, args: [proxy, sidecar]}\n  containers:\n  - {name: httpbin,",
				"  containers:\n  - {name: httpbin,"), inside("GET", "/get"),
			"AD1002",
			[]string{"exposes Pod default/httpbin, which has no container istio-proxy"},
		},
		{
			"an APIRule in Error", strategy(t, "no-auth", "status: {state: Ready}", "status: {state: Error, description: 'Host is occupied.'}"), inside("GET", "/get"),
			"AD1002",
			[]string{"is in state Error (Host is occupied): what it says now is not carried out"},
		},
		{
			"a migration between two steps", strategy(t, "no-auth", "kind: APIRule\nmetadata: {name: httpbin, namespace: default}",
				"kind: APIRule\nmetadata: {name: httpbin, namespace: default, annotations: {gateway.kyma-project.io/migration-step: vs-switch-to-service}}"), inside("GET", "/get"),
			"AD1018",
			[]string{"APIRule default/httpbin is being migrated from v1beta1 (step vs-switch-to-service)", "admit Oathkeeper (cluster.local/ns/kyma-system/sa/oathkeeper-maester-account) beside the ingress gateway"},
		},
		{"a step that is none of the two", strategy(t, "no-auth", "kind: APIRule\nmetadata: {name: httpbin, namespace: default}",
			"kind: APIRule\nmetadata: {name: httpbin, namespace: default, annotations: {gateway.kyma-project.io/migration-step: done}}"), inside("GET", "/get"), "AD1018", nil},
		{
			"an APIRule that was written in v1beta1", strategy(t, "no-auth", "kind: APIRule\nmetadata: {name: httpbin, namespace: default}",
				"kind: APIRule\nmetadata: {name: httpbin, namespace: default, annotations: {gateway.kyma-project.io/original-version: v1beta1}}", "status: {state: Ready}", ""), inside("GET", "/get"),
			"AD1002",
			[]string{"is of version v1beta1, which the controller leaves alone since 3.10.0"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := ask(t, read(t, tt.text), tt.question)
			got := message(d, tt.code)
			if len(tt.words) == 0 && got != "" {
				t.Errorf("%s: %s", tt.code, got)
			}
			for _, words := range tt.words {
				if !strings.Contains(got, words) {
					t.Errorf("%s %s: want %q in %q", d.Status.Verdict, d.Status.Summary, words, got)
				}
			}
		})
	}
	if d := ask(t, read(t, strategy(t, "jwt")), outside("GET", "/get", jane)); d.Status.Verdict != diagnose.Allowed || len(d.Status.Findings) > 0 {
		t.Errorf("a good token: %s %v", d.Status.Verdict, d.Status.Findings)
	}
}

// Where APIRules cannot be read nothing wrong is said of them, and what was not read is
// told. The question stays within what one may ask, and the verdict is the same.
func TestHidden(t *testing.T) {
	text := strategy(t, "jwt", "        - /get\n", "        - /got\n") +
		endpoints("istio-system", "istio-ingressgateway", "10.96.1.4", 8443) + endpoints("default", "httpbin", "10.96.1.20", 80)
	for _, q := range []diagnose.Question{inside("GET", "/get"), outside("GET", "/get", nil)} {
		asked := 0
		open := ask(t, server{Reader: read(t, text), asked: &asked}, q)
		if asked > 25 {
			t.Errorf("%s: %d queries", q.Source, asked)
		}
		notes := strings.Join(open.Status.Notes, "\n")
		if message(open, "AD1004") == "" {
			t.Errorf("%s: findings %v, notes %s", q.Source, open.Status.Findings, notes)
		}
		hidden := ask(t, server{Reader: read(t, text), hides: kyma.APIRules, asked: &asked}, q)
		if hidden.Status.Verdict != open.Status.Verdict {
			t.Errorf("%s: %s, want %s", q.Source, hidden.Status.Verdict, open.Status.Verdict)
		}
		for _, code := range []string{"AD1002", "AD1003", "AD1004", "AD1005"} {
			if m := message(hidden, code); m != "" {
				t.Errorf("%s: %s: %s", q.Source, code, m)
			}
		}
		if !slices.ContainsFunc(hidden.Status.Unread, func(u cluster.Unread) bool { return u.Resource == "apirules" }) {
			t.Errorf("%s: unread %v", q.Source, hidden.Status.Unread)
		}
	}
}

// What becomes of a v1beta1 APIRule in v2 is told from what its annotation keeps: first
// what cannot be carried over, then what is refused afterwards.
func TestMigration(t *testing.T) {
	const kept = `{"host":"httpbin","service":{"name":"httpbin","port":8000},"rules":[{"path":"/get.*","methods":["GET"],"accessStrategies":[{"handler":"no_auth"}]}]}`
	text := strategy(t, "no-auth", "status: {state: Ready}", "status: {state: Error}", "kind: APIRule\nmetadata: {name: httpbin, namespace: default}",
		"kind: APIRule\nmetadata: {name: httpbin, namespace: default, annotations: {gateway.kyma-project.io/original-version: v1beta1, gateway.kyma-project.io/v1beta1-spec: '"+kept+"'}}")
	d := ask(t, read(t, text), inside("GET", "/get"))
	for _, f := range d.Status.Findings {
		if f.Code != "AD1002" {
			continue
		}
		if len(f.Help) < 4 || !strings.Contains(f.Help[1], "write /get and /get/{**}") || !strings.Contains(f.Help[2], "callers inside the cluster no longer get to Service default/httpbin") {
			t.Errorf("the steps are %q", f.Help)
		}
		return
	}
	t.Errorf("findings %v", d.Status.Findings)
}

// TestMigrationLint: lint tells every difference of v2 at the field of the v1beta1 APIRule;
// an answer has the first of them, and says where the rest is.
func TestMigrationLint(t *testing.T) {
	const rule = `
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: httpbin, namespace: default}
spec:
  host: httpbin.example.com
  service: {name: httpbin, port: 8000}
  gateway: kyma-gateway.kyma-system.svc.cluster.local
  rules:
  - {path: /open.*, methods: [GET], accessStrategies: [{handler: allow}], mutators: [{handler: header, config: {headers: {a: b}}}]}
  - {path: /open.*, methods: [GET], accessStrategies: [{handler: oauth2_introspection}]}
  - {path: /token, methods: [GET], accessStrategies: [{handler: jwt, config: {jwks_urls: [u]}}]}
---
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: second, namespace: default}
spec: {host: b.example.com, service: {name: httpbin, port: 8000}, gateway: kyma-system/kyma-gateway, rules: [{path: /a, methods: [OPTIONS], accessStrategies: [{handler: no_auth}]}]}
`
	r := read(t, strings.Split(strategy(t, "no-auth"), "apiVersion: gateway.kyma-project.io")[0]+rule)
	var fields []string
	for _, r := range lint.Run(lint.Read(t.Context(), r, lint.Options{}), lint.Options{Manifests: true}) {
		if r.Code == "AD1017" && r.Object() == "APIRule default/httpbin" {
			fields = append(fields, r.Field)
		}
	}
	want := []string{
		"spec", "spec", "spec.corsPolicy", "spec.gateway", // callers inside and sharing; CORS; the name
		"spec.rules[0].accessStrategies[0]", "spec.rules[0].methods", "spec.rules[0].methods", "spec.rules[0].mutators[0]", "spec.rules[0].path",
		"spec.rules[1].accessStrategies[0]", "spec.rules[1].methods", "spec.rules[1].path", "spec.rules[1].path", "spec.rules[1].path",
		"spec.rules[2].accessStrategies[0].config", "spec.rules[2].methods", "spec.rules[2].path", "spec.rules[2].path",
		"spec.service",
	}
	slices.Sort(fields)
	slices.Sort(want)
	if !slices.Equal(fields, want) {
		t.Errorf("lint tells of %q, want %q", fields, want)
	}
}
