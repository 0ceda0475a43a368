package diagnose

import (
	"strings"
	"testing"
)

// ambientShop is a client and a server in ambient, on one node.
const ambientShop = `
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp}}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop, labels: {app: client}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {nodeName: node-0, serviceAccountName: client, containers: [{name: a, image: x}]}
status: {phase: Running, podIP: 10.2.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: server, namespace: shop, labels: {app: server}, annotations: {ambient.istio.io/redirection: enabled}}
spec: {nodeName: node-0, serviceAccountName: server, containers: [{name: a, image: x, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.2.0.2}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: shop, labels: {app: host}}
spec: {nodeName: node-0, hostNetwork: true, containers: [{name: a, image: x}]}
status: {phase: Running, podIP: 192.168.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: far, namespace: shop, labels: {app: far}}
spec: {nodeName: node-1, hostNetwork: true, containers: [{name: a, image: x}]}
status: {phase: Running, podIP: 192.168.0.2}
---
apiVersion: v1
kind: Service
metadata: {name: server, namespace: shop}
spec: {clusterIP: 10.96.2.2, selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}]}
`

// shopWaypoint is the waypoint that the namespace asks for; labels are the Gateway's.
func shopWaypoint(labels string) string {
	return "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: shop, labels: {" + labels +
		"}}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n"
}

func shopPolicy(name, spec string) string {
	return "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n"
}

// withShop adds the client and the server to what does not have them.
func withShop(more string) string {
	if strings.Contains(more, ambientShop[:40]) {
		return more
	}
	return ambientShop + more
}

// elsewhere is a waypoint in namespace infra that namespace shop asks for.
func elsewhere(listener string) string {
	return strings.Replace(ambientShop, "istio.io/use-waypoint: wp", "istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: infra", 1) +
		"\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: wp, namespace: infra}\n" +
		"spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, " + listener + "}]}\n"
}

const infraPolicy = "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: l7, namespace: infra}\n" +
	"spec: {targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wp}], rules: [{to: [{operation: {methods: [GET]}}]}]}\n"

func TestWaypoints(t *testing.T) {
	const (
		forService = "targetRefs: [{kind: Service, group: '', name: server}], "
		forGateway = "targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wp}], "
		getOnly    = "rules: [{to: [{operation: {methods: [GET]}}]}]"
		toServer   = "selector: {matchLabels: {app: server}}, "
		clientOnly = "rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/client]}}]}]"
	)
	httpRoute := "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{kind: Service, group: '', name: server}], rules: [" +
		"{matches: [{path: {type: PathPrefix, value: /v2}}], backendRefs: [{name: other, port: 80}]}, {backendRefs: [{name: server, port: 80}]}]}\n" +
		object("Service", "shop", "other", "{clusterIP: 10.96.2.3, selector: {app: other}, ports: [{name: http, port: 80}]}")
	tests := []struct {
		name           string
		more           string
		source, target string
		method, path   string
		verdict        Verdict
		hop            string
		says           []string
	}{
		{name: "a policy of the Service", more: shopWaypoint("") + shopPolicy("l7", forService+getOnly), verdict: Denied, hop: "shop/wp", method: "POST", says: []string{"shop/l7", "403"}},
		{name: "a policy of the Gateway", more: shopWaypoint("") + shopPolicy("l7", forGateway+getOnly), verdict: Denied, hop: "shop/wp", method: "POST"},
		{name: "it admits", more: shopWaypoint("") + shopPolicy("l7", forService+getOnly), verdict: Allowed, method: "GET"},
		{name: "a selector means nothing to it", more: shopWaypoint("") + shopPolicy("l7", "selector: {matchLabels: {app: other}}, "+getOnly), verdict: Allowed, method: "POST"},
		{name: "the waypoint's identity counts behind it", more: shopWaypoint("") + shopPolicy("l4", toServer+clientOnly), verdict: Denied, hop: "shop/server", method: "GET", says: []string{"from the waypoint shop/wp, as cluster.local/ns/shop/sa/wp"}},
		{name: "the client's identity counts at it", more: shopWaypoint("") + shopPolicy("l7", forService+clientOnly), verdict: Allowed, method: "GET"},
		{name: "for workloads only", more: shopWaypoint("istio.io/waypoint-for: workload") + shopPolicy("l7", forGateway+getOnly), verdict: Allowed, method: "POST", says: []string{"does not stand before this kind of traffic"}},
		{name: "a call to the Pod, for workloads", more: shopWaypoint("istio.io/waypoint-for: all") + shopPolicy("l7", forGateway+getOnly), target: "http://10.2.0.2:8080/", verdict: Denied, hop: "shop/wp", method: "POST"},
		{name: "a call to the Pod passes a Service's policy", more: shopWaypoint("istio.io/waypoint-for: all") + shopPolicy("l7", forService+getOnly), target: "http://10.2.0.2:8080/", verdict: Allowed, method: "POST"},
		{
			name: "a call to the Pod, which a Service's policy admits", more: shopWaypoint("istio.io/waypoint-for: all") + shopPolicy("none", strings.TrimSuffix(forGateway, ", ")) + shopPolicy("l7", forService+getOnly),
			target: "http://10.2.0.2:8080/", verdict: Denied, hop: "shop/wp", method: "GET", says: []string{"shop/l7 would admit it, but its targetRefs name Service server, and a call to a Pod's address is for no Service"},
		},
		{
			name: "a sidecar goes past it, and the Pod admits it alone", more: shopWaypoint("") +
				"\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: wp-1, namespace: shop, labels: {gateway.networking.k8s.io/gateway-name: wp}}\nspec: {serviceAccountName: wp, containers: [{name: istio-proxy, image: x, args: [proxy, waypoint]}]}\nstatus: {phase: Running, podIP: 10.2.0.9}\n" +
				shopPolicy("l4", toServer+"rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/wp]}}]}]"),
			source: "frontend.default", verdict: Denied, hop: "shop/server", method: "GET", says: []string{"That is the waypoint shop/wp, which the request does not pass", "istio.io/dataplane-mode=ambient) in place of the sidecar"},
		},
		{name: "not ready", more: strings.Replace(shopWaypoint(""), "namespace: shop,", "namespace: shop, uid: u,", 1) + shopPolicy("l7", forService+getOnly), verdict: Allowed, method: "POST", says: []string{"is not ready"}},
		{name: "in another namespace, which it does not let in", more: elsewhere("") + infraPolicy, verdict: Allowed, method: "POST", says: []string{"allowedRoutes let in its own namespace only"}},
		{name: "in another namespace, which it lets in", more: elsewhere("allowedRoutes: {namespaces: {from: All}}") + infraPolicy, verdict: Denied, hop: "infra/wp", method: "POST"},
		{name: "in another namespace, by other labels", more: elsewhere("allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}") + infraPolicy, verdict: Allowed, method: "POST", says: []string{"select other namespaces"}},
		{name: "what its class says", more: strings.Replace(shopWaypoint(""), "istio-waypoint", "mine", 1) + "\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: mine, labels: {istio.io/waypoint-for: workload}}\nspec: {controllerName: istio.io/mesh-controller}\n" + shopPolicy("l7", forGateway+getOnly), verdict: Allowed, method: "POST", says: []string{"istio.io/waypoint-for: workload"}},
		{name: "of a ServiceEntry", more: shopWaypoint("") + object("ServiceEntry", "shop", "api", "{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}") + shopPolicy("out", "targetRefs: [{kind: ServiceEntry, group: networking.istio.io, name: api}], "+getOnly), target: "http://api.example.com/", verdict: Denied, hop: "shop/wp", method: "POST", says: []string{"shop/out"}},
		{name: "there is none", more: shopPolicy("l7", forService+getOnly), verdict: Allowed, method: "POST", says: []string{"does not exist: it is passed by"}},
		{name: "plaintext passes it by", more: shopWaypoint("") + shopPolicy("l7", forService+getOnly), source: "sleep.foo", verdict: Allowed, method: "POST"},
		{name: "a sidecar passes it by", more: shopWaypoint("") + shopPolicy("l7", forService+getOnly), source: "frontend.default", verdict: Allowed, method: "POST"},
		{name: "the Service's port at it", more: shopWaypoint("") + shopPolicy("l7", forService+"rules: [{to: [{operation: {ports: ['8080']}}]}]"), verdict: Denied, hop: "shop/wp", method: "GET", says: []string{"got 80"}},
		{name: "a route of it", more: shopWaypoint("") + httpRoute, verdict: Denied, path: "/v2/x", method: "GET", says: []string{"other"}},
		{name: "another route of it", more: shopWaypoint("") + httpRoute, verdict: Allowed, path: "/v1", method: "GET"},
		{name: "the node's own traffic", more: shopPolicy("none", toServer), source: "host.shop", verdict: Allowed, method: "GET", says: []string{"let past ztunnel"}},
		{name: "another node's traffic", more: shopPolicy("none", toServer), source: "far.shop", verdict: Denied, hop: "shop/server", method: "GET"},
		{name: "a probe", more: shopPolicy("none", toServer), source: "kubelet", target: "http://10.2.0.2:8080/healthz", verdict: Allowed, method: "GET"},
		{name: "the API server", more: shopPolicy("none", toServer), source: "apiserver", target: "svc/server.shop", verdict: Denied, hop: "shop/server", method: "GET"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := Question{Source: or(tt.source, "client.shop"), Target: or(tt.target, "http://server.shop"+or(tt.path, "/")), Request: Request{Method: tt.method}}
			d, _, err := Ask(t.Context(), files(t, withShop(tt.more)), q)
			if err != nil {
				t.Fatal(err)
			}
			text := everything(d)
			if d.Status.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s:\n%s", d.Status.Verdict, tt.verdict, text)
			}
			if got := d.Status.Answers[0].Reason.Hop; tt.hop != "" && got != tt.hop {
				t.Errorf("decided at %s, want %s", got, tt.hop)
			}
			for _, part := range tt.says {
				if !strings.Contains(text, part) {
					t.Errorf("nowhere %q in:\n%s", part, text)
				}
			}
		})
	}
}
