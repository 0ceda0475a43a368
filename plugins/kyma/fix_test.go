package kyma_test

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma"
)

var apiRules = kyma.APIRules

// What is proposed beside APIRules: for callers inside a policy that names them, then the
// vendor's with what it opens; for what comes through the gateway nothing that would make
// a token needless. What an APIRule or the Istio module owns is edited nowhere.
func TestFix(t *testing.T) {
	const token = "without the token that APIRule default/httpbin asks for"
	tests := []struct {
		name, strategy string
		question       diagnose.Question
		kinds          []fix.Kind
		dangers        []string // of each candidate a part; empty: it has none
		why            string
	}{
		{"noAuth, inside", "no-auth", inside("GET", "/get"), []fix.Kind{fix.NewPolicy, fix.Vendor}, []string{"", "it lets every caller in that does not come through the gateway"}, ""},
		{"jwt, inside", "jwt", inside("GET", "/get"), []fix.Kind{fix.NewPolicy, fix.Vendor}, []string{token, token}, ""},
		{"jwt with authorizations, inside", "jwt-scopes", inside("GET", "/get"), []fix.Kind{fix.NewPolicy, fix.Vendor}, []string{token, token}, ""},
		{
			"extAuth, inside", "ext-auth", inside("GET", "/get"),
			[]fix.Kind{fix.NewPolicy, fix.Vendor},
			[]string{"without authorizer oauth2-proxy being asked", "without authorizer oauth2-proxy being asked"},
			"",
		},
		{"jwt, outside", "jwt", outside("GET", "/get", nil), nil, nil, "what is missing is a token"},
		{"jwt with authorizations, outside", "jwt-scopes", outside("GET", "/get", claims{"iss": "https://idp.example.com", "sub": "jane"}), nil, nil, "what is missing is a token"},
		{
			"a method that no rule has, outside", "rule-order", outside("GET", "/anything/more/one", nil),
			[]fix.Kind{fix.NewPolicy},
			[]string{"it admits from outside what no rule of APIRule default/httpbin does"},
			"",
		},
		{"the method that wants a token, outside", "rule-order", outside("POST", "/anything/more/one", nil), nil, nil, "what is missing is a token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := fix.Propose(t.Context(), read(t, strategy(t, tt.strategy)), tt.question)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(p.Why, tt.why) || len(p.Candidates) != len(tt.kinds) {
				t.Fatalf("%d candidates, want %d; %s", len(p.Candidates), len(tt.kinds), p.Why)
			}
			for i, c := range p.Candidates {
				if c.Kind != tt.kinds[i] || !strings.Contains(c.Danger, tt.dangers[i]) || tt.dangers[i] == "" && c.Danger != "" {
					t.Errorf("%s %s: danger %q, want %s, %q", c.Kind, c.Title, c.Danger, tt.kinds[i], tt.dangers[i])
				}
				if c.Kind == fix.Vendor && !c.Grave {
					t.Errorf("%s: who opens a workload to everybody should be told that it is grave", c.Title)
				}
				for _, change := range c.Changes {
					if change.Owner != nil && change.Owner.Made {
						t.Errorf("%s edits %s, which is made of %s", c.Title, change.Object(), change.Owner)
					}
				}
			}
		})
	}
}

// A gateway that is no ingress gateway of Kyma's is a door for everybody outside too.
func TestFixOtherGateway(t *testing.T) {
	text := strategy(t, "jwt", "  serviceAccountName: istio-ingressgateway-service-account", "  serviceAccountName: own")
	q := outside("GET", "/get", claims{"iss": "https://idp.example.com", "sub": "jane"})
	p, err := fix.Propose(t.Context(), read(t, text), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Candidates {
		t.Errorf("%s: %s", c.Title, c.Changes[0].After)
	}
	if p.Diagnosis.Status.Verdict != diagnose.Denied || !strings.Contains(p.Why, "a token") {
		t.Errorf("%s: %s", p.Diagnosis.Status.Verdict, p.Why)
	}
}

// The PeerAuthentication of the Istio module comes back when it is changed.
func TestFixModule(t *testing.T) {
	text := strategy(t, "no-auth")
	p, err := fix.Propose(t.Context(), read(t, text), diagnose.Question{Source: "pod/plain.bare", Target: "http://httpbin.default:8000/get", Request: diagnose.Request{Method: "GET", Exact: true}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Candidates) == 0 {
		t.Error(p.Why)
	}
	for _, c := range p.Candidates {
		for _, change := range c.Changes {
			if change.Kind == "PeerAuthentication" && change.Namespace == "istio-system" {
				t.Errorf("%s edits what the module keeps", c.Title)
			}
		}
	}
}
