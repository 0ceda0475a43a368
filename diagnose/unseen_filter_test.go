package diagnose

import (
	"strings"
	"testing"
)

func envoyFilter(namespace, more, patch string) string {
	return "\n---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: ef, namespace: " + namespace + "}\nspec: {" + more + "configPatches: [{" + patch + "}]}\n"
}

func wasmPlugin(namespace, spec string) string {
	return "\n---\napiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: wasm, namespace: " + namespace + "}\nspec: {url: 'oci://x', " + spec + "}\n"
}

func TestExtensions(t *testing.T) {
	const lua = "patch: {operation: INSERT_FIRST, value: {name: lua, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}}"
	filter := func(context string) string {
		return "applyTo: HTTP_FILTER, match: {context: " + context + "}, " + lua
	}
	get := Request{Method: "GET"}
	edge := ingressPod + publicGateway + routed(toHTTPBin)
	way := ambientPods() + waypointPod + useWaypoint
	deny := ap("p", "action: DENY, rules: [{}]")
	for _, tt := range []codeTest{
		{name: "before the target", more: envoyFilter("default", "", filter("SIDECAR_INBOUND")), verdict: Undetermined, want: "AD0801", says: []string{"EnvoyFilter default/ef", "default/httpbin", "HTTP_FILTER"}},
		{name: "of another port", more: envoyFilter("default", "", "applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND, listener: {portNumber: 8080}}, "+lua), verdict: Allowed},
		{name: "of another workload", more: envoyFilter("default", "workloadSelector: {labels: {app: other}}, ", filter("SIDECAR_INBOUND")), verdict: Allowed},
		{name: "for gateways only", more: envoyFilter("istio-system", "", filter("GATEWAY")), verdict: Allowed},
		{name: "at the source", more: envoyFilter("default", "workloadSelector: {labels: {app: frontend}}, ", filter("SIDECAR_OUTBOUND")), verdict: Undetermined, want: "AD0801", says: []string{"default/frontend"}},
		{name: "what comes in at the source", more: envoyFilter("default", "workloadSelector: {labels: {app: frontend}}, ", filter("SIDECAR_INBOUND")), verdict: Allowed},
		{name: "a route to another host", more: envoyFilter("default", "workloadSelector: {labels: {app: frontend}}, ", "applyTo: HTTP_ROUTE, match: {context: SIDECAR_OUTBOUND, routeConfiguration: {vhost: {name: 'other.default.svc.cluster.local:80'}}}, patch: {operation: MERGE, value: {route: {cluster: x}}}"), verdict: Allowed},
		{name: "a route to the target", more: envoyFilter("default", "workloadSelector: {labels: {app: frontend}}, ", "applyTo: HTTP_ROUTE, match: {context: SIDECAR_OUTBOUND, routeConfiguration: {vhost: {name: 'httpbin.default.svc.cluster.local:8000'}}}, patch: {operation: MERGE, value: {route: {cluster: x}}}"), verdict: Undetermined, want: "AD0801"},
		{name: "a time-out", more: envoyFilter("default", "", "applyTo: NETWORK_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: MERGE, value: {name: envoy.filters.network.http_connection_manager, typed_config: {'@type': x, stream_idle_timeout: 1s}}}"), verdict: Allowed},
		{name: "trusted proxies", more: envoyFilter("default", "", "applyTo: NETWORK_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: MERGE, value: {name: envoy.filters.network.http_connection_manager, typed_config: {'@type': x, xff_num_trusted_hops: 1}}}"), verdict: Undetermined, want: "AD0801"},
		{name: "keep-alive of a cluster", more: envoyFilter("default", "", "applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND}, patch: {operation: MERGE, value: {upstream_connection_options: {}}}"), verdict: Allowed},
		{name: "the TLS of a cluster", more: envoyFilter("default", "", "applyTo: CLUSTER, match: {context: SIDECAR_OUTBOUND, cluster: {service: httpbin.default.svc.cluster.local}}, patch: {operation: MERGE, value: {transport_socket: {name: x}}}"), verdict: Undetermined, want: "AD0801"},
		{name: "compression", more: envoyFilter("default", "", "applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: INSERT_BEFORE, value: {name: c, typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor}}}"), verdict: Allowed},
		{name: "what no proxy sees", more: envoyFilter("default", "", filter("ANY")) + object("NetworkPolicy", "default", "none", "{podSelector: {}, policyTypes: [Ingress]}"), verdict: Denied},
		{name: "at the gateway", more: edge + envoyFilter("istio-ingress", "", filter("GATEWAY")), target: atGateway, request: Request{Method: "GET", Host: "example.com"}, verdict: Undetermined, want: "AD0801", says: []string{"istio-ingress/gw"}},
		{name: "before a route that leads nowhere", more: ingressPod + publicGateway + envoyFilter("istio-ingress", "", filter("GATEWAY")), target: atGateway, request: Request{Method: "GET", Host: "example.com"}, verdict: Undetermined, want: "AD0801"},
		{name: "a sidecar's at the gateway", more: edge + envoyFilter("istio-ingress", "", filter("SIDECAR_INBOUND")), target: atGateway, request: Request{Method: "GET", Host: "example.com"}, verdict: Allowed},
		{name: "at the waypoint", more: way + envoyFilter("foo", "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: wp}], ", filter("SIDECAR_INBOUND")), source: "client.foo", target: "http://server.foo/", request: get, verdict: Undetermined, want: "AD0801", says: []string{"foo/wp"}},
		{name: "a waypoint takes none without targetRefs", more: way + envoyFilter("foo", "", filter("SIDECAR_INBOUND")), source: "client.foo", target: "http://server.foo/", request: get, verdict: Allowed},
		{name: "a plugin before the target", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}, phase: AUTHZ"), verdict: Undetermined, want: "AD0802", says: []string{"WasmPlugin default/wasm", "phase AUTHZ"}},
		{name: "a plugin of another workload", more: wasmPlugin("default", "selector: {matchLabels: {app: other}}, phase: AUTHZ"), verdict: Allowed},
		{name: "a plugin for clients", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}, match: [{mode: CLIENT}]"), verdict: Allowed},
		{name: "a plugin for HTTP on a TCP port", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}"), target: "tcp://httpbin:9000", verdict: Allowed},
		{name: "a plugin of connections", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}, type: NETWORK"), target: "tcp://httpbin:9000", verdict: Undetermined, want: "AD0802"},
		{name: "a plugin after the denial", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}") + deny, request: get, verdict: Denied},
		{name: "a plugin before the denial", more: wasmPlugin("default", "selector: {matchLabels: {app: httpbin}}, phase: AUTHN") + deny, request: get, verdict: Undetermined, want: "AD0802"},
		{name: "a plugin at the waypoint", more: way + wasmPlugin("foo", "targetRefs: [{kind: Service, name: server}]"), source: "client.foo", target: "http://server.foo/", request: get, verdict: Undetermined, want: "AD0802", says: []string{"foo/wp"}},
	} {
		t.Run(tt.name, tt.run)
	}
}

// TestProxyConfig: what is set in a proxy's environment is noted, not evaluated.
func TestProxyConfig(t *testing.T) {
	config := func(spec string) string {
		return "\n---\napiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: pc, namespace: default}\nspec: {" + spec + "}\n"
	}
	for spec, want := range map[string]bool{
		"environmentVariables: {ISTIO_META_X: a}": true, "image: {imageType: distroless}": false,
		"selector: {matchLabels: {app: other}}, environmentVariables: {ISTIO_META_X: a}": false,
	} {
		d, _, err := Ask(t.Context(), files(t, config(spec)), Question{Source: "frontend", Target: "http://httpbin:8000/"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(everything(d), "ProxyConfig default/pc sets variables"); got != want || d.Status.Verdict != Allowed {
			t.Errorf("%s: noted %v, want %v; %s", spec, got, want, d.Status.Verdict)
		}
	}
}
