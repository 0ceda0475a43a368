package authz

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "abc", 3},
		{"abc", "", 3},
		{"abc", "abc", 0},
		{"slep", "sleep", 1},
		{"sleepp", "sleep", 1},
		{"sleap", "sleep", 1},
		{"selep", "sleep", 1},
		{"ab", "ba", 1},
		{"abcd", "badc", 2},
		{"kitten", "sitting", 3},
		{"ca", "abc", 3},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: got %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
	x, y := strings.Repeat("x", 10*maxDistance), strings.Repeat("y", 10*maxDistance)
	for _, pair := range [][2]string{{x, ""}, {"", x}, {x, y}} {
		if got := distance(pair[0], pair[1]); got != maxDistance {
			t.Errorf("long strings: got %d", got)
		}
	}
}

func TestNearly(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"slep", "sleep", true},
		{"sleep", "sleep", false},
		{"frontnd", "frontend", true},
		{"fronted-v", "frontend", false},
		{"fronten", "frntend", false},
		{"fronxxnd", "frontend", true},
		{"fronxxxd", "frontend", false},
		{"slxxp", "sleep", false},
		{"slep", "slip", true},
		{"bar", "baz", false},
		{"barn", "bar", true},
		{"web-1", "web-2", false},
		{"web1", "web", false},
		{"web-09", "web-90", false},
		{"web-10", "web", false},
		{"webs0", "webs9", false},
		{"team-a", "team-b", false},
		{"team-front", "team-frnot", true},
		{"tem-a", "team-a", true},
		{"te-front", "tx-front", false},
		{"slee*", "sleep", false},
	} {
		if got := nearly(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: got %v", tt.a, tt.b, got)
		}
	}
}

func TestAway(t *testing.T) {
	for _, tt := range []struct {
		f    FieldTrace
		want int
	}{
		{FieldTrace{Wanted: []string{"x", "slep"}, Got: "sleep"}, 1},
		{FieldTrace{Wanted: []string{"sleep", "x"}, Got: "sleep"}, 0},
		{FieldTrace{Wanted: []string{"slep", "xxx", "sleep-x"}, Got: "sleep"}, 1},
		{FieldTrace{Wanted: []string{"/api/*"}, Got: "/apx/very/long"}, 1},
		{FieldTrace{Wanted: []string{"/api/*"}, Got: "/a"}, 3},
		{FieldTrace{Wanted: []string{"*.example"}, Got: "a.very.long.exampel"}, 1},
		{FieldTrace{Wanted: []string{"*.example"}, Got: "a"}, 7},
		{FieldTrace{Wanted: []string{"abc"}, Got: "none"}, 3},
		{FieldTrace{Wanted: []string{"abc"}, Got: "not given"}, 3},
		{FieldTrace{Wanted: []string{"abc"}, Got: `""`}, 3},
		{FieldTrace{Wanted: []string{"abcd"}, Got: "abcd", Not: true}, 4},
		{FieldTrace{Got: "abcd"}, 0},
	} {
		if got := tt.f.away(); got != tt.want {
			t.Errorf("%+v: got %d, want %d", tt.f, got, tt.want)
		}
	}
}

// TestNearOrder: fewer lacks come first, then a rule that knows the client, then
// values that are closer, then policies by name.
func TestNearOrder(t *testing.T) {
	ps := []Policy{
		ap(t, "foo/f-two", `{rules: [{to: [{operation: {methods: [GEX], paths: ["/gex"]}}]}]}`),
		ap(t, "foo/a-stranger", `{rules: [{from: [{source: {namespaces: [fox]}}], to: [{operation: {methods: [GET]}}]}]}`),
		ap(t, "foo/b-stranger", `{rules: [{when: [{key: source.namespace, values: [fox]}]}]}`),
		ap(t, "foo/c-far", `{rules: [{from: [{source: {namespaces: [foo]}}], to: [{operation: {paths: ["/other"]}}]}]}`),
		ap(t, "foo/d-close", `{rules: [{from: [{source: {namespaces: [foo]}}], to: [{operation: {paths: ["/gett"]}}]}]}`),
		ap(t, "foo/e-close", `{rules: [{to: [{operation: {paths: ["/other"]}}, {operation: {paths: ["/gex"]}}]}]}`),
		ap(t, "bar/z-close", `{rules: [{from: [{source: {principals: ["*"]}}], to: [{operation: {methods: [GEX]}}]}]}`),
		ap(t, "foo/g", `{rules: [{to: [{operation: {ports: ["8081"]}}]}, {to: [{operation: {ports: ["8082"]}}]}]}`),
	}
	ps[6].Namespace = "istio-system"
	e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(get())
	var got []string
	for _, n := range e.Near {
		got = append(got, n.Policy.Name+" "+n.Lacks[0].Field)
	}
	want := []string{
		"d-close spec.rules[0].to[0].operation.paths", "e-close spec.rules[0].to[1].operation.paths",
		"g spec.rules[0].to[0].operation.ports", "g spec.rules[1].to[0].operation.ports",
		"z-close spec.rules[0].to[0].operation.methods", "c-far spec.rules[0].to[0].operation.paths",
		"a-stranger spec.rules[0].from[0].source.namespaces", "b-stranger spec.rules[0].when[0].values",
		"f-two spec.rules[0].to[0].operation.methods",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
