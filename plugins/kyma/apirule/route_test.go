package apirule

import (
	"path/filepath"
	"strings"
	"testing"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// routes are the VirtualServices of an example, after replacing in its text.
func routes(t *testing.T, file string, replace ...string) (*APIRule, []*networkingv1.VirtualService) {
	t.Helper()
	s := example(t, filepath.Join("../../../examples", file))
	var out []*networkingv1.VirtualService
	for _, u := range s.others {
		if u.GetKind() != "VirtualService" {
			continue
		}
		text, err := u.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(replace); i += 2 {
			if !strings.Contains(string(text), replace[i]) {
				t.Fatalf("%s: no %s in %s", file, replace[i], text)
			}
		}
		u = manifest(t, strings.NewReplacer(replace...).Replace(string(text)))
		out = append(out, typed(t, u, &networkingv1.VirtualService{}))
	}
	return s.rule, out
}

var exampleWorld = world{map[string]string{"app": "httpbin"}, true, "example.com"}

// TestRouteExamples: the VirtualServices in the examples are what is made of the APIRules.
func TestRouteExamples(t *testing.T) {
	for _, file := range []string{"jwt", "no-auth", "ext-auth", "jwt-scopes", "rule-order"} {
		r, got := routes(t, "kyma-strategies/"+file+".yaml")
		found, ok, err := CompareRoutes(r, exampleWorld, got)
		if err != nil || !ok || len(got) != 1 || len(found.Differences) > 0 {
			t.Errorf("%s: %v, %v, %d VirtualServices: %+v", file, ok, err, len(got), found.Differences)
		}
	}
}

// TestRouteDrift: which field of the VirtualService differs, and what that does to a request.
func TestRouteDrift(t *testing.T) {
	get := Sent{Host: "httpbin.example.com", Method: "GET", Path: "/get"}
	post := Sent{Host: "httpbin.example.com", Method: "POST", Path: "/anything/at/all"}
	const jwt, order = "kyma-strategies/jwt.yaml", "kyma-strategies/rule-order.yaml"
	for _, tt := range []struct {
		name, file, from, to string
		sent                 Sent
		field, words         string
		effect               Effect
		says                 string
	}{
		{"another host", jwt, `"hosts":["httpbin.example.com"]`, `"hosts":["other.example.com"]`, get, "spec.hosts", "spec.hosts comes to httpbin.example.com, the VirtualService has other.example.com", Elsewhere, "is affected: it should go to httpbin.default.svc.cluster.local:8000, and finds no route"},
		{"another gateway", jwt, `"kyma-system/kyma-gateway"`, `"shop/own"`, get, "spec.gateways", "spec.gateway is kyma-system/kyma-gateway, the VirtualService is for shop/own", NoEffect, "is not affected"},
		{"another Service", jwt, `"host":"httpbin.default`, `"host":"canary.default`, get, "spec.http[0].route[0].destination.host", "spec.rules[0] leads to httpbin.default.svc.cluster.local, the VirtualService to canary.default.svc.cluster.local", Elsewhere, "is affected: it should go to httpbin.default.svc.cluster.local:8000, and goes to canary.default.svc.cluster.local:8000"},
		{"another port", jwt, `"number":8000`, `"number":80`, get, "spec.http[0].route[0].destination.port.number", "spec.rules[0] leads to 8000, the VirtualService to 80", Elsewhere, "goes to httpbin.default.svc.cluster.local:80"},
		{"more methods", jwt, `^(GET)$`, `^(GET|PUT)$`, Sent{get.Host, "PUT", "/get"}, "spec.http[0].match[0].method.regex", "spec.rules[0].methods come to ^(GET)$, the VirtualService has ^(GET|PUT)$", Elsewhere, "is affected: no rule is for it, and it goes to httpbin.default.svc.cluster.local:8000"},
		{"more methods, and another request", jwt, `^(GET)$`, `^(GET|PUT)$`, get, "spec.http[0].match[0].method.regex", "", NoEffect, "is not affected"},
		{"the order of methods says nothing", order, `^(GET|POST)$`, `^(POST|GET)$`, post, "", "", NoEffect, "is not affected"},
		{"another path", jwt, `^/get$`, `^/got$`, get, "spec.http[0].match[0].uri.regex", "spec.rules[0].path comes to ^/get$, the VirtualService has ^/got$", Elsewhere, "finds no route"},
		{"another time-out", jwt, `"180s"`, `"5s"`, get, "spec.http[0].timeout.seconds", "requests of spec.rules[0] may take 180 seconds, in the VirtualService 5 seconds", Otherwise, "is sent where it should be, and differs in timeout"},
		{"CORS", jwt, `"timeout"`, `"corsPolicy":{"allowOrigins":[{"exact":"https://a.example"}]},"timeout"`, get, "spec.http[0].corsPolicy.allowOrigins[0]", "spec.corsPolicy comes to corsPolicy.allowOrigins[0] none", Otherwise, "differs in corsPolicy"},
		{"another header", jwt, `{"x-forwarded-host":"httpbin.example.com"}`, `{"x-forwarded-host":"other"}`, get, "spec.http[0].headers.request.set", "x-forwarded-host=other", Otherwise, "differs in headers"},
		{"a rewrite", jwt, `"timeout"`, `"rewrite":{"uri":"/"},"timeout"`, get, "spec.http[0].rewrite.uri", "the VirtualService has rewrite.uri /, which spec.rules[0] does not make", Otherwise, "differs in rewrite"},
		{"a match by a header", jwt, `"uri":{`, `"headers":{"x-canary":{"exact":"a"}},"uri":{`, get, "spec.http[0].match[0].headers", "", EffectUnknown, "may be affected"},
		{"a redirect before all", order, `"http":[`, `"http":[{"redirect":{"authority":"a.example"}},`, post, "", "", Elsewhere, "goes to a redirect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, got := routes(t, tt.file, tt.from, tt.to)
			found, ok, err := CompareRoutes(r, exampleWorld, got)
			if err != nil || !ok || !found.Kept {
				t.Fatalf("%v, %v", ok, err)
			}
			told := tt.field == ""
			for _, d := range found.Differences {
				told = told || strings.HasPrefix(d.Field, tt.field) && strings.Contains(d.Words, tt.words) && d.Object.String() == "default/httpbin-q7b4d"
			}
			if !told {
				t.Errorf("want %s: %s in %+v", tt.field, tt.words, found.Differences)
			}
			if effect, says := found.Effect(tt.sent); effect != tt.effect || !strings.Contains(says, tt.says) {
				t.Errorf("effect %d: this request %s; want %d, %s", effect, says, tt.effect, tt.says)
			}
		})
	}
}

// TestRouteCount: none, and one more than the controller looks at.
func TestRouteCount(t *testing.T) {
	r, got := routes(t, "kyma-strategies/jwt.yaml")
	found, ok, err := CompareRoutes(r, exampleWorld, nil)
	if err != nil || !ok || len(found.Differences) != 1 || found.Differences[0].Drift != Missing {
		t.Errorf("none: %v, %v: %+v", ok, err, found.Differences)
	}
	if _, says := found.Effect(Sent{"httpbin.example.com", "GET", "/get"}); !strings.Contains(says, "finds no route") {
		t.Errorf("none: this request %s", says)
	}
	more := got[0].DeepCopy()
	more.Name = "httpbin-more1"
	found, _, _ = CompareRoutes(r, exampleWorld, append(got, more))
	if len(found.Differences) != 1 || found.Differences[0].Drift != Surplus || found.Differences[0].Object.Name != "httpbin-more1" {
		t.Errorf("two: %+v", found.Differences)
	}
	foreign := got[0].DeepCopy()
	foreign.Labels = nil
	if found, _, _ = CompareRoutes(r, exampleWorld, append(got, foreign)); len(found.Differences) > 0 {
		t.Errorf("one without labels: %+v", found.Differences)
	}
	r.MigrationStep = "vs-switch-to-service"
	if _, ok, err := CompareRoutes(r, exampleWorld, got); ok || err != nil {
		t.Errorf("in a migration: %v, %v", ok, err)
	}
}

// TestRouteV1Beta1: what the older handlers made, by the labels of those releases.
func TestRouteV1Beta1(t *testing.T) {
	const rule = `
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: httpbin, namespace: default}
spec:
  host: httpbin.example.com
  gateway: kyma-system/kyma-gateway
  service: {name: httpbin, port: 8000}
  timeout: 30
  rules:
  - {path: /open, methods: [GET], accessStrategies: [{handler: no_auth}]}
  - {path: /any, methods: [GET], accessStrategies: [{handler: allow}]}
  - {path: /open, methods: [POST], accessStrategies: [{handler: no_auth}]}
  - {path: /token, methods: [GET, POST], accessStrategies: [{handler: jwt}]}
`
	const common = `
    timeout: 30s
    headers: {request: {set: {x-forwarded-host: httpbin.example.com}}, response: {}}
    corsPolicy: {allowOrigins: [{regex: ".*"}], allowMethods: [GET, POST, PUT, DELETE, PATCH], allowHeaders: [Authorization, Content-Type, "*"]}
`
	const made = `
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: {name: httpbin-x, namespace: default, labels: {apirule.gateway.kyma-project.io/v1beta1: httpbin.default}}
spec:
  hosts: [httpbin.example.com]
  gateways: [kyma-system/kyma-gateway]
  http:
  - match: [{uri: {regex: /open}, method: {regex: "^(GET)$"}}]
    route: [{destination: {host: httpbin.default.svc.cluster.local, port: {number: 8000}}}]` + common + `
  - match: [{uri: {regex: /any}}]
    route: [{destination: {host: httpbin.default.svc.cluster.local, port: {number: 8000}}}]` + common + `
  - match: [{uri: {regex: /token}MATCH}]
    route: [{destination: {host: TARGET}}]` + common
	old, err := Parse(manifest(t, rule))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, match, target, from, to, words string }{
		{"by Oathkeeper", "", OathkeeperService + ", port: {number: 4455}", "", "", ""},
		{"by Istio", `, method: {regex: "^(GET|POST)$"}`, "httpbin.default.svc.cluster.local, port: {number: 8000}", "", "", ""},
		{"past Oathkeeper", "", "httpbin.default.svc.cluster.local, port: {number: 8000}", "", "", "spec.rules[3]"},
		{"another time-out", "", OathkeeperService + ", port: {number: 4455}", "timeout: 30s", "timeout: 3s", "may take 30 seconds, in the VirtualService 3 seconds"},
		{"another host", "", OathkeeperService + ", port: {number: 4455}", "hosts: [httpbin", "hosts: [other", "spec.host comes to httpbin.example.com, the VirtualService has other.example.com"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.NewReplacer("MATCH", tt.match, "TARGET", tt.target).Replace(made)
			if tt.from != "" {
				text = strings.ReplaceAll(text, tt.from, tt.to)
			}
			found, ok, err := CompareRoutes(old, exampleWorld, []*networkingv1.VirtualService{typed(t, manifest(t, text), &networkingv1.VirtualService{})})
			if err != nil || !ok || found.Kept {
				t.Fatalf("%v, %v, kept %v", ok, err, found.Kept)
			}
			var words []string
			for _, d := range found.Differences {
				words = append(words, d.Words)
			}
			if all := strings.Join(words, "; "); tt.words == "" && all != "" || !strings.Contains(all, tt.words) {
				t.Errorf("want %q in %q", tt.words, all)
			}
		})
	}
}
