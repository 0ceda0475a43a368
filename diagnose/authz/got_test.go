package authz

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGotOfIdentities: each field shows the part that it compares.
func TestGotOfIdentities(t *testing.T) {
	const spec = `{rules: [{from: [{source: {principals: [x]}}, {source: {namespaces: [x]}}, {source: {serviceAccounts: [x]}}, {source: {trustDomains: [x]}}],
		when: [{key: source.principal, values: [x]}, {key: source.namespace, values: [x]}, {key: source.serviceAccount, notValues: [x]}, {key: source.trustDomain, values: [x]}]}]}`
	tests := []struct {
		name string
		r    *Request
		want [4]string // principal, namespace, account, trust domain
	}{
		{"parts", get(), [4]string{sleep, "foo", "foo/sleep", "cluster.local"}},
		{"no such name", with(from("cluster.local/nothing")), [4]string{"cluster.local/nothing", "cluster.local/nothing", "cluster.local/nothing", "cluster.local/nothing"}},
		{"more parts", with(from(sleep + "/x")), [4]string{sleep + "/x", sleep + "/x", sleep + "/x", sleep + "/x"}},
		{"an empty part", with(from("td/ns//sa/x")), [4]string{"td/ns//sa/x", "td/ns//sa/x", "td/ns//sa/x", "td/ns//sa/x"}},
		{"none", with(plaintext), [4]string{"none", "none", "none", "none"}},
		{"open", with(func(r *Request) { r.Principal = Attr[string]{} }), [4]string{"not given", "not given", "not given", "not given"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", spec)}).Explain(tt.r).Policies[0].Rules[0].Fields
			for i, f := range fields {
				if f.Got != tt.want[i%4] {
					t.Errorf("%s: got %q, want %q", f.Field, f.Got, tt.want[i%4])
				}
			}
		})
	}
	z := Compile(Ztunnel, Mesh{}, httpbin, []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: [x], serviceAccounts: [x]}}], when: [{key: source.namespace, values: [x]}]}]}`)}).Explain(get())
	var got []string
	for _, f := range z.Policies[0].Rules[0].Fields {
		got = append(got, f.Key+" "+f.Got)
	}
	if diff := cmp.Diff([]string{" foo", " foo/sleep", "source.namespace foo"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestGotAndKey: of a path comes what is compared, of a condition its key, and
// what is not there is none.
func TestGotAndKey(t *testing.T) {
	const spec = `{action: DENY, rules: [{to: [{operation: {paths: [/x]}}], when: [{key: "request.headers[:path]", values: [/x]}, {key: "request.headers[X-A]", values: [x], notValues: [z]},
		{key: "request.auth.claims[a]", values: [x]}, {key: request.auth.principal, values: [x]}, {key: connection.sni, values: [x]}, {key: nonsense, values: [x], notValues: [x]}]}]}`
	rule := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", spec)}).Explain(with(path("/get?a=/b"))).Policies[0].Rules[0]
	var got [][2]string
	for _, f := range rule.Fields {
		got = append(got, [2]string{f.Key, f.Got})
	}
	want := [][2]string{
		{"", "/get"},
		{"request.headers[:path]", "/get?a=/b"},
		{"request.headers[X-A]", "none"},
		{"request.headers[X-A]", "none"},
		{"request.auth.claims[a]", "none"},
		{"request.auth.principal", "none"},
		{"connection.sni", "none"},
		{"nonsense", ""},
		{"nonsense", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHeaderOfTheProxy: what the proxy always sets is there, whatever its value.
func TestHeaderOfTheProxy(t *testing.T) {
	for key, want := range map[string]Truth{"x-request-id": True, "x-a": Open} {
		p := ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[`+key+`]", values: ["*"]}]}]}`)
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{p}).Explain(with(openHeaders))
		if f := e.Policies[0].Rules[0].Fields[0]; f.Matches != want || f.Got != gotNotGiven {
			t.Errorf("%s: got %+v", key, f)
		}
	}
}

// TestIgnoredCondition: a condition that counts for nothing shows the lists that
// it has.
func TestIgnoredCondition(t *testing.T) {
	for list, not := range map[string]bool{"values": false, "notValues": true} {
		p := ap(t, "foo/p", `{action: DENY, rules: [{when: [{key: nonsense, `+list+`: [x]}]}]}`)
		got := noted(EnvoyHTTP, Mesh{}, p).Rules[0].Fields
		want := []FieldTrace{{Field: "spec.rules[0].when[0]." + list, Key: "nonsense", Wanted: []string{"x"}, Not: not, Matches: True, Ignored: `unknown key "nonsense"`}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}
