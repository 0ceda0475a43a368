package diagnose

import (
	"strings"
	"testing"
)

// An ambient client and server in foo, and a waypoint that the server's Service may use.
const (
	waypointPod = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wp, namespace: foo, labels: {istio.io/waypoint-for: service}}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
status: {addresses: [{type: Hostname, value: wp.foo.svc.cluster.local}], conditions: [{type: Programmed, status: "True", reason: Programmed, message: "", lastTransitionTime: "2026-01-01T00:00:00Z"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: wp-1, namespace: foo, labels: {gateway.networking.k8s.io/gateway-name: wp, gateway.istio.io/managed: istio.io-mesh-controller}}
spec: {serviceAccountName: wp, containers: [{name: istio-proxy, image: x, args: [proxy, waypoint], ports: [{containerPort: 15008}]}]}
status: {phase: Running, podIP: 10.0.1.20, conditions: [{type: Ready, status: "True"}]}
---
apiVersion: v1
kind: Service
metadata: {name: wp, namespace: foo, labels: {gateway.istio.io/managed: istio.io-mesh-controller}}
spec: {clusterIP: 10.96.0.20, selector: {gateway.networking.k8s.io/gateway-name: wp}, ports: [{name: mesh, port: 15008}]}
`
	useWaypoint = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: foo, labels: {istio.io/use-waypoint: wp}}\n"
)

func ambientPods() string {
	return podYAML("foo", "client", "app: client", captured, "", "10.0.1.5") + podYAML("foo", "server", "app: server", captured, "", "10.0.1.6") +
		object("Service", "foo", "server", "{clusterIP: 10.96.0.6, selector: {app: server}, ports: [{port: 80, name: http}]}")
}

// onServer is a policy in foo.
func onServer(spec string) string {
	return object("AuthorizationPolicy", "foo", "p", "{"+spec+"}")
}

func TestNotEnforced(t *testing.T) {
	ambient, get := ambientPods(), Request{Method: "GET"}
	way := ambient + waypointPod + useWaypoint
	const selector = "selector: {matchLabels: {app: server}}, "
	dry := func(object string) string {
		return strings.Replace(object, "namespace: foo}", "namespace: foo, annotations: {istio.io/dry-run: 'true'}}", 1)
	}
	for _, tt := range []codeTest{
		{name: "a DENY by method in ztunnel", more: ambient + onServer("action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]"), request: get, verdict: Allowed, want: "AD0306", says: []string{"DENY policy foo/p would match this request", "nothing is denied"}},
		{name: "of another method", more: ambient + onServer("action: DENY, rules: [{to: [{operation: {methods: [POST]}}]}]"), request: get, verdict: Allowed},
		{name: "a DENY that becomes wider", more: ambient + onServer("action: DENY, rules: [{to: [{operation: {methods: [POST], ports: ['80']}}]}]"), request: get, verdict: Denied, want: "AD0306", says: []string{"would not match", "denies by the rest"}},
		{name: "a DENY that ztunnel enforces", more: ambient + onServer("action: DENY, rules: [{to: [{operation: {ports: ['80']}}]}]"), request: get, verdict: Denied},
		{name: "an ALLOW by method in ztunnel, which is AD0401", more: ambient + onServer("rules: [{to: [{operation: {methods: [GET]}}]}]"), request: get, verdict: Denied},
		{name: "of another method", more: ambient + onServer("rules: [{to: [{operation: {methods: [POST]}}]}]"), request: get, verdict: Denied},
		{name: "another trust domain", more: ambient + onServer("rules: [{from: [{source: {namespaces: [foo], trustDomains: [td1]}}]}]"), request: get, verdict: Allowed, want: "AD0307", says: []string{"would not match", "trustDomains", "the policy matches"}},
		{name: "the mesh's trust domain", more: ambient + onServer("rules: [{from: [{source: {namespaces: [foo], trustDomains: [cluster.local]}}]}]"), request: get, verdict: Allowed},
		{name: "an empty selector", more: ambient + onServer("selector: {}, action: DENY, rules: [{}]"), request: get, verdict: Allowed, want: "AD0308", says: []string{"no matchLabels"}},
		{name: "an empty selector that admits", more: ambient + onServer("selector: {}, rules: [{}]"), request: get, verdict: Allowed},
		{name: "CUSTOM in ztunnel", more: ambient + onServer("action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {methods: [GET]}}]}]"), request: get, verdict: Allowed, want: "AD0309", says: []string{"action CUSTOM"}},
		{name: "CUSTOM for something else", more: ambient + onServer("action: CUSTOM, provider: {name: x}, rules: [{to: [{operation: {methods: [PUT]}}]}]"), request: get, verdict: Allowed},
		{name: "a waypoint passes it by", more: way + onServer(selector+"action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]"), request: get, verdict: Allowed, want: "AD0310", says: []string{"DENY policy foo/p", "has no targetRefs"}},
		{name: "an ALLOW that a waypoint passes by", more: way + onServer(selector+"rules: [{to: [{operation: {methods: [GET]}}]}]"), request: get, verdict: Denied, want: "AD0310"},
		{name: "ztunnel enforces it", more: way + onServer(selector+"action: DENY, rules: [{from: [{source: {notPrincipals: ['*']}}]}]"), request: get, verdict: Allowed},
		{name: "a waypoint passes by what does not match", more: way + onServer(selector+"action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}]"), request: get, verdict: Allowed},
		{name: "the waypoint enforces it", more: way + onServer("targetRefs: [{kind: Service, name: server}], action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}]"), request: get, verdict: Allowed},
		{name: "targetRefs without a waypoint", more: ambient + onServer("targetRefs: [{kind: Service, name: server}], action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ['80']}}]}]"), request: get, verdict: Allowed, want: "AD0311", says: []string{"Nothing on this way enforces it"}},
		{name: "targetRefs to another Service", more: ambient + onServer("targetRefs: [{kind: Service, name: other}], action: DENY, rules: [{}]"), request: get, verdict: Allowed},
		{name: "targetRefs that would admit", more: ambient + onServer("targetRefs: [{kind: Service, name: server}], rules: [{}]"), request: get, verdict: Allowed},
		{name: "a dry run in ambient", more: ambient + dry(onServer("action: DENY, rules: [{}]")), request: get, verdict: Allowed, want: "AD0312"},
		{name: "a dry run that does not match", more: ambient + dry(onServer("action: DENY, rules: [{to: [{operation: {ports: ['81']}}]}]")), request: get, verdict: Allowed},
		{name: "a DENY of the caller behind a waypoint", more: way + onServer(selector+"action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/default]}}]}]"), request: get, verdict: Allowed, want: "AD0314", says: []string{"denies cluster.local/ns/foo/sa/default", "shows cluster.local/ns/foo/sa/wp"}},
		{name: "a DENY of somebody else", more: way + onServer(selector+"action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/other]}}]}]"), request: get, verdict: Allowed},
		{name: "a star inside", more: ambient + onServer("rules: [{from: [{source: {namespaces: ['f*o']}}]}]"), request: get, verdict: Denied, want: "AD0315", says: []string{"would match", "does not match"}},
		{name: "a star at the end", more: ambient + onServer("rules: [{from: [{source: {namespaces: ['fo*']}}]}]"), request: get, verdict: Allowed},
	} {
		tt.source, tt.target = "client.foo", "http://server.foo/get"
		t.Run(tt.name, tt.run)
	}
	for _, tt := range []codeTest{
		{name: "another revision", more: annotated(ap("p", "action: DENY, rules: [{}]"), "labels: {istio.io/rev: canary}") + meshRevision, request: get, verdict: Allowed, want: "AD0313", says: []string{"istio.io/rev=canary"}},
		{name: "another revision that does not match", more: annotated(ap("p", "action: DENY, rules: [{to: [{operation: {methods: [PUT]}}]}]"), "labels: {istio.io/rev: canary}") + meshRevision, request: get, verdict: Allowed},
		{name: "targetRefs at a sidecar", more: object("AuthorizationPolicy", "default", "p", "{targetRefs: [{kind: Service, name: httpbin}], action: DENY, rules: [{}]}"), request: get, verdict: Allowed, want: "AD0311"},
		{name: "a dry run at a sidecar is logged", more: annotated(ap("p", "action: DENY, rules: [{}]"), "annotations: {istio.io/dry-run: 'true'}"), request: get, verdict: Allowed},
		{name: "a DENY by path on a TCP port", more: ap("p", "action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]"), target: "tcp://httpbin:9000", verdict: Denied, want: "AD0405", says: []string{"Port 9000 is no HTTP", "paths"}},
		{name: "a DENY of the port", more: ap("p", "action: DENY, rules: [{to: [{operation: {ports: ['9000']}}]}]"), target: "tcp://httpbin:9000", verdict: Denied},
	} {
		t.Run(tt.name, tt.run)
	}
}

// meshRevision says of the base cluster's namespace that it has revision stable.
const meshRevision = "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: {istio.io/rev: stable}}\n"
