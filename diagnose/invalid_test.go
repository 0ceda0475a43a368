package diagnose

import (
	"slices"
	"strings"
	"testing"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// codeTest asks a question and looks at the findings: what is to be among them, and
// what is not.
type codeTest struct {
	name           string
	more           string
	source, target string
	request        Request
	verdict        Verdict
	want           string   // a code that is to be found; "": none but those that say what denies
	says           []string // parts of its message
}

// causes are the codes that say what decides.
var causes = []string{"AD0101", "AD0102", "AD0103", "AD0201", "AD0202", "AD0203", "AD0204", "AD0401", "AD0501", "AD0502", "AD0601"}

func (tt codeTest) run(t *testing.T) {
	t.Helper()
	d, _, err := Ask(t.Context(), files(t, tt.more), Question{Source: or(tt.source, "frontend"), Target: or(tt.target, "http://httpbin:8000/get"), Request: tt.request})
	if err != nil {
		t.Fatal(err)
	}
	if d.Status.Verdict != tt.verdict {
		t.Errorf("verdict %s, want %s: %s", d.Status.Verdict, tt.verdict, d.Status.Summary)
	}
	found := false
	for _, f := range d.Status.Findings {
		if f.Code != tt.want {
			if tt.want == "" && !slices.Contains(causes, f.Code) {
				t.Errorf("%s is found: %s", f.Code, f.Message)
			}
			continue
		}
		found = true
		for _, part := range tt.says {
			if !strings.Contains(f.Message, part) {
				t.Errorf("the message lacks %q: %s", part, f.Message)
			}
		}
		if !slices.Contains(causes, f.Code) && (len(f.Objects) == 0 || len(f.Help) == 0) {
			t.Errorf("no object or no help: %+v", f)
		}
	}
	if tt.want != "" && !found {
		t.Errorf("no %s in %+v", tt.want, d.Status.Findings)
	}
}

// annotated puts annotations or labels on an object.
func annotated(object, what string) string {
	return strings.Replace(object, "namespace: default}", "namespace: default, "+what+"}", 1)
}

func TestInvalid(t *testing.T) {
	get := Request{Method: "GET"}
	ambient := podYAML("foo", "client", "app: client", captured, "", "10.0.1.5") + podYAML("foo", "server", "app: server", captured, "", "10.0.1.6") +
		object("Service", "foo", "server", "{selector: {app: server}, ports: [{port: 80, name: http}]}")
	peer := func(namespace, spec string) string {
		return object("PeerAuthentication", namespace, "pa", "{"+spec+"}")
	}
	ra := func(rule string) string {
		return object("RequestAuthentication", "default", "jwt", "{selector: {matchLabels: {app: httpbin}}, jwtRules: [{"+rule+"}]}")
	}
	none := Request{Method: "GET", Exact: true}
	for _, tt := range []codeTest{
		{
			name: "a port by its name", more: ap("p", "rules: [{to: [{operation: {ports: [http]}}]}]"), request: get, verdict: Denied,
			want: "AD0205", says: []string{"default/p", "spec.rules[0].to[0].operation.ports", `"http" is no port number`, "the whole rule is gone"},
		},
		{
			name: "a bad block makes a DENY wider", more: ap("p", "action: DENY, rules: [{from: [{source: {ipBlocks: [10.0.0.0/99]}}]}]"), request: get, verdict: Denied,
			want: "AD0205", says: []string{"ipBlocks", "matches more than is written"},
		},
		{
			name: "selector and targetRefs", more: ap("p", "targetRefs: [{kind: Service, name: httpbin}], action: DENY, rules: [{}]"), request: get, verdict: Allowed,
			want: "AD0205", says: []string{"spec.selector", "workloads do not have the policy"},
		},
		{
			name: "a workload as target", more: object("AuthorizationPolicy", "default", "p", "{targetRefs: [{group: apps, kind: Deployment, name: httpbin}], action: DENY, rules: [{}]}"), request: get, verdict: Allowed,
			want: "AD0205", says: []string{`"apps/Deployment" is nothing that a policy can target`},
		},
		{
			name: "another Service's wrong target is nothing here", more: object("AuthorizationPolicy", "default", "p", "{targetRefs: [{group: apps, kind: Deployment, name: other}], action: DENY, rules: [{}]}"), request: get, verdict: Allowed,
		},
		{name: "a wildcard in the selector", more: object("AuthorizationPolicy", "default", "p", "{selector: {matchLabels: {app: 'http*'}}, action: DENY, rules: [{}]}"), request: get, verdict: Allowed, want: "AD0205", says: []string{"it selects no Pod"}},
		{name: "an unknown key", more: ap("p", "action: DENY, rules: [{when: [{key: destination.user, values: [x]}]}]"), request: get, verdict: Allowed, want: "AD0205", says: []string{"is no key of a condition", "matches nothing"}},
		{name: "a dry run that is none", more: annotated(ap("p", "action: DENY, rules: [{}]"), "annotations: {istio.io/dry-run: ture}"), request: get, verdict: Denied, want: "AD0205", says: []string{`"ture" is no boolean`, "enforced"}},
		{name: "CUSTOM by a token", more: ap("p", "action: CUSTOM, provider: {name: x}, rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"), request: get, verdict: Allowed, want: "AD0205", says: []string{"no request matches it"}},
		{name: "DENY without rules", more: ap("p", "action: DENY"), request: get, verdict: Allowed, want: "AD0205", says: []string{"it denies nothing"}},
		{name: "a template that is none", more: ap("p", "rules: [{to: [{operation: {paths: ['/a/{id}']}}]}]"), request: get, verdict: Denied, want: "AD0205", says: []string{"braces and all"}},
		{name: "an empty source", more: ap("p", "action: DENY, rules: [{from: [{source: {}}]}]"), request: get, verdict: Denied, want: "AD0205", says: []string{"the source is empty", "constrains nothing"}},
		{
			name: "all that is valid", request: none, verdict: Allowed,
			more: ap("p", "rules: [{from: [{source: {principals: ['*'], ipBlocks: ['10.0.0.0/8', '::1']}}], to: [{operation: {ports: ['80'], paths: ['/{**}'], methods: [GET]}}], "+
				"when: [{key: 'request.headers[x-a]', notValues: [b]}, {key: connection.sni, values: ['*']}, {key: source.trustDomain, values: ['cluster*']}]}]"),
		},
		{name: "a policy of another workload", more: object("AuthorizationPolicy", "default", "p", "{selector: {matchLabels: {app: other}}, action: DENY}"), request: get, verdict: Allowed},
		{
			name: "istiod ends itself", more: ambient + object("AuthorizationPolicy", "foo", "p", "{selector: {matchLabels: {app: nobody}}, rules: [{from: [{}]}]}"), source: "client.foo", target: "http://server.foo/",
			verdict: Allowed, want: "AD0206", says: []string{"foo/p", "spec.rules[0].from[0]", "ends istiod"},
		},
		{name: "without ambient it does not", more: object("AuthorizationPolicy", "default", "p", "{selector: {matchLabels: {app: nobody}}, rules: [{from: [{}]}]}"), request: get, verdict: Allowed},
		{name: "nor for a policy with targetRefs", more: ambient + object("AuthorizationPolicy", "foo", "p", "{targetRefs: [{kind: Service, name: other}], rules: [{from: [{}]}]}"), source: "client.foo", target: "http://server.foo/", verdict: Allowed},
		{
			name: "a header's name in two lines", more: ap("p", `action: DENY, rules: [{when: [{key: "request.headers[x-a\nb]", values: [x]}]}]`), request: get, verdict: Conditional,
			want: "AD0404", says: []string{"spec.rules[0].when[0].key", "refuses the whole listener"},
		},
		{name: "a header's name", more: ap("p", `action: DENY, rules: [{when: [{key: "request.headers[x-a]", values: [x]}]}]`), request: none, verdict: Allowed},
		{name: "ports without a selector", more: peer("default", "portLevelMtls: {80: {mode: STRICT}}"), source: "sleep.foo", target: "http://httpbin.default:8000/", verdict: Allowed, want: "AD0304", says: []string{"PERMISSIVE and not STRICT"}},
		{name: "another port without a selector", more: peer("default", "portLevelMtls: {81: {mode: STRICT}}"), source: "sleep.foo", target: "http://httpbin.default:8000/", verdict: Allowed},
		{name: "a selector in the root namespace", more: peer("istio-system", "selector: {matchLabels: {app: httpbin}}, mtls: {mode: STRICT}"), source: "sleep.foo", target: "http://httpbin.default:8000/", verdict: Allowed, want: "AD0305", says: []string{"istio-system/pa", "in force is PERMISSIVE"}},
		{name: "the mesh's mode", more: peer("istio-system", "mtls: {mode: PERMISSIVE}"), source: "sleep.foo", target: "http://httpbin.default:8000/", verdict: Allowed},
		{name: "a token rule without keys", more: ra("issuer: a, jwks: nonsense"), request: none, verdict: Allowed, want: "AD0503", says: []string{"spec.jwtRules[0].jwks", "every token of its issuer is refused"}},
		{name: "a token rule without an issuer", more: ra("fromParams: [t]"), request: none, verdict: Allowed, want: "AD0503", says: []string{"neither an issuer nor a jwksUri"}},
		{name: "a token rule", more: ra(`issuer: a, jwks: '{"keys": []}', audiences: [b]`), request: none, verdict: Allowed},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestInvalidFields: each thing that the validation refuses is found at its field.
func TestInvalidFields(t *testing.T) {
	rule := func(r *securityapi.Rule) *securityapi.AuthorizationPolicy {
		return &securityapi.AuthorizationPolicy{Action: securityapi.AuthorizationPolicy_DENY, Rules: []*securityapi.Rule{r}}
	}
	from := func(s *securityapi.Source) *securityapi.AuthorizationPolicy {
		return rule(&securityapi.Rule{From: []*securityapi.Rule_From{{Source: s}}})
	}
	to := func(o *securityapi.Operation) *securityapi.AuthorizationPolicy {
		return rule(&securityapi.Rule{To: []*securityapi.Rule_To{{Operation: o}}})
	}
	when := func(key string, values ...string) *securityapi.AuthorizationPolicy {
		return rule(&securityapi.Rule{When: []*securityapi.Condition{{Key: key, Values: values}}})
	}
	const source, operation = "spec.rules[0].from[0].source", "spec.rules[0].to[0].operation"
	for _, tt := range []struct {
		spec  *securityapi.AuthorizationPolicy
		field string
	}{
		{rule(nil), "spec.rules[0]"},
		{from(nil), "spec.rules[0].from[0]"},
		{to(nil), "spec.rules[0].to[0]"},
		{to(&securityapi.Operation{}), operation},
		{from(&securityapi.Source{Principals: []string{""}}), source + ".principals"},
		{from(&securityapi.Source{ServiceAccounts: []string{"a/b/c"}}), source + ".serviceAccounts"},
		{from(&securityapi.Source{NotServiceAccounts: []string{"a*"}}), source + ".notServiceAccounts"},
		{from(&securityapi.Source{ServiceAccounts: []string{"a"}, Namespaces: []string{"b"}}), source + ".serviceAccounts"},
		{from(&securityapi.Source{TrustDomains: []string{"a*b"}}), source + ".trustDomains"},
		{from(&securityapi.Source{TrustDomains: []string{"a/b"}}), source + ".trustDomains"},
		{from(&securityapi.Source{NotRemoteIpBlocks: []string{"10.0.0"}}), source + ".notRemoteIpBlocks"},
		{to(&securityapi.Operation{NotPorts: []string{"65536"}}), operation + ".notPorts"},
		{to(&securityapi.Operation{Hosts: []string{""}}), operation + ".hosts"},
		{to(&securityapi.Operation{Paths: []string{"/{**}/{*}"}}), operation + ".paths"},
		{to(&securityapi.Operation{Paths: []string{"/a b/{*}"}}), operation + ".paths"},
		{when("request.headers", "a"), "spec.rules[0].when[0].key"},
		{when("request.headers[]", "a"), "spec.rules[0].when[0].key"},
		{when("source.ip"), "spec.rules[0].when[0]"},
		{when("source.ip", "x"), "spec.rules[0].when[0].values"},
		{when("destination.port", "http"), "spec.rules[0].when[0].values"},
		{when("", "x"), "spec.rules[0].when[0].key"},
		{&securityapi.AuthorizationPolicy{Action: 9}, "spec.action"},
		{&securityapi.AuthorizationPolicy{Action: securityapi.AuthorizationPolicy_CUSTOM}, "spec.rules"},
		{&securityapi.AuthorizationPolicy{Action: securityapi.AuthorizationPolicy_CUSTOM, Rules: []*securityapi.Rule{{}}}, "spec.provider.name"},
		{&securityapi.AuthorizationPolicy{ActionDetail: &securityapi.AuthorizationPolicy_Provider{Provider: &securityapi.AuthorizationPolicy_ExtensionProvider{Name: "x"}}}, "spec.provider"},
	} {
		for _, ztunnel := range []bool{false, true} {
			found := invalid(authz.Policy{Spec: tt.spec}, ztunnel)
			if len(found) != 1 || found[0].field != tt.field || found[0].what == "" || found[0].effect == "" {
				t.Errorf("%v: got %+v, want one at %s", tt.spec, found, tt.field)
			}
		}
	}
}
