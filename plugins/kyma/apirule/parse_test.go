package apirule

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// manifest reads an object.
func manifest(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

func parsed(t testing.TB, text string) *APIRule {
	t.Helper()
	r, err := Parse(manifest(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// full has every field that is read.
const full = `
apiVersion: gateway.kyma-project.io/VERSION
kind: APIRule
metadata:
  name: cart
  namespace: shop
  annotations:
    gateway.kyma-project.io/original-version: v2
    gateway.kyma-project.io/migration-step: vs-switch-to-service
spec:
  hosts: [cart]
  service: {name: cart, port: 80}
  externalGateway: shop/public
  timeout: 30
  corsPolicy:
    allowOrigins: [{exact: https://example.com}, {regex: ".*"}]
    allowMethods: [GET]
    allowHeaders: [x-a]
    maxAge: 5
  rules:
  - path: /a
    methods: [GET, POST]
    noAuth: true
    service: {name: other, namespace: store, port: 8080, external: false}
    request: {headers: {x: z}}
  - path: /b
    methods: [GET]
    noAuth: false
    jwt:
      authentications:
      - issuer: i
        jwksUri: u
        fromHeaders: [{name: h, prefix: p}]
        fromParams: [q]
      authorizations:
      - {requiredScopes: [s], audiences: [a]}
  - path: /c
    methods: [PUT]
    extAuth:
      authorizers: [x]
      restrictions:
        authentications: [{issuer: i, jwksUri: u}]
status: {state: Ready, description: all is well}
`

func TestParse(t *testing.T) {
	tokens := &JWT{Authentications: []Authentication{{Issuer: "i", JwksURI: "u"}}}
	for _, version := range []string{V2, V2Alpha1} {
		want := &APIRule{
			Ref: Ref{"shop", "cart"}, Version: version, Original: "v2", MigrationStep: "vs-switch-to-service",
			Hosts: []string{"cart"}, Service: &Service{Ref: Ref{"", "cart"}, Port: 80}, ExternalGateway: "shop/public",
			CORS: &CORS{
				AllowOrigins: []Origins{{"exact", "https://example.com"}, {"regex", ".*"}},
				AllowMethods: []string{"GET"}, AllowHeaders: []string{"x-a"}, MaxAge: new(5 * time.Second),
			},
			Timeout: 30,
			Rules: []Rule{
				{Path: "/a", Methods: []string{"GET", "POST"}, NoAuth: true, Service: &Service{Ref: Ref{"store", "other"}, Port: 8080}, Headers: map[string]string{"x": "z"}},
				{Path: "/b", Methods: []string{"GET"}, JWT: &JWT{
					Authentications: []Authentication{{"i", "u", []Header{{"h", "p"}}, []string{"q"}}},
					Authorizations:  []Authorization{{[]string{"s"}, []string{"a"}}},
				}},
				{Path: "/c", Methods: []string{"PUT"}, ExtAuth: &External{[]string{"x"}, tokens}},
			},
			Status: Status{"Ready", "all is well"},
		}
		if diff := cmp.Diff(want, parsed(t, strings.Replace(full, "VERSION", version, 1))); diff != "" {
			t.Errorf("%s, -want +got:\n%s", version, diff)
		}
	}
}

const old = `
apiVersion: gateway.kyma-project.io/v1beta1
kind: APIRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart.example.com
  gateway: kyma-gateway.kyma-system.svc.cluster.local
  service: {name: cart, port: 80}
  rules:
  - path: /.*
    methods: [GET]
    accessStrategies: [{handler: jwt, config: {trusted_issuers: [i], jwks_urls: [u], required_scope: [s], target_audience: [a]}}]
    mutators: [{handler: header, config: {headers: {x: y}}}]
  - path: /free
    methods: [GET]
    accessStrategies: [{handler: noop}]
  - path: /token
    methods: [GET]
    accessStrategies: [{handler: jwt, config: {authentications: [{issuer: i, jwksUri: u}]}}]
status: {APIRuleStatus: {code: ERROR, desc: it is wrong}}
`

func TestParseV1Beta1(t *testing.T) {
	want := &APIRule{
		Ref: Ref{"shop", "cart"}, Version: V1Beta1, Hosts: []string{"cart.example.com"},
		Gateway: "kyma-gateway.kyma-system.svc.cluster.local", Service: &Service{Ref: Ref{"", "cart"}, Port: 80},
		Rules: []Rule{
			{
				Path: "/.*", Methods: []string{"GET"}, Mutators: []string{"header"},
				Handlers: []Handler{{Name: "jwt", Ory: &Ory{[]string{"i"}, []string{"u"}, []string{"s"}, []string{"a"}}}},
			},
			{Path: "/free", Methods: []string{"GET"}, Handlers: []Handler{{Name: "noop"}}},
			{Path: "/token", Methods: []string{"GET"}, Handlers: []Handler{{Name: "jwt", JWT: &JWT{Authentications: []Authentication{{Issuer: "i", JwksURI: "u"}}}}}},
		},
		Status: Status{"Error", "it is wrong"},
	}
	if diff := cmp.Diff(want, parsed(t, old)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestParseErrors: the object and the field are named.
func TestParseErrors(t *testing.T) {
	const head = "apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: cart, namespace: shop}\n"
	for _, tt := range []struct{ text, want string }{
		{"apiVersion: v1\nkind: APIRule\nmetadata: {name: cart, namespace: shop}", `APIRule shop/cart is no APIRule`},
		{"apiVersion: gateway.kyma-project.io/v3\nkind: APIRule\nmetadata: {name: cart, namespace: shop}", `apirule "shop/cart": version v3 is not known`},
		{head + "spec: [1]", `apirule "shop/cart": spec: want an object, got a list`},
		{head + "spec: {hosts: cart}", `apirule "shop/cart": spec.hosts: want a list, got a string`},
		{head + "spec: {hosts: [1]}", `apirule "shop/cart": spec.hosts[0]: want a string, got a number`},
		{head + "spec: {service: {name: cart, port: http}}", `apirule "shop/cart": spec.service.port: want a whole number, got a string`},
		{head + "spec: {rules: [{path: /, methods: [GET], noAuth: 'yes'}]}", `apirule "shop/cart": spec.rules[0].noAuth: want a boolean, got a string`},
		{head + "spec: {rules: [{path: /, methods: [GET], noAuth: true}, {path: /a, methods: [GET]}]}", `apirule "shop/cart": spec.rules[1]: want one of noAuth, jwt and extAuth, got 0 of them`},
		{head + "spec: {rules: [{path: /, noAuth: true, jwt: {}}]}", `apirule "shop/cart": spec.rules[0]: want one of noAuth, jwt and extAuth, got 2 of them`},
		{head + "spec: {rules: [{jwt: {authentications: [{issuer: [a]}]}}]}", `apirule "shop/cart": spec.rules[0].jwt.authentications[0].issuer: want a string, got a list`},
		{strings.Replace(head, "/v2", "/v1beta1", 1) + "spec: {rules: [{accessStrategies: {handler: jwt}}]}", `apirule "shop/cart": spec.rules[0].accessStrategies: want a list, got an object`},
	} {
		_, err := Parse(manifest(t, tt.text))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s\ngot  %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestWritten(t *testing.T) {
	for _, tt := range []struct {
		r       APIRule
		want    string
		wantOld bool
	}{
		{APIRule{Version: V2}, V2, false},
		{APIRule{Version: V1Beta1}, V1Beta1, true},
		{APIRule{Version: V1Beta1, Original: V2}, V2, false},
		{APIRule{Version: V2, Original: V2Alpha1}, V2Alpha1, false},
		{APIRule{Version: V2, Original: V1Beta1}, V1Beta1, false},
		{APIRule{Version: V2, Original: V1Beta1, V1Beta1Spec: `{"host":"a.b"}`}, V1Beta1, true},
	} {
		_, ok, err := tt.r.AsV1Beta1()
		if got := tt.r.Written(); got != tt.want || ok != tt.wantOld || err != nil {
			t.Errorf("%+v: written in %s, kept %v, %v", tt.r, got, ok, err)
		}
	}
	for spec, want := range map[string]string{
		"{":          `apirule "shop/cart": metadata.annotations[gateway.kyma-project.io/v1beta1-spec]: unexpected end of JSON input`,
		`{"host":1}`: `apirule "shop/cart": metadata.annotations[gateway.kyma-project.io/v1beta1-spec]: spec.host: want a string, got a number`,
	} {
		_, _, err := (&APIRule{Ref: Ref{"shop", "cart"}, Version: V2, Original: V1Beta1, V1Beta1Spec: spec}).AsV1Beta1()
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", spec, err, want)
		}
	}
}
