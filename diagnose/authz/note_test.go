package authz

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// noted compiles policies for httpbin and returns the first one's trace.
func noted(d Dialect, m Mesh, ps ...Policy) PolicyTrace {
	return Compile(d, m, httpbin, ps).Explain(get()).Policies[0]
}

func TestNoteOfSeveralProviders(t *testing.T) {
	custom := func(name, provider string) Policy {
		return ap(t, name, `{action: CUSTOM, provider: {name: `+provider+`}, rules: [{}]}`)
	}
	m := Mesh{Providers: map[string]Provider{"x": {}, "w": {}}}
	ps := []Policy{custom("foo/a", "x"), custom("foo/b", "w"), ap(t, "foo/c", "{rules: [{}]}"), dry(custom("foo/d", "x"), "true")}
	want := `the workload has CUSTOM policies of several providers (foo/a of "x", foo/b of "w", foo/d of "x"), so istiod denies what they match: ` +
		`its flag PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is taken to be off`
	e := Compile(EnvoyHTTP, m, httpbin, ps).Explain(get())
	for i, has := range []bool{true, true, true, false} {
		if got := e.Policies[i]; has != (len(got.Notes) == 1 && got.Notes[0] == want) {
			t.Errorf("%s: got %q", got.Policy, got.Notes)
		}
	}
	if got := noted(EnvoyHTTP, m, ps[0], ps[3]); len(got.Notes) != 1 || got.Notes[0] != "a dry run of a CUSTOM policy denies what it matches" {
		t.Errorf("of one provider: %q", got.Notes)
	}
	if got := noted(EnvoyHTTP, m, ps[0]); len(got.Notes) != 0 {
		t.Errorf("of one provider: %q", got.Notes)
	}
}

func TestPolicyNotes(t *testing.T) {
	const starts = ": Envoy ends itself when it loads it, at every workload of the policy"
	paths := func(v, more string) Policy {
		return ap(t, "foo/p", `{rules: [{to: [{operation: {paths: ["`+v+`"]`+more+`}}]}]}`)
	}
	fatal := func(v string) []string {
		return []string{`spec.rules[0].to[0].operation.paths: the template "` + v + `" does not start with a single slash` + starts}
	}
	tests := []struct {
		name    string
		dialect Dialect
		policy  Policy
		want    []string
	}{
		{"dry run that is none", EnvoyHTTP, dry(ap(t, "foo/p", "{rules: [{}]}"), "yes"), []string{`its annotation istio.io/dry-run="yes" is no boolean, so it is enforced`}},
		{"dry run that is none, ztunnel", Ztunnel, dry(ap(t, "foo/p", "{rules: [{}]}"), "yes"), []string{`its annotation istio.io/dry-run="yes" is no boolean, so it is enforced`}},
		{"dry run", EnvoyHTTP, dry(ap(t, "foo/p", "{rules: [{}]}"), "T"), nil},
		{"no dry run", EnvoyHTTP, dry(ap(t, "foo/p", "{rules: [{}]}"), "0"), nil},
		{"template", EnvoyHTTP, paths("{**}", ""), fatal("{**}")},
		{"template of an empty segment", EnvoyHTTP, paths("//{*}", ""), fatal("//{*}")},
		{"template in a dry run", EnvoyHTTP, dry(paths("a/{*}", ""), "true"), fatal("a/{*}")},
		{"good template", EnvoyHTTP, paths("/a/{*}", ""), nil},
		{"no template", EnvoyHTTP, paths("a", ""), nil},
		{"template of a rule that is dropped", EnvoyHTTP, paths("{*}", ", ports: [http]"), nil},
		{"template on TCP", EnvoyTCP, paths("{*}", ""), nil},
		{"template in ztunnel", Ztunnel, paths("{*}", ""), nil},
		{"template of a header", EnvoyHTTP, ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x]", values: ["{*}"]}]}]}`), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, noted(tt.dialect, Mesh{}, tt.policy).Notes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRuleNotes(t *testing.T) {
	tests := []struct {
		name         string
		dialect      Dialect
		action, rule string
		want         []string
	}{
		{"one list on TCP", EnvoyTCP, "DENY", `{to: [{operation: {methods: [GET]}}]}`, []string{
			"spec.rules[0].to[0].operation: nothing of it is left, so it matches everything",
			"the connection is not HTTP: methods is ignored, so the rule matches every connection",
		}},
		{
			"several lists on TCP", EnvoyTCP, "DENY", `{from: [{source: {namespaces: [x], notRequestPrincipals: ["*"]}}], to: [{operation: {paths: ["/a"], ports: ["80"]}}, {operation: {paths: ["/a"], ports: ["80"]}}], when: [{key: "request.headers[a]", values: [x]}]}`,
			[]string{"the connection is not HTTP: notRequestPrincipals, paths, request.headers[a] are ignored, so the rule matches every connection that the rest of it fits"},
		},
		{"one of two entries on TCP", EnvoyTCP, "AUDIT", `{to: [{operation: {hosts: [a]}}, {operation: {ports: ["80"]}}]}`, []string{
			"spec.rules[0].to[0].operation: nothing of it is left, so it matches everything",
			"the connection is not HTTP: hosts is ignored, so the rule matches every connection",
		}},
		{"no HTTP list on TCP", EnvoyTCP, "DENY", `{to: [{operation: {ports: ["80"]}}]}`, nil},
		{"empty entries", EnvoyTCP, "DENY", `{from: [{source: {}}], to: [{operation: {}}]}`, nil},
		{"claims in CUSTOM", EnvoyHTTP, "CUSTOM", `{from: [{source: {namespaces: [x], requestPrincipals: [x]}}], when: [{key: "request.auth.claims[a]", notValues: [x]}]}`, []string{
			"spec.rules[0].from[0].source.requestPrincipals: " + whyEarly,
			"spec.rules[0].when[0].notValues: " + whyEarly,
		}},
		{"claims in DENY", EnvoyHTTP, "DENY", `{from: [{source: {requestPrincipals: [x]}}]}`, nil},
		{"HTTP", EnvoyHTTP, "DENY", `{to: [{operation: {methods: [GET]}}]}`, nil},
		{"no-op in ztunnel", Ztunnel, "DENY", `{from: [{source: {namespaces: [x]}}], to: [{operation: {methods: [GET]}}]}`, []string{
			"spec.rules[0].to[0].operation.methods: left out: ztunnel does not see it",
			"spec.rules[0].to[0].operation: nothing of it is left, so it never matches",
			"the rule never matches in ztunnel: it denies nothing",
		}},
		{"one of two entries in ztunnel", Ztunnel, "DENY", `{to: [{operation: {methods: [GET]}}, {operation: {ports: ["80"]}}]}`, []string{
			"spec.rules[0].to[0].operation.methods: left out: ztunnel does not see it",
			"spec.rules[0].to[0].operation: nothing of it is left, so it never matches",
		}},
		{"key in ztunnel", Ztunnel, "DENY", `{when: [{key: connection.sni, values: [x]}]}`, []string{
			`spec.rules[0].when[0].key: left out: ztunnel does not know the key "connection.sni"`,
			"spec.rules[0].when[0]: nothing of it is left, so it never matches",
			"the rule never matches in ztunnel: it denies nothing",
		}},
		{"trust domains in ztunnel", Ztunnel, "ALLOW", `{from: [{source: {namespaces: [x], trustDomains: [w], notTrustDomains: [z]}}]}`, []string{
			"spec.rules[0].from[0].source.trustDomains: left out: ztunnel does not look at trust domains",
			"spec.rules[0].from[0].source.notTrustDomains: left out: ztunnel does not look at trust domains",
			"spec.rules[0].from[0].source: it matches identities of any trust domain",
		}},
		{"trust domains alone in ztunnel", Ztunnel, "ALLOW", `{from: [{source: {trustDomains: [w]}}]}`, []string{
			"spec.rules[0].from[0].source.trustDomains: left out: ztunnel does not look at trust domains",
			"spec.rules[0].from[0].source: nothing of it is left, so it never matches",
			"the rule never matches in ztunnel: it allows nothing",
		}},
		{"nothing to note in ztunnel", Ztunnel, "DENY", `{from: [{source: {namespaces: [x]}}]}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := noted(tt.dialect, Mesh{}, ap(t, "foo/p", "{action: "+tt.action+", rules: ["+tt.rule+"]}"))
			if diff := cmp.Diff(tt.want, got.Rules[0].Notes); diff != "" || got.Rules[0].Dropped != "" {
				t.Error(diff, got.Rules[0].Dropped)
			}
		})
	}
}

// TestDropped: the reason names the key or the value.
func TestDropped(t *testing.T) {
	when := func(key, value string) string {
		return `{when: [{key: "` + key + `", values: ["` + value + `"]}]}`
	}
	tests := []struct {
		name         string
		dialect      Dialect
		action, rule string
		want         string
	}{
		{"unknown key", EnvoyHTTP, "DENY", when("destination.user", "x"), `spec.rules[0].when[0].key: unknown key "destination.user"`},
		{"the first stands", EnvoyHTTP, "ALLOW", `{to: [{operation: {ports: [a, b]}}], when: [{key: x, values: [x]}]}`, `spec.rules[0].to[0].operation.ports: "a" is no port number`},
		{"port", EnvoyHTTP, "ALLOW", when("destination.port", "http"), `spec.rules[0].when[0].values: destination.port: "http" is no port number`},
		{"block", EnvoyHTTP, "ALLOW", when("source.ip", "10.0.0.0/99"), `spec.rules[0].when[0].values: source.ip: "10.0.0.0/99" is no IP address or CIDR block`},
		{"header", EnvoyHTTP, "ALLOW", when("request.headers.x", "a"), "spec.rules[0].when[0].values: request.headers.x: the key has no name in brackets"},
		{"HTTP on TCP", EnvoyTCP, "ALLOW", when("request.headers[x]", "a"), "spec.rules[0].when[0].values: request.headers[x]: an HTTP attribute, and the connection is not HTTP"},
		{"list on TCP", EnvoyTCP, "ALLOW", `{to: [{operation: {methods: [GET]}}]}`, "spec.rules[0].to[0].operation.methods: an HTTP attribute, and the connection is not HTTP"},
		{"key in ztunnel", Ztunnel, "ALLOW", when("connection.sni", "x"), `spec.rules[0].when[0].key: ztunnel does not know the key "connection.sni"`},
		{"list in ztunnel", Ztunnel, "ALLOW", `{to: [{operation: {methods: [GET]}}]}`, "spec.rules[0].to[0].operation.methods: ztunnel does not see it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := noted(tt.dialect, Mesh{}, ap(t, "foo/p", "{action: "+tt.action+", rules: ["+tt.rule+"]}")).Rules[0]
			if got.Dropped != tt.want {
				t.Errorf("got %q, want %q", got.Dropped, tt.want)
			}
		})
	}
	got := noted(EnvoyHTTP, Mesh{}, ap(t, "foo/p", "{action: DENY, rules: ["+when("destination.port", "http")+"]}")).Rules[0]
	if want := []string{`spec.rules[0].when[0].values: a value is left out: destination.port: "http" is no port number`}; got.Dropped != "" || cmp.Diff(want, got.Notes) != "" {
		t.Errorf("got %q, %q", got.Dropped, got.Notes)
	}
}

func TestValidProvider(t *testing.T) {
	longest := strings.Repeat("x", 63)
	for name, want := range map[string]bool{longest: true, longest + "x": false, "a": true, "a-1": true, "": false, "-a": false, "a-": false, "A": false, "a_b": false, "a.b": false} {
		if got := validProvider(name); got != want {
			t.Errorf("%q: got %v", name, got)
		}
	}
}
