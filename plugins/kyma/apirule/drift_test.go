package apirule

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// readOne is a story by its file.
func readOne(t *testing.T, name string) *story {
	t.Helper()
	for _, s := range stories(t, "controller", "derived") {
		if s.name == name {
			return s
		}
	}
	t.Fatalf("no story %s", name)
	return nil
}

// TestDrift: in what the objects differ, in the words of the APIRule.
func TestDrift(t *testing.T) {
	type objects struct {
		policies        []*securityv1.AuthorizationPolicy
		authentications []*securityv1.RequestAuthentication
	}
	for _, tt := range []struct {
		name, story string
		change      func(*story, *objects)
		want        []string
	}{
		{"nothing", "jwt", func(*story, *objects) {}, nil},
		{"a method more in the APIRule", "no-auth", func(s *story, _ *objects) {
			s.rule.Rules[0].Methods = []string{"GET", "POST"}
		}, []string{"changed default/httpbin-p0 spec.rules[0].to[0].operation.methods: spec.rules[0].methods has POST, the generated policy does not"}},
		{"another path in the APIRule", "no-auth", func(s *story, _ *objects) { s.rule.Rules[0].Path = "/get" }, []string{
			"missing  : spec.rules[0] (noAuth, GET /get) has no policy",
			"surplus default/httpbin-p0 : nothing in the APIRule asks for this policy, which has its labels: the controller deletes it",
		}},
		{"another selector of the Service", "no-auth", func(s *story, _ *objects) {
			s.selectors[Ref{"default", "httpbin"}] = map[string]string{"app": "httpbin", "version": "v2"}
		}, []string{"changed default/httpbin-p0 spec.selector.matchLabels: Service default/httpbin selects app=httpbin, version=v2, the generated policy selects app=httpbin"}},
		{"another domain", "no-auth", func(s *story, _ *objects) { s.domains["kyma-system/kyma-gateway"] = "example.org" }, []string{
			"changed default/httpbin-p0 spec.rules[0].to[0].operation.hosts: spec.hosts comes to httpbin.example.org, the generated policy does not have it",
			"changed default/httpbin-p0 spec.rules[0].to[0].operation.hosts: the generated policy has httpbin.example.com, spec.hosts does not",
		}},
		{"deleted", "ext-auth", func(_ *story, o *objects) { o.policies = o.policies[1:] }, []string{
			"missing  : spec.rules[0].extAuth.authorizers[0] (oauth2-proxy) has no policy",
		}},
		{"one authorization deleted, and the keys", "jwt-authorizations", func(_ *story, o *objects) {
			o.policies, o.authentications = o.policies[:1], nil
		}, []string{
			"missing  : spec.rules[0].jwt.authorizations[1] has no policy",
			"missing  : spec.rules[0].jwt.authentications has no RequestAuthentication: no token of it is valid for the workload",
		}},
		{"a copy with all labels", "no-auth", func(_ *story, o *objects) {
			copied := o.policies[0].DeepCopy()
			copied.Name = "mine"
			o.policies = append(o.policies, copied)
		}, []string{"surplus default/mine : this policy has the same labels as default/httpbin-p0: the controller takes the two for one, and keeps one of them"}},
		{"a label lost", "no-auth", func(_ *story, o *objects) { delete(o.policies[0].Labels, IndexLabel) }, []string{
			`changed default/httpbin-p0 metadata.labels[gateway.kyma-project.io/index]: the generated policy has "" as its label gateway.kyma-project.io/index, and "0" is what the APIRule comes to: the controller deletes it and makes another`,
		}},
		{"a dry run", "no-auth", func(_ *story, o *objects) { o.policies[0].Annotations = map[string]string{dryRun: "true"} }, []string{
			"changed default/httpbin-p0 metadata.annotations[istio.io/dry-run]: the generated policy has the annotation istio.io/dry-run, which no APIRule makes: if it is true the policy decides nothing, and the controller leaves it",
		}},
		{"somebody else's", "no-auth", func(_ *story, o *objects) {
			for _, labels := range []map[string]string{nil, {NameLabel: "other", NamespaceLabel: "default"}} {
				other := o.policies[0].DeepCopy()
				other.Name, other.Labels = "other", labels
				o.policies = append(o.policies, other)
			}
		}, nil},
		{"an issuer changed by hand", "jwt", func(_ *story, o *objects) { o.authentications[0].Spec.JwtRules[0].Issuer = "https://other" }, []string{
			"changed default/httpbin-a0 spec.jwtRules[0].issuer: spec.rules[0].jwt.authentications[0].issuer is https://idp.example.com, the generated RequestAuthentication does not have it",
			"changed default/httpbin-a0 spec.jwtRules[0].issuer: the generated RequestAuthentication has spec.rules[0].jwt.authentications[0].issuer https://other, which the APIRule does not",
		}},
		{"the order of the rules", "rule-order", func(s *story, _ *objects) { slices.Reverse(s.rule.Rules) }, []string{
			"changed default/httpbin-p1 spec.rules[0].to[0].operation.notPaths: the generated policy leaves /anything/{*}/one out, and no rule before spec.rules[0] asks for that",
			"changed default/httpbin-p0 spec.rules[0].to[0].operation.notPaths: spec.rules[1] leaves /anything/{**} to a rule before it, the generated policy does not",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := readOne(t, tt.story)
			var o objects
			o.policies, o.authentications = s.named()
			tt.change(s, &o)
			got, err := Compare(s.rule, s, o.policies, o.authentications)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, d := range got.Differences {
				object := ""
				if d.Object.Name != "" {
					object = d.Object.String()
				}
				lines = append(lines, d.Drift.String()+" "+object+" "+d.Field+": "+d.Words)
			}
			if diff := cmp.Diff(tt.want, lines); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestStates: what an APIRule's version and state say of its policies.
func TestStates(t *testing.T) {
	for _, tt := range []struct {
		name     string
		change   func(*APIRule)
		compared bool
		note     string
	}{
		{"ready", func(r *APIRule) { r.Status.State = "Ready" }, true, ""},
		{"in error", func(r *APIRule) { r.Status = Status{"Error", "no sidecar"} }, true, "APIRule default/httpbin is in state Error (no sidecar): until that is mended, the policies of its last good spec stay"},
		{"processing", func(r *APIRule) { r.Status.State = "Processing" }, true, "APIRule default/httpbin is being processed: its policies may be about to change"},
		{"deleting", func(r *APIRule) { r.Status.State = "Deleting" }, true, "APIRule default/httpbin is being deleted, and its policies with it"},
		{"of v1beta1", func(r *APIRule) { r.Original = V1Beta1 }, false, "APIRule default/httpbin was written in v1beta1, which the controller leaves alone since 3.10.0: what it made before stays as it is, and nobody puts back what is changed there"},
		{"migrating", func(r *APIRule) { r.MigrationStep = "apply-istio-authorization" }, true, "APIRule default/httpbin is being migrated from v1beta1 (apply-istio-authorization): until that is done its policies admit Oathkeeper, and ask for no host"},
	} {
		s := readOne(t, "no-auth")
		tt.change(s.rule)
		policies, _ := s.named()
		got, err := Compare(s.rule, s, policies, nil)
		if err != nil || got.Compared != tt.compared || strings.Join(got.Notes, "\n") != tt.note {
			t.Errorf("%s: compared %v, notes %q, %v", tt.name, got.Compared, got.Notes, err)
		}
	}
}
