package traffic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// What is secret is left out and said; the rest is there.
func TestCaseOf(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"
	for _, tt := range []struct {
		name string
		q    diagnose.Question
		want Case
		left []string
	}{
		{
			"nothing secret",
			diagnose.Question{Source: "sleep", Target: "http://a.b:80/x?q=1", Namespace: "foo", Request: diagnose.Request{Method: "GET", Path: "/y?r=2", Headers: map[string][]string{"x-a": {"1"}}}},
			Case{Source: "sleep.foo", Target: "http://a.b:80/y?r=2", Request: diagnose.Request{Method: "GET", Headers: map[string][]string{"x-a": {"1"}}}},
			nil,
		},
		{
			"a token",
			diagnose.Question{Source: "a.b", Target: "http://a.b/", Request: diagnose.Request{Token: token}},
			Case{Source: "a.b", Target: "http://a.b/", Request: diagnose.Request{Claims: map[string]any{"sub": "me"}}},
			[]string{"the token, of which only the claims are there"},
		},
		{
			"credentials",
			diagnose.Question{
				Source: "a.b", Target: "http://me:s3cret@a.b/x?access_token=s3cret&y=1&z=" + token,
				Request: diagnose.Request{Headers: map[string][]string{"cookie": {"s3cret"}, "x-jwt": {token}, "x-a": {"1"}}},
			},
			Case{Source: "a.b", Target: "http://a.b/x?y=1", Request: diagnose.Request{Headers: map[string][]string{"x-a": {"1"}}}},
			[]string{"the header cookie", "the header x-jwt", "credentials in the target"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, left := CaseOf(tt.q)
			tt.want.Name = tt.want.Source + " → " + tt.want.Target
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			var b strings.Builder
			if err := Write(&b, Test{Cases: []Case{got}}); err != nil || strings.Contains(b.String(), "s3cret") || strings.Contains(b.String(), token) {
				t.Errorf("%v\n%s", err, b.String())
			}
		})
	}
}
