package clusters

// waypointScopes: for whom a waypoint stands, and what it is asked.
func waypointScopes() []*draft {
	var out []*draft
	add := func(name string, client, server plane, objects ...string) *draft {
		d := between("waypoint-"+name, client, server).add(objects...)
		out = append(out, d)
		return d
	}
	onlyGET := authorizationPolicy("$b", "p", "{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: wp}], rules: [{to: [{operation: {methods: [GET]}}]}]}")
	labelled := func(name, labels string) string {
		return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: $b, labels: {" + labels + "}}\nspec: {selector: {app: server}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 90, targetPort: 9090}]}"
	}
	inNamespace := func(more string) string {
		return "{apiVersion: v1, kind: Namespace, metadata: {name: $b, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp" + more + "}}}"
	}
	for _, of := range []string{"all", "workload", "none"} {
		d := add("for-"+of+"-namespace", ambient, ambient, append(waypoint("$b", of), inNamespace(""), onlyGET)...)
		d.ask(get("http://server.$b/"), get("http://pod/server.$b:8080/"), Question{Source: "client.$a", Target: "tcp://server.$b:90"})
	}
	add("namespace-of-another", ambient, ambient, append([]string{namespace("$c", bare), inNamespace(", istio.io/use-waypoint-namespace: $c")}, allowAll(waypoint("$c", "service"))...)...).
		ask(get("http://server.$b/"), get("http://pod/server.$b:8080/"))
	add("namespace-not-allowed", ambient, ambient, append([]string{namespace("$c", bare), inNamespace(", istio.io/use-waypoint-namespace: $c")}, waypoint("$c", "service")...)...).
		ask(get("http://server.$b/"))
	add("entry", ambient, ambient, append(waypoint("$b", "service"), inNamespace(""), entry(inMesh),
		authorizationPolicy("$b", "p", "{targetRefs: [{kind: ServiceEntry, group: networking.istio.io, name: entry}], rules: [{to: [{operation: {methods: [GET]}}]}]}"))...).
		ask(get("http://db.example.com/"), get("http://server.$b/"))
	add("entry-external", ambient, ambient, append(waypoint("$b", "service"), inNamespace(""), entry("{"+external+"}"), onlyGET)...).
		ask(away("http://api.example.com/")...)
	for _, client := range []plane{bare, sidecar} {
		add("past-"+string(client), client, behind, onlyGET).ask(get("http://server.$b/"), Question{Source: "client.$a", Target: "http://server.$b/", Method: "POST"})
	}
	add("rules-of-policies", ambient, behind, authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], rules: [{to: [{operation: {methods: [GET], paths: ['/open/*']}}], from: [{source: {principals: ['cluster.local/ns/$a/sa/client']}}]}]}"),
		authorizationPolicy("$root", "r", "{action: DENY, rules: [{from: [{source: {notNamespaces: [$b]}}]}]}")).
		ask(get("http://server.$b/open/x"), get("http://server.$b/x"), Question{Source: "client.$a", Target: "http://server.$b/open/x", Method: "POST"})
	add("weights", ambient, behind, append(second(ambient),
		httpRoute("$b", "{parentRefs: [{kind: Service, group: '', name: server}], rules: [{matches: [{path: {type: PathPrefix, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}], backendRefs: [{name: server, port: 80, weight: 1}, {name: second, port: 80, weight: 3}]}]}"))...).
		ask(get("http://server.$b/a/x"), get("http://server.$b/x"))
	ingress := gateway(between("waypoint-ingress-service", sidecar, ambient)).add(waypoint("$b", "service")...).add(istioGateway(overHTTP),
		labelled("front", "istio.io/use-waypoint: wp, istio.io/ingress-use-waypoint: 'true'"), labelled("back", "istio.io/use-waypoint: wp"), onlyGET,
		virtualService("{hosts: [shop.example.com], gateways: [gateway], http: [{match: [{uri: {prefix: /front}}], route: [{destination: {host: front, port: {number: 80}}}]}, {route: [{destination: {host: back, port: {number: 80}}}]}]}"))
	out = append(out, ingress.enters("http://shop.example.com/front").enters("http://shop.example.com/back"))
	out[len(out)-1].ask(Question{Target: "http://shop.example.com/front", Method: "POST", Gateway: "ingress.$g"})
	return append(out, entersEdge(between("waypoint-ingress-api", sidecar, ambient).add(listen(listenHTTP)...).add(waypoint("$b", "service")...).add(
		labelled("front", "istio.io/use-waypoint: wp, istio.io/ingress-use-waypoint: 'true'"), onlyGET,
		httpRoute("$b", "{"+edge+", rules: [{backendRefs: [{name: front, port: 80}]}]}")), "http://shop.example.com/"))
}
