package diagnose

import (
	"strings"
	"testing"
)

// A gateway in istio-ingress that takes example.com, and the Services of the base
// cluster behind it.
const (
	ingressPod = `
---
apiVersion: v1
kind: Pod
metadata: {name: gw, namespace: istio-ingress, labels: {istio: ingress}}
spec: {serviceAccountName: gw, containers: [{name: istio-proxy, image: x, args: [proxy, router]}]}
status: {phase: Running, podIP: 10.0.9.1}
---
apiVersion: v1
kind: Service
metadata: {name: gw, namespace: istio-ingress}
spec: {clusterIP: 10.96.9.1, selector: {istio: ingress}, ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}, {name: tls, port: 15443}]}
`
	publicGateway = `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: istio-ingress}
spec:
  selector: {istio: ingress}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [example.com], tls: {mode: SIMPLE, credentialName: cert}}
`
	atGateway = "http://gw.istio-ingress/"
)

func virtualService(spec string) string {
	return "\n---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: vs, namespace: default}\nspec: {" + spec + "}\n"
}

// routed is a VirtualService of the gateway.
func routed(http string) string {
	return virtualService("hosts: [example.com], gateways: [istio-ingress/public], http: [" + http + "]")
}

const toHTTPBin = "{route: [{destination: {host: httpbin, port: {number: 8000}}}]}"

// private is a Service that only its own namespace knows, and sleepInjected a client in
// another one.
const (
	private = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: private, namespace: default, annotations: {networking.istio.io/exportTo: .}}\n" +
		"spec: {clusterIP: 10.96.7.7, selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 80}]}\n"
	sleepInjected = "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: sleep, namespace: bar, labels: {app: sleep, security.istio.io/tlsMode: istio}}\n" +
		"spec: {containers: [{name: a, image: x}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]}\nstatus: {phase: Running, podIP: 10.0.5.1}\n"
)

func gatewayPolicy(spec string) string {
	return "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: edge, namespace: istio-ingress}\nspec: {" + spec + "}\n"
}

func TestGateways(t *testing.T) {
	const jwt = "jwtRules: [{issuer: https://a.example, jwks: '{\"keys\": []}'}]"
	edge := ingressPod + publicGateway
	ra := func(namespace string) string { return object("RequestAuthentication", namespace, "jwt", "{"+jwt+"}") }
	claims := map[string]any{"iss": "https://a.example", "sub": "me"}
	tests := []struct {
		name           string
		more           string
		source, target string
		request        Request
		verdict        Verdict
		reason         Reason
		says           []string
		not            string
	}{
		{
			name: "the gateway's identity is what counts behind it", more: edge + routed(toHTTPBin) + ap("front", allowFrontend),
			source: "frontend", request: Request{Method: "GET"}, verdict: Denied, reason: Reason{Hop: "default/httpbin-a", Stage: StageAllow},
			says: []string{"comes there from the gateway istio-ingress/gw, as cluster.local/ns/istio-ingress/sa/gw", "403"},
		},
		{
			name: "the gateway's own policy", more: edge + routed(toHTTPBin) + gatewayPolicy("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]"),
			request: Request{Method: "POST"}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageDeny, Policy: "istio-ingress/edge"},
		},
		{
			name: "a policy names the Service's port at the gateway", more: edge + routed(toHTTPBin) + gatewayPolicy("rules: [{to: [{operation: {ports: ['80']}}]}]"),
			request: Request{Method: "GET"}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageAllow}, says: []string{"8080"},
		},
		{
			name: "the path is rewritten", more: edge + routed("{match: [{uri: {prefix: /api/}}], rewrite: {uri: /}, route: [{destination: {host: httpbin, port: {number: 8000}}}]}") + ap("get", "rules: [{to: [{operation: {paths: [/items]}}]}]"),
			request: Request{Method: "GET", Path: "/api/items"}, verdict: Allowed, says: []string{"path /items"},
		},
		{
			name: "a header that the route sets", more: edge + routed("{headers: {request: {set: {x-team: edge}}}, route: [{destination: {host: httpbin, port: {number: 8000}}}]}") + ap("team", "rules: [{when: [{key: 'request.headers[x-team]', values: [edge]}]}]"),
			request: Request{Method: "GET"}, verdict: Allowed,
		},
		{
			name: "no route matches", more: edge + routed("{match: [{uri: {prefix: /api/}}], route: [{destination: {host: httpbin, port: {number: 8000}}}]}"),
			request: Request{Method: "GET", Path: "/other"}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageRoute}, says: []string{"404"},
		},
		{
			name: "it depends on the path", more: edge + routed("{match: [{uri: {prefix: /api/}}], route: [{destination: {host: httpbin, port: {number: 8000}}}]}"),
			target: "svc/gw.istio-ingress:80", request: Request{Host: "example.com"}, verdict: Conditional,
			says: []string{"depends on which route", "allowed if path starts with /api/", "denied if path does not start with /api/"},
		},
		{
			name: "a redirect is neither", more: edge + routed("{redirect: {uri: /new}}"), request: Request{Method: "GET"}, verdict: Undetermined, says: []string{"redirects to"},
		},
		{
			name: "no such Service", more: edge + routed("{route: [{destination: {host: nobody}}]}"), request: Request{Method: "GET"},
			verdict: Denied, reason: Reason{Stage: StageRoute, Policy: "VirtualService default/vs"}, says: []string{"no such Service", "503"},
		},
		{
			name: "no such subset", more: edge + routed("{route: [{destination: {host: httpbin, subset: v9, port: {number: 8000}}}]}"), request: Request{Method: "GET"},
			verdict: Denied, reason: Reason{Stage: StageRoute}, says: []string{"subset v9"},
		},
		{
			name: "plaintext to a TLS server", more: edge + routed(toHTTPBin), target: "http://gw.istio-ingress:443/", request: Request{Method: "GET"},
			verdict: Denied, says: []string{"expect TLS"},
		},
		{
			name: "TLS", more: edge + routed(toHTTPBin), target: "https://example.com/", request: Request{Method: "GET"}, verdict: Allowed,
			says: []string{"taken to lead to Service istio-ingress/gw"},
		},
		{
			name: "a port without a server", more: edge + routed(toHTTPBin), target: "tcp://gw.istio-ingress:15443", verdict: Denied, says: []string{"has no server for it on port 15443"},
		},
		{
			name: "the client's address at the gateway", more: edge + routed(toHTTPBin) + gatewayPolicy("rules: [{from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]}]"),
			request: Request{Method: "GET", Exact: true}, verdict: Allowed,
		},
		{
			name: "the client's address behind the gateway", more: edge + routed(toHTTPBin) + ap("ip", "rules: [{from: [{source: {remoteIpBlocks: [203.0.113.0/24]}}]}]"),
			request: Request{Method: "GET", Exact: true}, verdict: Allowed,
		},
		{
			name: "the peer behind the gateway is the gateway", more: edge + routed(toHTTPBin) + ap("ip", "rules: [{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}]"),
			request: Request{Method: "GET", Exact: true}, verdict: Denied, says: []string{"10.0.9.1"},
		},
		{
			name: "trusted proxies before the gateway", more: edge + routed(toHTTPBin) + meshMap + "    defaultConfig: {gatewayTopology: {numTrustedProxies: 2}}\n" + gatewayPolicy("rules: [{from: [{source: {remoteIpBlocks: [198.51.100.7]}}]}]"),
			request: Request{Method: "GET", Headers: map[string][]string{"x-forwarded-for": {"198.51.100.7, 192.0.2.1"}}, Exact: true}, verdict: Allowed,
		},
		{
			name: "a token that the gateway takes away", more: edge + routed(toHTTPBin) + ra("istio-ingress") + ra("default") + ap("who", "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"),
			request: Request{Method: "GET", Claims: claims, Exact: true}, verdict: Denied, reason: Reason{Hop: "default/httpbin-a", Stage: StageAllow},
		},
		{
			name: "a token that passes", more: edge + routed(toHTTPBin) + ra("default") + ap("who", "rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"),
			request: Request{Method: "GET", Claims: claims, Exact: true}, verdict: Allowed,
		},
		{
			name: "a policy for the gateway beside the app", more: edge + routed(toHTTPBin) + object("AuthorizationPolicy", "default", "far", "{selector: {matchLabels: {istio: ingress}}, action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}"),
			request: Request{Method: "GET"}, verdict: Allowed, says: []string{"default/far selects the labels of gateway istio-ingress/gw", "in namespace istio-ingress it would deny"},
		},
		{
			name: "such a policy that would not matter", more: edge + routed(toHTTPBin) + object("AuthorizationPolicy", "default", "far", "{selector: {matchLabels: {istio: ingress}}, action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}]}"),
			request: Request{Method: "GET"}, verdict: Allowed, not: "default/far",
		},
		{
			name: "a policy for what goes out", more: object("ServiceEntry", "default", "api", "{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}") + object("AuthorizationPolicy", "default", "out", "{selector: {matchLabels: {app: frontend}}, action: DENY, rules: [{to: [{operation: {hosts: ['*.example.com']}}]}]}"),
			source: "frontend", target: "http://api.example.com/", request: Request{Method: "GET"}, verdict: Allowed, says: []string{"default/out selects the caller default/frontend"},
		},
		{
			name: "a Service that the gateway does not know", more: edge + strings.ReplaceAll(routed(toHTTPBin), "httpbin", "private") + private, request: Request{Method: "GET"},
			verdict: Denied, reason: Reason{Stage: StageRoute}, says: []string{"Service default/private is not exported to namespace istio-ingress", "503"},
		},
		{
			name: "a Service that the client does not know", more: private + sleepInjected + ap("who", "rules: [{from: [{source: {namespaces: [bar]}}]}]"),
			source: "sleep.bar", target: "http://private.default:8000/", request: Request{Method: "GET"}, verdict: Denied, says: []string{"not exported to namespace bar", "shows no identity"},
		},
		{
			name: "a route by claims", more: edge + ra("istio-ingress") + routed("{match: [{headers: {'@request.auth.claims.groups': {exact: admin}}}], route: [{destination: {host: httpbin, port: {number: 8000}}}]}"),
			request: Request{Method: "GET", Claims: map[string]any{"iss": "https://a.example", "groups": "admin"}}, verdict: Allowed,
		},
		{
			name: "a route by other claims", more: edge + ra("istio-ingress") + routed("{match: [{headers: {'@request.auth.claims.groups': {exact: admin}}}], route: [{destination: {host: httpbin, port: {number: 8000}}}]}"),
			request: Request{Method: "GET", Claims: claims, Exact: true}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageRoute}, says: []string{"404"},
		},
		{
			name: "a route by claims of a token that nobody looks at", more: edge + ra("default") + routed("{match: [{headers: {'@request.auth.claims.groups': {exact: admin}}}], route: [{destination: {host: httpbin, port: {number: 8000}}}]}"),
			request: Request{Method: "GET", Claims: map[string]any{"iss": "https://a.example", "groups": "admin"}, Exact: true}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageRoute},
			says: []string{"match[0].headers, is for requests whose claim groups is admin; no RequestAuthentication applies to istio-ingress/gw", "apply a RequestAuthentication with a rule for issuer https://a.example"},
		},
		{
			name: "a token that the request does not carry", more: edge + ra("istio-ingress") + routed(toHTTPBin) + gatewayPolicy("action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]"),
			request: Request{Method: "GET", Exact: true}, verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageDeny}, says: []string{"The request carries no token, and a RequestAuthentication requires none."},
		},
		{
			name: "a preflight", more: edge + ra("istio-ingress") + routed(toHTTPBin) + gatewayPolicy("rules: [{from: [{source: {requestPrincipals: ['*']}}]}]"),
			request: Request{Method: "OPTIONS", Headers: map[string][]string{"origin": {"https://a.example"}, "access-control-request-method": {"GET"}}, Exact: true},
			verdict: Denied, reason: Reason{Hop: "istio-ingress/gw", Stage: StageAllow}, says: []string{"got none. The JWT filter does not look at a CORS preflight"},
		},
		{
			name: "gRPC's method among methods", more: ap("call", "rules: [{to: [{operation: {methods: [/a.B/C]}}]}]"), source: "sleep.foo", target: "http://httpbin.default:8000/a.B/C",
			request: Request{Method: "POST", Exact: true}, verdict: Denied, says: []string{"/a.B/C is a path, and no method", "write /a.B/C in paths in place of methods"},
		},
		{
			name: "a claim inside another, before a rule that has nothing to do with it", source: "sleep.foo", target: "http://httpbin.default:8000/",
			more:    ra("default") + ap("roles", "rules: [{when: [{key: 'request.auth.claims[realm.roles]', values: [a]}]}, {when: [{key: 'request.auth.claims[g]', values: [b]}]}]"),
			request: Request{Method: "GET", Claims: map[string]any{"iss": "https://a.example", "sub": "x", "realm": map[string]any{"roles": []any{"a"}}}, Exact: true},
			verdict: Denied, says: []string{"the nearest, rules[0], wants claim realm.roles a", "write request.auth.claims[realm][roles]"},
		},
		{
			name: "an identity that a plaintext gateway does not see", more: edge + routed(toHTTPBin) + gatewayPolicy("action: DENY, rules: [{from: [{source: {notNamespaces: [default]}}]}]"),
			source: "frontend", target: "http://gw.istio-ingress/", request: Request{Method: "GET", Host: "example.com", Exact: true}, verdict: Denied,
			says: []string{"spec.servers[0] the TLS mode ISTIO_MUTUAL"},
		},
		{
			name: "the client's address behind a gateway", more: edge + routed(toHTTPBin) + ap("office", "rules: [{from: [{source: {ipBlocks: [203.0.113.0/24]}}]}]"),
			request: Request{Method: "GET", Exact: true}, verdict: Denied,
			says: []string{"ipBlocks go by the peer's address, and that is the one of istio-ingress/gw", "write remoteIpBlocks in place of ipBlocks in rules[0] of default/office"},
		},
		{
			name: "a DENY whose selector is misspelt", source: "frontend", target: "http://httpbin:8000/",
			more:    object("AuthorizationPolicy", "default", "shut", "{action: DENY, selector: {matchLabels: {app: httpbim}}, rules: [{}]}"),
			request: Request{Method: "GET", Exact: true}, verdict: Allowed, says: []string{"DENY policy default/shut would deny it, but its selector wants app=httpbim"},
		},
		{
			name: "a port past the sidecar", source: "frontend", target: "http://blind:9000/", more: "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: blind, namespace: default, labels: {app: blind, security.istio.io/tlsMode: istio}, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '9000'}}\n" +
				"spec: {containers: [{name: a, image: x}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]}\nstatus: {phase: Running, podIP: 10.0.5.9}\n" +
				object("Service", "default", "blind", "{clusterIP: 10.96.5.9, selector: {app: blind}, ports: [{name: http, port: 9000}]}"),
			request: Request{Method: "GET", Exact: true}, verdict: Denied, says: []string{"the sidecar of default/blind does not see port 9000"},
		},
		{
			name: "a gateway for every host is none for the world outside", more: edge + routed(toHTTPBin), source: "frontend", target: "http://www.example.org/",
			request: Request{Method: "GET", Exact: true}, verdict: Allowed, says: []string{"www.example.org is outside the cluster"},
		},
		{
			name: "a gateway for every host whose route names it", more: edge + routed("{redirect: {uri: /new}}"), source: "frontend", target: "http://example.com/",
			request: Request{Method: "GET", Exact: true}, verdict: Undetermined, says: []string{"is taken to lead to Service istio-ingress/gw"},
		},
		{
			name: "a DENY that is only logged", source: "frontend", target: "http://httpbin:8000/",
			more:    strings.Replace(object("AuthorizationPolicy", "default", "dry", "{action: DENY, rules: [{}]}"), "namespace: default", "namespace: default, annotations: {istio.io/dry-run: 'true'}", 1),
			request: Request{Method: "GET", Exact: true}, verdict: Allowed, says: []string{"DENY policy default/dry matches and is only logged (dry-run)"},
		},
		{
			name: "what is not HTTP on a port that is", source: "frontend", target: "tcp://httpbin:8000", more: ap("who", "rules: [{from: [{source: {namespaces: [default]}}]}]"),
			request: Request{Exact: true}, verdict: Denied, says: []string{"the port is HTTP to the client's proxy (Service default/httpbin, port name http", "name the Service's port tcp-…"},
		},
		{
			name: "a Sidecar that hides the Service", more: sleepInjected + object("Sidecar", "bar", "default", "{egress: [{hosts: ['./*']}]}") + ap("who", "rules: [{from: [{source: {namespaces: [bar]}}]}]"),
			source: "sleep.bar", target: "http://httpbin.default:8000/", request: Request{Method: "GET", Exact: true}, verdict: Denied, says: []string{"name the host in the hosts of that Sidecar's egress"},
		},
		{
			name: "a circle", more: edge + routed("{route: [{destination: {host: gw.istio-ingress.svc.cluster.local, port: {number: 80}}}]}"), request: Request{Method: "GET"},
			verdict: Denied, says: []string{"in a circle"},
		},
		{
			name: "the dead ends of branches stay apart", more: edge + routed("{match: [{uri: {prefix: /a}}], route: [{destination: {host: aa}}]}, {match: [{uri: {prefix: /b}}], route: [{destination: {host: bb}}]}"),
			target: "svc/gw.istio-ingress:80", request: Request{Host: "example.com"}, verdict: Denied, says: []string{"sends it to aa.default.svc", "sends it to bb.default.svc", "no route matches"},
		},
		{
			name: "from inside to a host of the gateway", more: edge + strings.ReplaceAll(routed(toHTTPBin)+ap("get", allowGet), "example.com", "shop.example.com"), source: "sleep.foo", target: "http://shop.example.com/",
			request: Request{Method: "PUT"}, verdict: Denied, reason: Reason{Hop: "default/httpbin-a"}, says: []string{"taken to lead to Service istio-ingress/gw"},
		},
		{
			name: "a sidecar sends elsewhere", more: virtualService("hosts: [httpbin], http: [{route: [{destination: {host: other}}]}]") + object("Service", "default", "other", "{selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 80}]}") + ap("get", allowGet),
			source: "frontend", target: "http://httpbin:8000/", request: Request{Method: "PUT"}, verdict: Denied, says: []string{"got PUT"},
		},
		{
			name: "an injected fault", more: virtualService("hosts: [httpbin], http: [{fault: {abort: {httpStatus: 418, percentage: {value: 100}}}, route: [{destination: {host: httpbin}}]}]"),
			source: "frontend", target: "http://httpbin:8000/", request: Request{Method: "GET"}, verdict: Denied, reason: Reason{Hop: "default/frontend", Stage: StageRoute}, says: []string{"418"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := Question{Source: or(tt.source, "ip/203.0.113.9"), Target: or(tt.target, atGateway), Request: tt.request}
			if tt.target == "" {
				q.Request.Host = "example.com"
			}
			d, _, err := Ask(t.Context(), files(t, tt.more), q)
			if err != nil {
				t.Fatal(err)
			}
			if d.Status.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s", d.Status.Verdict, tt.verdict)
			}
			text := everything(d)
			for _, part := range tt.says {
				if !strings.Contains(text, part) {
					t.Errorf("nowhere %q in:\n%s", part, text)
				}
			}
			if tt.not != "" && strings.Contains(text, tt.not) {
				t.Errorf("%q in:\n%s", tt.not, text)
			}
			got := d.Status.Answers[0].Reason
			for _, f := range [][2]string{{tt.reason.Hop, got.Hop}, {string(tt.reason.Stage), string(got.Stage)}, {tt.reason.Policy, got.Policy}} {
				if f[0] != "" && f[0] != f[1] {
					t.Errorf("the reason has %q, want %q", f[1], f[0])
				}
			}
		})
	}
}

// everything that a Diagnosis says in words.
func everything(d *Diagnosis) string {
	parts := append([]string{d.Status.Summary, d.Status.Symptom}, d.Status.Missing...)
	parts = append(parts, d.Status.Notes...)
	for _, a := range d.Status.Answers {
		parts = append(parts, a.Summary)
		for _, h := range a.Hops {
			parts = append(append(parts, h.Says), h.Notes...)
			for _, s := range h.Stages {
				parts = append(parts, s.Says)
			}
		}
	}
	for _, f := range d.Status.Findings {
		parts = append(parts, f.Help...)
	}
	return strings.Join(parts, "\n")
}
