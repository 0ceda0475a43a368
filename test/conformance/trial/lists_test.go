package trial

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	securityv1beta1 "istio.io/api/security/v1beta1"
)

func TestLists(t *testing.T) {
	rule := &securityv1beta1.Rule{
		From: []*securityv1beta1.Rule_From{{Source: &securityv1beta1.Source{
			Principals: []string{"*"}, NotIpBlocks: []string{"::1/128"}, ServiceAccounts: []string{"a/b"},
		}}, {}},
		To: []*securityv1beta1.Rule_To{{Operation: &securityv1beta1.Operation{
			Hosts: []string{"a:80"}, Ports: []string{"http"}, NotPaths: []string{"/{*}"}, Methods: []string{"A", "B"},
		}}},
		When: []*securityv1beta1.Condition{
			{Key: "request.headers[:path]", Values: []string{"/x*"}},
			{Key: "request.auth.claims[a][b]", NotValues: []string{"x*y"}},
			{Key: "request.headers[x", Values: []string{"a"}},
			nil,
		},
	}
	var got [][2]string
	for _, l := range Lists(rule) {
		got = append(got, [2]string{l.Field, l.Form()})
	}
	want := [][2]string{
		{"source.principals", "presence"},
		{"source.serviceAccounts", "namespace/name"},
		{"source.notIpBlocks", "IPv6 block"},
		{"operation.hosts", "with a port"},
		{"operation.ports", "invalid"},
		{"operation.methods", "several"},
		{"operation.notPaths", "template {*}"},
		{"when request.headers[pseudo]", "prefix"},
		{"when not request.auth.claims[nested]", "star inside"},
		{"when (no such key)", "unknown key"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInvert(t *testing.T) {
	s := &securityv1beta1.Source{Principals: []string{"a"}, Namespaces: []string{"b"}, NotNamespaces: []string{"c"}}
	rule := &securityv1beta1.Rule{From: []*securityv1beta1.Rule_From{{Source: s}}}
	var inverted []bool
	for _, l := range Lists(rule) {
		inverted = append(inverted, l.Invert())
	}
	if diff := cmp.Diff([]bool{true, false, false}, inverted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.Principals != nil || len(s.NotPrincipals) != 1 {
		t.Errorf("got %v and %v, want the value among notPrincipals", s.Principals, s.NotPrincipals)
	}
}
