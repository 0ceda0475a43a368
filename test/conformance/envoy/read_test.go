package envoy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

func TestRead(t *testing.T) {
	deny := "rbac_access_denied_matched_policy[ns[foo]-policy[a]-rule[10]]"
	bad := "rbac_access_denied_matched_policy[istio-ext-authz-x-ns[foo]-policy[b]-rule[0]-deny-due-to-bad-CUSTOM-action]"
	miss := "rbac_access_denied_matched_policy[none]"
	ref := func(name string) authz.Ref { return authz.Ref{Namespace: "foo", Name: name} }
	tests := []struct {
		name          string
		status        int
		details, rule string
		want          trial.Answer
	}{
		{"allowed", 200, "direct_response", "none", trial.Answer{Verdict: authz.Allowed, Rule: -1}},
		{"allowed by a rule", 200, "direct_response", "ns[foo]-policy[a]-rule[1]", trial.Answer{Verdict: authz.Allowed, Stage: authz.ActionAllow, Policy: ref("a"), Rule: 1}},
		{"denied by a rule", 403, deny, "", trial.Answer{Verdict: authz.Denied, Stage: authz.ActionDeny, Policy: ref("a"), Rule: 10}},
		{"denied for want of one", 403, miss, "", trial.Answer{Verdict: authz.Denied, Stage: authz.ActionAllow, Rule: -1}},
		{"a bad provider", 403, bad, "", trial.Answer{Verdict: authz.Denied, Stage: authz.ActionCustom, Policy: ref("b")}},
		{"the authorizer", 403, "ext_authz_denied", "", trial.Answer{Verdict: authz.Denied, Stage: authz.ActionCustom, Rule: -1}},
		{"a token", 401, "jwt_authn_access_denied{Jwt_is_expired}", "", trial.Answer{Refusal: "401 JWT", Rule: -1}},
		{"malformed", 400, "http1.codec_error", "", trial.Answer{Refusal: "400 http1.codec_error", Rule: -1}},
		{"200 from elsewhere", 200, "via_upstream", "", trial.Answer{Refusal: "200 via_upstream", Rule: -1}},
		{"403 without words", 403, "", "", trial.Answer{Refusal: "403", Rule: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Words = tt.details
			if diff := cmp.Diff(tt.want, read(tt.status, tt.details, tt.rule)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
