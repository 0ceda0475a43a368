package clusters

import "strings"

// second is a Service beside the server, with its Pod.
func second(p plane) []string {
	return []string{pod("$b", "second", p), service("$b", "second", "", usual...)}
}

// waypoints: how a Service or a Pod gets one, and where it sends.
func waypoints() []*draft {
	var out []*draft
	add := func(name string, client, server plane, objects ...string) *draft {
		d := between("waypoint-"+name, client, server).add(objects...)
		out = append(out, d)
		return d
	}
	use := func(label string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: labelled, namespace: $b, labels: {istio.io/use-waypoint: " + label + "}}\n" +
			"spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, targetPort: 9090}]}"
	}
	add("service-label", ambient, ambient, append(waypoint("$b", "service"), use("wp"))...).
		ask(get("http://labelled.$b/"), get("http://server.$b/"), Question{Source: "client.$a", Target: "tcp://labelled.$b:90"})
	add("none-label", ambient, behind, use("none")).ask(get("http://labelled.$b/"), get("http://server.$b/"))
	add("missing", ambient, ambient, use("nowhere")).ask(get("http://labelled.$b/"))
	add("pod-ip", ambient, behind).ask(get("http://pod/server.$b:8080/"))
	d := add("for-workload", ambient, ambient, append(waypoint("$b", "workload"),
		pod("$b", "own", ambient, "istio.io/use-waypoint: wp"), service("$b", "own", "", usual...),
		authorizationPolicy("$b", "p", "{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wp}], rules: [{to: [{operation: {methods: [GET]}}]}]}"))...)
	d.ask(get("http://pod/own.$b:8080/"), get("http://own.$b/"))
	add("of-another-namespace", ambient, ambient, append([]string{
		namespace("$c", bare),
		"apiVersion: v1\nkind: Service\nmetadata: {name: labelled, namespace: $b, labels: {istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: $c}}\n" +
			"spec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}]}",
	}, allowAll(waypoint("$c", "service"))...)...).ask(get("http://labelled.$b/"))
	toSecond := append(second(ambient), httpRoute("$b", "{parentRefs: [{kind: Service, group: '', name: server, port: 80}], rules: [{matches: [{path: {type: PathPrefix, value: /second}}], backendRefs: [{name: second, port: 80}]}, {backendRefs: [{name: server, port: 80}]}]}"))
	for _, client := range []plane{ambient, sidecar, bare} {
		add("http-route-"+string(client), client, behind, toSecond...).ask(get("http://server.$b/second"), get("http://server.$b/"), get("http://server.$b:70/second"))
	}
	add("virtual-service", ambient, behind, append(second(ambient),
		virtualService("{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: second.$b.svc.cluster.local, port: {number: 80}}}]}]}"))...).
		ask(get("http://server.$b/"))
	add("to-sidecar", ambient, behind, pod("$b", "proxied", sidecar), service("$b", "proxied", "", usual...)).ask(get("http://proxied.$b/"))
	return out
}

// allowAll lets a waypoint serve every namespace.
func allowAll(objects []string) []string {
	objects[0] = strings.Replace(objects[0], "protocol: HBONE", "protocol: HBONE, allowedRoutes: {namespaces: {from: All}}", 1)
	return objects
}

// sidecars: what a Sidecar makes of the proxy of either end.
func sidecars() []*draft {
	var out []*draft
	add := func(name string, objects ...string) *draft {
		d := between("sidecar-"+name, sidecar, sidecar).add(objects...)
		out = append(out, d)
		return d
	}
	resource := func(ns, spec string) string { return object(networking, "Sidecar", ns, "default", spec) }
	add("egress-narrow", resource("$a", "{egress: [{hosts: ['./*', 'istio-system/*']}]}")).usually("client.$a")
	add("egress-wide", resource("$a", "{egress: [{hosts: ['$b/*']}]}")).usually("client.$a")
	add("egress-registry-only", resource("$a", "{outboundTrafficPolicy: {mode: REGISTRY_ONLY}, egress: [{hosts: ['./*']}]}")).usually("client.$a")
	add("egress-root", object(networking, "Sidecar", "$root", "default", "{egress: [{hosts: ['./*']}]}")).usually("client.$a")
	ingress := func(listener string) string {
		return resource("$b", "{workloadSelector: {labels: {app: server}}, ingress: ["+listener+"]}")
	}
	add("ingress-tcp", ingress("{port: {number: 8080, name: tcp, protocol: TCP}, defaultEndpoint: '127.0.0.1:8080'}")).usually("client.$a")
	add("ingress-http", ingress("{port: {number: 9090, name: http, protocol: HTTP}, defaultEndpoint: '127.0.0.1:9090'}"),
		authorizationPolicy("$b", "p", "{rules: [{to: [{operation: {methods: [GET]}}]}]}")).usually("client.$a")
	add("ingress-strict", append(level("namespace", "STRICT"), ingress("{port: {number: 8080, name: http, protocol: HTTP}, defaultEndpoint: '127.0.0.1:8080'}"))...).usually("client.$a")
	return out
}
