package kyma_test

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
)

// istio is Istio kyma-system/default with a spec and a status.
func istio(spec, status string) string {
	return "\n---\napiVersion: operator.kyma-project.io/v1alpha2\nkind: Istio\nmetadata: {name: default, namespace: kyma-system}\nspec: " + spec + "\nstatus: " + status + "\n"
}

// TestSettings: settings of the Istio module that the mesh does not have are told where a
// policy looks at what they decide about, and by lint. The verdict is by what the mesh has.
func TestSettings(t *testing.T) {
	const byAddress = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  action: DENY
  rules: [{from: [{source: {notRemoteIpBlocks: [203.0.113.0/24]}}]}]
`
	jane := claims{"iss": "https://idp.example.com", "sub": "jane"}
	flags := func(env string) string {
		return strategy(t, "jwt", "    args: [discovery]", "    args: [discovery]\n    env: ["+env+"]") + istio("{compatibilityMode: true}", "{}")
	}
	trusted := strings.Replace(strategy(t, "no-auth"), "    trustDomain: cluster.local\n", "    trustDomain: cluster.local\n    defaultConfig: {gatewayTopology: {numTrustedProxies: 1}}\n", 1)
	for _, tt := range []struct {
		name, text, settings string
		question             diagnose.Question
		code                 string
		words                []string // of an answer; without any there is no such finding
		lint                 bool     // finds it
	}{
		{
			"numTrustedProxies, and a policy by address", trusted + byAddress, istio("{config: {numTrustedProxies: 2}}", "{state: Processing}"), outside("GET", "/get", nil), "AD1012",
			[]string{"Istio kyma-system/default says 2 (spec.config.numTrustedProxies), and the mesh (ConfigMap istio-system/istio) has 1", "What the mesh has counts, and the answer is by that; the module is at work (state Processing)."},
			true,
		},
		{"numTrustedProxies, and no policy by address", trusted, istio("{config: {numTrustedProxies: 2}}", "{}"), outside("GET", "/get", nil), "AD1012", nil, true},
		{"numTrustedProxies as it should be", trusted + byAddress, istio("{config: {numTrustedProxies: 1}}", "{}"), outside("GET", "/get", nil), "AD1012", nil, false},
		{
			"numTrustedProxies that nobody asks for", trusted + byAddress, istio("{}", "{}"), outside("GET", "/get", nil), "AD1012",
			[]string{"says none (spec.config.numTrustedProxies), and the mesh (ConfigMap istio-system/istio) has 1"},
			true,
		},
		{
			"the traffic policy of the gateway", strategy(t, "no-auth", "  type: LoadBalancer\n", "  type: LoadBalancer\n  externalTrafficPolicy: Cluster\n") + byAddress, istio("{config: {gatewayExternalTrafficPolicy: Local}}", "{}"), outside("GET", "/get", nil), "AD1012",
			[]string{"says Local (spec.config.gatewayExternalTrafficPolicy), and Service istio-system/istio-ingressgateway has Cluster"},
			true,
		},
		{
			"the trust domain", strategy(t, "no-auth"), istio("{config: {trustDomain: example.org}}", "{state: Error, description: 'A reason.'}"), inside("GET", "/get"), "AD1012",
			[]string{"says example.org (spec.config.trustDomain), and the mesh (ConfigMap istio-system/istio) has cluster.local", "the module is in state Error: A reason, and may not bring it there"},
			true,
		},
		{
			"an authorizer that is asked elsewhere", strategy(t, "ext-auth"), istio("{config: {authorizers: [{name: oauth2-proxy, service: new.oauth2-proxy.svc.cluster.local, port: 8080}]}}", "{}"), outside("GET", "/get", nil), "AD1012",
			[]string{"says authorizer oauth2-proxy at new.oauth2-proxy.svc.cluster.local:8080 (spec.config.authorizers[0]), and the mesh (ConfigMap istio-system/istio) has oauth2-proxy.oauth2-proxy.svc.cluster.local:80"},
			true,
		},
		{"an authorizer as it should be", strategy(t, "ext-auth"), istio("{config: {authorizers: [{name: oauth2-proxy, service: oauth2-proxy.oauth2-proxy.svc.cluster.local, port: 80}]}}", "{}"), outside("GET", "/get", nil), "AD1012", nil, false},
		{"an authorizer of others", strategy(t, "jwt"), istio("{config: {authorizers: [{name: other, service: x, port: 80}]}}", "{}"), outside("GET", "/get", jane), "AD1012", nil, true},
		{"a header", strategy(t, "jwt"), istio("{config: {forwardClientCertDetails: APPEND_FORWARD}}", "{}"), outside("GET", "/get", jane), "AD1012", nil, true},
		{"NetworkPolicies that are to come", strategy(t, "jwt"), istio("{networkPoliciesEnabled: true}", "{}"), outside("GET", "/get", jane), "AD1012", nil, true},
		{
			"compatibility mode", flags("{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: 'false'}"), "", outside("GET", "/get", jane), "AD1013",
			[]string{"PILOT_ENABLE_IP_AUTOALLOCATE=false (a ServiceEntry without addresses gets none", "How policies are enforced does not change by that. The answer is as without them."},
			true,
		},
		{"compatibility mode of a release that sets nothing", flags(""), "", outside("GET", "/get", jane), "AD1013", nil, false},
		{"a flag with its usual value", flags("{name: PILOT_ENABLE_IP_AUTOALLOCATE, value: 'true'}"), "", outside("GET", "/get", jane), "AD1013", nil, false},
		{
			"compatibility mode, and no Pod of istiod", strategy(t, "jwt", "labels: {app: istiod, ", "labels: {app: other, "), istio("{compatibilityMode: true}", "{}"), outside("GET", "/get", jane), "AD1013",
			[]string{"flags in its environment, which were not looked at"},
			true,
		},
		{
			"no Gateway of Kyma's", strategy(t, "jwt", "metadata: {name: kyma-gateway, ", "metadata: {name: other, "), "\n---\napiVersion: operator.kyma-project.io/v1alpha1\nkind: APIGateway\nmetadata: {name: default}\nspec: {}\n", inside("GET", "/get"), "AD1014",
			[]string{"APIRule default/httpbin is published at Gateway kyma-system/kyma-gateway, which is not there", "APIGateway default does not enable it (spec.enableKymaGateway)."},
			true,
		},
		{"no Gateway of Kyma's, and nobody says why", strategy(t, "jwt", "metadata: {name: kyma-gateway, ", "metadata: {name: other, "), "", inside("GET", "/get"), "AD1014", []string{"which is not there: nobody outside gets to it"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := read(t, tt.text+tt.settings)
			d := ask(t, r, tt.question)
			got := message(d, tt.code)
			if len(tt.words) == 0 && got != "" {
				t.Errorf("%s: %s", tt.code, got)
			}
			for _, words := range tt.words {
				if !strings.Contains(got, words) {
					t.Errorf("want %q in %q (%s)", words, got, d.Status.Summary)
				}
			}
			if without := ask(t, read(t, tt.text), tt.question); d.Status.Verdict != without.Status.Verdict {
				t.Errorf("%s, and without the settings %s", d.Status.Verdict, without.Status.Verdict)
			}
			found := false
			for _, r := range lint.Run(lint.Read(t.Context(), r, lint.Options{}), lint.Options{Manifests: true}) {
				found = found || r.Code == tt.code
			}
			if found != tt.lint {
				t.Errorf("lint finds %s: %v", tt.code, found)
			}
		})
	}
}
