package diagnose

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestChain: a denial is told from what somebody has set to what the client sees.
func TestChain(t *testing.T) {
	strict := object("PeerAuthentication", "default", "default", "{mtls: {mode: STRICT}}")
	owned := strings.Replace(ap("made", allowFrontend), "name: made,", "name: made, labels: {apirule.gateway.kyma-project.io/name: api, apirule.gateway.kyma-project.io/namespace: default},", 1)
	tests := []struct {
		name, more, source, target string
		request                    Request
		want                       []Link // without what the client sees
	}{
		{name: "allowed", source: "frontend", target: "http://httpbin:8000/get"},
		{
			name: "no label, no sidecar, no principal", more: ap("allow", allowFrontend), source: "sleep.foo", target: "http://httpbin.default:8000/get",
			want: []Link{
				{Says: "namespace foo lacks istio-injection=enabled or istio.io/rev", Object: "Namespace foo", Field: "metadata.labels", Code: "AD0101"},
				{Says: "foo/sleep has no sidecar"},
				{Says: "foo/sleep sends plaintext"},
				{Says: "default/httpbin-a sees no principal"},
				{Says: "rules[0] wants principal cluster.local/ns/default/sa/frontend, got none", Object: "AuthorizationPolicy default/allow", Field: "spec.rules[0].from[0].source.principals"},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
		{
			name: "STRICT", more: strict, source: "sleep.foo", target: "http://httpbin.default:8000/get",
			want: []Link{
				{Says: "namespace foo lacks istio-injection=enabled or istio.io/rev", Object: "Namespace foo", Field: "metadata.labels", Code: "AD0102"},
				{Says: "foo/sleep has no sidecar"},
				{Says: "foo/sleep sends plaintext"},
				{Says: "default/httpbin-a accepts only mTLS (STRICT)", Object: "PeerAuthentication default/default", Field: "spec.mtls.mode"},
			},
		},
		{
			name: "a DestinationRule", more: ap("allow", allowFrontend) + object("DestinationRule", "default", "plain", "{host: httpbin, trafficPolicy: {tls: {mode: DISABLE}}}"),
			source: "frontend", target: "http://httpbin:8000/get",
			want: []Link{
				{Says: "the client's TLS is set to DISABLE", Object: "DestinationRule default/plain", Field: "spec.trafficPolicy.tls.mode", Code: "AD0103"},
				{Says: "default/frontend sends plaintext"},
				{Says: "default/httpbin-a sees no principal"},
				{Says: "rules[0] wants principal cluster.local/ns/default/sa/frontend, got none", Object: "AuthorizationPolicy default/allow", Field: "spec.rules[0].from[0].source.principals"},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
		{
			name: "DENY", more: ap("deny", "action: DENY, rules: [{to: [{operation: {paths: [/get]}}]}]"), source: "frontend", target: "http://httpbin:8000/get",
			want: []Link{
				{Says: "path /get matches", Object: "AuthorizationPolicy default/deny", Field: "spec.rules[0].to[0].operation.paths", Code: "AD0202"},
				{Says: "rules[0] of a DENY policy matches", Object: "AuthorizationPolicy default/deny", Field: "spec.rules[0]"},
			},
		},
		{
			name: "a policy that is made of something", more: owned, source: "deploy/batch", target: "http://httpbin:8000/get",
			want: []Link{
				{Says: "Kyma's API Gateway makes the policy of APIRule default/api", Object: "APIRule default/api"},
				{
					Says:   "rules[0] wants principal cluster.local/ns/default/sa/frontend, got cluster.local/ns/default/sa/batch",
					Object: "AuthorizationPolicy default/made", Field: "spec.rules[0].from[0].source.principals", Code: "AD0201",
				},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
		{
			name: "nothing is allowed", more: ap("nothing", "action: ALLOW"), source: "frontend", target: "http://httpbin:8000/",
			want: []Link{
				{Says: "an ALLOW policy without rules allows nothing", Object: "AuthorizationPolicy default/nothing", Field: "spec.rules", Code: "AD0203"},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
		{
			name: "HTTP on TCP", more: ap("get", allowGet), source: "frontend", target: "tcp://httpbin:9000",
			want: []Link{
				{Says: "port 9000 is not HTTP (Service default/httpbin, port name tcp-raw)"},
				{
					Says:   "rules[0] does not exist there: spec.rules[0].to[0].operation.methods: an HTTP attribute, and the connection is not HTTP",
					Object: "AuthorizationPolicy default/get", Field: "spec.rules[0]", Code: "AD0401",
				},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
		{
			name: "NetworkPolicy", more: object("NetworkPolicy", "default", "shut", "{podSelector: {}, policyTypes: [Ingress]}"), source: "frontend", target: "http://httpbin:8000/get",
			want: []Link{{
				Says: "default/shut selects default/httpbin-a and no ingress rule admits default/frontend on port 80", Object: "NetworkPolicy default/shut", Code: "AD0601",
			}},
		},
		{
			name: "no provider", more: ap("ext", `action: CUSTOM, provider: {name: nope}, rules: [{}]`), source: "frontend", target: "http://httpbin:8000/",
			want: []Link{{Says: `its provider "nope" is not among meshConfig.extensionProviders`, Object: "AuthorizationPolicy default/ext", Field: "spec.provider.name", Code: "AD0204"}},
		},
		{
			name: "a gateway stands between", more: ingressPod + publicGateway + routed(toHTTPBin) + ap("allow", allowFrontend), source: "frontend", target: atGateway, request: Request{Host: "example.com"},
			want: []Link{
				{Says: "the request comes from the gateway istio-ingress/gw, as cluster.local/ns/istio-ingress/sa/gw"},
				{
					Says:   "rules[0] wants principal cluster.local/ns/default/sa/frontend, got cluster.local/ns/istio-ingress/sa/gw",
					Object: "AuthorizationPolicy default/allow", Field: "spec.rules[0].from[0].source.principals", Code: "AD0201",
				},
				{Says: "no rule of an ALLOW policy on default/httpbin-a matches"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, err := Ask(t.Context(), files(t, tt.more), Question{Source: tt.source, Target: tt.target, Request: tt.request})
			if err != nil {
				t.Fatal(err)
			}
			a := worstOf(d)
			got := a.Chain
			if n := len(got); n > 0 {
				if got[n-1].Says != "the client sees: "+a.Symptom {
					t.Errorf("ends in %q", got[n-1].Says)
				}
				got = got[:n-1]
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", d.Status.Summary, diff)
			}
		})
	}
}
