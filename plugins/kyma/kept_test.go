package kyma_test

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// TestKept: what Kyma's modules keep is told as theirs where it refuses a connection: the
// NetworkPolicies of their manifests, restated, and the PeerAuthentications.
func TestKept(t *testing.T) {
	kept := func(name, spec string) string {
		return "\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: " + name + ", namespace: istio-system, labels: {kyma-project.io/module: istio, kyma-project.io/managed-by: kyma}}\nspec: " + spec + "\n"
	}
	egress := func(labels string) string {
		return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: egress, namespace: istio-system, labels: {istio: egressgateway}}\nspec: {containers: [{name: istio-proxy, image: p, args: [proxy, router]}]}\nstatus: {podIP: 10.96.1.9}\n" +
			"---\napiVersion: v1\nkind: Service\nmetadata: {name: egress, namespace: istio-system}\nspec: {selector: {istio: egressgateway}, ports: [{name: http, port: 80}]}\n" +
			kept("kyma-project.io--istio-egressgateway", "{podSelector: {matchLabels: {istio: egressgateway}}, policyTypes: [Egress, Ingress], egress: [{}], ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {networking.kyma-project.io/to-egressgateway: allowed}}}]}]}") + labels
	}
	ingress := kept("kyma-project.io--istio-ingressgateway", "{podSelector: {matchLabels: {istio: ingressgateway}}, policyTypes: [Ingress], ingress: [{ports: [{protocol: TCP, port: 8080}, {protocol: TCP, port: 8443}]}]}")
	const oathkeeper = `
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict, namespace: default, labels: {kyma-project.io/module: api-gateway}, annotations: {apigateways.operator.kyma-project.io/managed-by-disclaimer: DO NOT EDIT}}
spec: {selector: {matchLabels: {app: httpbin}}, mtls: {mode: STRICT}}
`
	bare := diagnose.Question{Source: "plain.bare", Target: "http://httpbin.default:8000/get", Request: diagnose.Request{Method: "GET"}}
	out := diagnose.Question{Source: "client.inside", Target: "http://egress.istio-system/", Request: diagnose.Request{Method: "GET"}}
	for _, tt := range []struct {
		name, text string
		question   diagnose.Question
		code       string
		words      []string // without any there is no such finding
	}{
		{"the egress gateway, without the label", strategy(t, "no-auth") + egress(""), out, "AD1015", []string{
			"NetworkPolicy istio-system/kyma-project.io--istio-egressgateway is kept by Kyma's Istio module (Istio kyma-system/default), and an edit of it does not last.",
			"It lets Pods with the label networking.kyma-project.io/to-egressgateway: allowed connect to the egress gateway and no others, and inside/client does not have it.",
		}},
		{"the egress gateway, with the label", strategy(t, "no-auth", "labels: {app: client, ", "labels: {app: client, networking.kyma-project.io/to-egressgateway: allowed, ") + egress(""), out, "AD1015", nil},
		{"another port of the ingress gateway", strategy(t, "no-auth", "targetPort: 8443", "targetPort: 9443") + ingress, outside("GET", "/get", nil), "AD1015", []string{
			"Of the ingress gateway it opens ports 8080, 8443, 15008, 15020, 15021 and 15090, and the connection is to 9443.",
		}},
		{"a port that it opens", strategy(t, "no-auth") + ingress, outside("GET", "/get", nil), "AD1015", nil},
		{"mTLS for the whole mesh", strategy(t, "no-auth"), bare, "AD1016", []string{
			"PeerAuthentication istio-system/default asks for mTLS for the whole mesh; Kyma's Istio module keeps it (Istio kyma-system/default), and an edit of it does not last. One of namespace default, or for the Pod, goes before it.",
		}},
		{"mTLS of the API Gateway module", strategy(t, "no-auth") + oathkeeper, bare, "AD1016", []string{
			"PeerAuthentication default/strict asks for mTLS; Kyma's API Gateway module keeps it (APIGateway default)",
		}},
		{"mTLS of one's own", strategy(t, "no-auth") + strings.Replace(oathkeeper, ", annotations: {apigateways.operator.kyma-project.io/managed-by-disclaimer: DO NOT EDIT}", "", 1), bare, "AD1016", nil},
		{"a sidecar", strategy(t, "no-auth"), inside("GET", "/get"), "AD1016", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := ask(t, read(t, tt.text), tt.question)
			got := message(d, tt.code)
			if len(tt.words) == 0 && got != "" {
				t.Errorf("%s: %s", tt.code, got)
			}
			for _, words := range tt.words {
				if !strings.Contains(got, words) {
					t.Errorf("want %q in %q (%s)", words, got, d.Status.Summary)
				}
			}
		})
	}
}
