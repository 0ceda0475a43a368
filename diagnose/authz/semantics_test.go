package authz

import (
	"fmt"
	"testing"
)

// matches tells whether the only rule of an ALLOW policy lets r pass.
func matches(t *testing.T, d Dialect, rule string, r *Request) bool {
	t.Helper()
	return decide(t, d, Mesh{}, httpbin, r, ap(t, "foo/p", "{rules: ["+rule+"]}")).Verdict == Allowed
}

// TestZtunnelMatch has what ztunnel's own matcher and istiod's conversion do.
func TestZtunnelMatch(t *testing.T) {
	tests := []struct {
		name, rule string
		deny       bool
		r          *Request
		want       bool // the rule matches
	}{
		{"principal", `{from: [{source: {principals: ["` + sleep + `"]}}]}`, false, get(), true},
		{"two stars", `{from: [{source: {namespaces: ["**"]}}]}`, false, get(), false},
		{"star at both ends", `{from: [{source: {principals: ["*/ns/foo/*"]}}]}`, false, get(), false},
		{"scheme and suffix", `{from: [{source: {principals: ["*://` + sleep + `"]}}]}`, false, get(), false},
		{"suffix", `{from: [{source: {principals: ["*/sa/sleep"]}}]}`, false, get(), true},
		{"account of any trust domain", `{from: [{source: {serviceAccounts: [sleep]}}]}`, false, with(from("x/ns/foo/sa/sleep")), true},
		{"account cut at the first slash", `{from: [{source: {serviceAccounts: [foo/sleep/x]}}]}`, false, get(), false},
		{"notServiceAccounts and plaintext", `{from: [{source: {notServiceAccounts: [foo/sleep]}}]}`, true, with(plaintext), true},
		{"mapped block", `{from: [{source: {ipBlocks: ["::ffff:10.0.0.0/104"]}}]}`, false, get(), false},
		{"::/0 and IPv4", `{from: [{source: {ipBlocks: ["::/0"]}}]}`, false, get(), false},
		{"host bits", `{from: [{source: {ipBlocks: [10.244.1.99/24]}}]}`, false, get(), true},
		{"leading zero", `{to: [{operation: {ports: ["08080"]}}]}`, false, get(), true},
		{"port and 15008", `{to: [{operation: {ports: ["15008"]}}]}`, false, get(), false},
		{"destination.ip", `{when: [{key: destination.ip, values: [10.244.2.9]}]}`, false, get(), true},
		{"destination.port", `{when: [{key: destination.port, notValues: ["8080"]}]}`, false, get(), false},
		{"source.ip", `{when: [{key: source.ip, values: [10.244.0.0/16]}]}`, false, get(), true},
		{"source.namespace", `{when: [{key: source.namespace, values: [foo]}]}`, false, get(), true},
		{"source.principal", `{when: [{key: source.principal, values: ["*"]}]}`, false, with(plaintext), false},
		{"empty namespace and plaintext", `{from: [{source: {namespaces: [""]}}]}`, false, with(plaintext), true},
		{"invalid beside valid, ALLOW", `{from: [{source: {namespaces: [foo], ipBlocks: [nonsense]}}]}`, false, get(), true},
		{"invalid beside valid, DENY", `{from: [{source: {namespaces: [foo], ipBlocks: [nonsense]}}]}`, true, get(), true},
		{"invalid alone, ALLOW", `{to: [{operation: {ports: [http]}}]}`, false, get(), false},
		{"invalid alone, DENY", `{to: [{operation: {ports: [http]}}]}`, true, get(), false},
		{"when with neither list", `{when: [{key: source.ip}]}`, true, get(), false},
		{"L7 in a DENY of a namespace", `{from: [{source: {namespaces: [foo]}}], to: [{operation: {methods: [GET]}}]}`, true, get(), false},
		{"L7 beside L4 in one entry", `{to: [{operation: {methods: [POST], ports: ["8080"]}}]}`, true, get(), true},
		{"notTrustDomains alone", `{from: [{source: {notTrustDomains: [x]}}]}`, true, get(), false},
		{"notRemoteIpBlocks alone", `{from: [{source: {notRemoteIpBlocks: [1.1.1.1]}}]}`, true, get(), false},
		{"namespace and requestPrincipals", `{from: [{source: {namespaces: [foo], requestPrincipals: [x]}}]}`, true, get(), true},
		{"L7 entry costs the L4 entry", `{from: [{source: {namespaces: [foo]}}, {source: {requestPrincipals: ["*"]}}]}`, false, get(), false},
		{"empty rule", `{}`, true, get(), true},
		{"empty source", `{from: [{source: {}}]}`, true, get(), false},
		{"identity that is none", `{from: [{source: {serviceAccounts: [foo/sleep]}}]}`, false, with(from("nonsense")), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec, matched := "{rules: [%s]}", Allowed
			if tt.deny {
				spec, matched = "{action: DENY, rules: [%s]}", Denied
			}
			got := decide(t, Ztunnel, Mesh{}, httpbin, tt.r, ap(t, "foo/p", fmt.Sprintf(spec, tt.rule)))
			if (got.Verdict == matched) != tt.want {
				t.Errorf("got %+v, want a match: %v", got, tt.want)
			}
		})
	}
}

// TestEnvoyInvalid has what validation refuses, as Envoy gets it if it exists.
func TestEnvoyInvalid(t *testing.T) {
	tests := []struct {
		name, rule  string
		allow, deny bool // the rule matches, in a policy of this action
	}{
		{"unknown key", `{when: [{key: destination.user, values: [x]}]}`, false, false},
		{"one bad value", `{to: [{operation: {ports: [http, "8080"]}}]}`, false, true},
		{"one bad value, no match", `{to: [{operation: {ports: [http, "80"]}}]}`, false, false},
		{"all bad", `{to: [{operation: {ports: [http]}}]}`, false, true},
		{"bad block", `{from: [{source: {ipBlocks: [x]}}]}`, false, true},
		{"bad block, negated", `{from: [{source: {notIpBlocks: [x]}}]}`, false, true},
		{"bad block beside a namespace", `{from: [{source: {ipBlocks: [x], namespaces: [bar]}}]}`, false, false},
		{"bad header key", `{when: [{key: request.headers, values: [x]}]}`, false, true},
		{"bad claim key", `{when: [{key: request.auth.claims.x, values: [x]}]}`, false, true},
		{"claim key of no claim", `{when: [{key: request.auth.claims, values: ["*"]}]}`, false, false},
		{"bad metadata key", `{when: [{key: experimental.envoy.filters.x, values: [x]}]}`, false, true},
		{"neither list", `{when: [{key: source.ip}]}`, true, true},
		{"empty source", `{from: [{source: {}}]}`, true, true},
		{"one of two alternatives bad", `{to: [{operation: {ports: [x]}}, {operation: {ports: ["8080"]}}]}`, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := matches(t, EnvoyHTTP, tt.rule, get()); got != tt.allow {
				t.Errorf("ALLOW matches: %v", got)
			}
			got := decide(t, EnvoyHTTP, Mesh{}, httpbin, get(), ap(t, "foo/p", "{action: DENY, rules: ["+tt.rule+"]}"))
			if (got.Verdict == Denied) != tt.deny {
				t.Errorf("DENY matches: %v", got.Verdict == Denied)
			}
		})
	}
}

func TestRequestPrincipals(t *testing.T) {
	tests := []struct {
		value, iss, sub string
		want            bool
	}{
		{"*", "i", "s", true},
		{"*", "", "s", false},
		{"*", "i", "", false},
		{"*/s", "i", "s", true},
		{"*/s", "", "s", false},
		{"*/s", "i", "x", false},
		{"*x/s", "ix", "s", true},
		{"*x/s", "i", "s", false},
		{"*x/s*", "ix", "s*", true},
		{"*x/s*", "ix", "st", false},
		{"*x", "i", "sx", true},
		{"*x", "", "sx", false},
		{"i/*", "i", "s", true},
		{"i/*", "i", "", false},
		{"i/*", "ix", "s", false},
		{"https://i/*", "https://i", "s", true},
		{"i/s*", "i", "st", true},
		{"i/s*", "i", "t", false},
		{"i*", "ix", "s", true},
		{"i*", "x", "s", false},
		{"i/s", "i", "s", true},
		{"i", "i", "", true},
		{"i", "i", "s", false},
		{"**/s", "i*", "s", true},
		{"**/s", "i", "s", false},
	}
	for _, tt := range tests {
		r := with(token(map[string]any{"iss": tt.iss, "sub": tt.sub}))
		if got := matches(t, EnvoyHTTP, `{from: [{source: {requestPrincipals: ["`+tt.value+`"]}}]}`, r); got != tt.want {
			t.Errorf("%s of %s/%s: got %v", tt.value, tt.iss, tt.sub, got)
		}
	}
	lists := with(token(map[string]any{"iss": []any{"i"}, "sub": []any{"s"}}))
	if matches(t, EnvoyHTTP, `{from: [{source: {requestPrincipals: ["*"]}}]}`, lists) {
		t.Error("claims that are lists make a request principal")
	}
}

func TestClaims(t *testing.T) {
	claims := map[string]any{
		"iss": "i", "aud": []any{"a", 1.0, "b"}, "azp": "p", "g": []string{"x"}, "deep": map[string]any{"er": "v"}, "n": 1.0,
		"a]x[b": "odd", "scope": "r  w", "permission": []any{"r w"}, "text": "a\nb",
	}
	tests := []struct {
		key, value string
		want       bool
	}{
		{"request.auth.audiences", "b", true},
		{"request.auth.audiences", "1", false},
		{"request.auth.presenter", "p", true},
		{"request.auth.claims[g]", "x", true},
		{"request.auth.claims[g]", "*", true},
		{"request.auth.claims[g]", "y", false},
		{"request.auth.claims[deep][er]", "v*", true},
		{"request.auth.claims[deep]", "*", false},
		{"request.auth.claims[deep][er][x]", "v", false},
		{"request.auth.claims[deep][x]", "v", false},
		{"request.auth.claims[n]", "*", false},
		{"request.auth.claims[a]x[b]", "odd", true},
		{"request.auth.claims[scope]", "w", true},
		{"request.auth.claims[scope]", "r  w", false},
		{"request.auth.claims[permission]", "r w", true},
		{"request.auth.claims[text]", "*", false},
		{"request.auth.claims[text]", "a*", true},
	}
	for _, tt := range tests {
		rule := fmt.Sprintf(`{when: [{key: %q, values: [%q]}]}`, tt.key, tt.value)
		if got := matches(t, EnvoyHTTP, rule, with(token(claims))); got != tt.want {
			t.Errorf("%s %s: got %v", tt.key, tt.value, got)
		}
	}
}

func TestPathTemplates(t *testing.T) {
	tests := []struct {
		template, path string
		want           bool
	}{
		{"/a/{*}", "/a/b", true},
		{"/a/{*}", "/a/", false},
		{"/a/{*}", "/a/b/c", false},
		{"/a/{*}", "/a/b?x=/y", true},
		{"/a/{**}", "/a", false},
		{"/a/{**}", "/a/", true},
		{"/a/{**}", "/a/b/c", true},
		{"/a/{**}", "/a/[", false},
		{"/{**}/b", "/x/y/b", true},
		{"/{**}/b", "/b", false},
		{"/{**}/b", "//b", true},
		{"/{*}/x/{**}", "/1/x/", true},
		{"/a.b/{*}", "/axb/c", false},
		{"/a/{*}", "/a/{*}", false},
		{"/{*}", "/é", false},
		{"/a/{*}/b/*", "/a/1/b/2", true},
	}
	for _, tt := range tests {
		if got := matches(t, EnvoyHTTP, `{to: [{operation: {paths: ["`+tt.template+`"]}}]}`, with(path(tt.path))); got != tt.want {
			t.Errorf("%s of %s: got %v", tt.template, tt.path, got)
		}
	}
	long := "/"
	for range 600 {
		long += "x"
	}
	if !matches(t, EnvoyHTTP, `{to: [{operation: {paths: ["`+long+`{*}"]}}]}`, with(path(long+"y"))) {
		t.Error("a long template does not match")
	}
}

func TestAddressesAndPorts(t *testing.T) {
	tests := []struct {
		name, rule string
		r          *Request
		want       bool
	}{
		{"IPv6", `{from: [{source: {ipBlocks: ["fd00::/8"]}}]}`, with(sourceIP("fd00::1")), true},
		{"IPv4 and ::/0", `{from: [{source: {ipBlocks: ["::/0"]}}]}`, get(), false},
		{"mapped peer and IPv4", `{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}`, with(sourceIP("::ffff:10.0.0.1")), false},
		{"host bits", `{from: [{source: {ipBlocks: [10.244.1.99/24]}}]}`, get(), true},
		{"notIpBlocks", `{from: [{source: {notIpBlocks: [10.244.1.7]}}]}`, get(), false},
		{"absent address", `{from: [{source: {notIpBlocks: [0.0.0.0/0]}}]}`, with(func(r *Request) { r.SourceIP.state = StateAbsent }), true},
		{"leading zero", `{to: [{operation: {ports: ["08080"]}}]}`, get(), true},
		{"largest", `{to: [{operation: {ports: ["65535"]}}]}`, with(on(65535)), true},
		{"too large", `{to: [{operation: {ports: ["65536"]}}]}`, get(), false},
		{"SNI", `{when: [{key: connection.sni, values: ["*.example.com"]}]}`, with(func(r *Request) { r.SNI = Known("a.example.com") }), true},
		{"SNI of plaintext", `{when: [{key: connection.sni, notValues: [a]}]}`, get(), true},
		{"metadata", `{when: [{key: "experimental.envoy.filters.a[b]", values: [x]}]}`, get(), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := matches(t, EnvoyHTTP, tt.rule, tt.r); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
