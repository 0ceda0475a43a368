package clusters

// enters asks the Gateway of the Gateway API from outside.
func entersEdge(d *draft, urls ...string) *draft {
	for _, u := range urls {
		d.ask(Question{Target: u, Method: "GET", Gateway: "edge.$g"})
	}
	return d
}

// gatewayRoutes: what routes of the Gateway API say of a request.
func gatewayRoutes() []*draft {
	var out []*draft
	add := func(name string, objects ...string) *draft {
		d := between("gateway-api-"+name, sidecar, sidecar).add(listen(listenHTTP)...).add(second(sidecar)...).add(objects...)
		out = append(out, d)
		return d
	}
	const toServer, toSecond = "backendRefs: [{name: server, port: 80}]", "backendRefs: [{name: second, port: 80}]"
	route := func(rules string) string { return httpRoute("$b", "{"+edge+", rules: ["+rules+"]}") }
	ask := func(d *draft, method, url string, headers map[string]string) {
		d.ask(Question{Target: url, Method: method, Headers: headers, Gateway: "edge.$g"})
	}
	grpc := add("grpc", object(k8sGateway, "GRPCRoute", "$b", "route", "{"+edge+", rules: [{matches: [{method: {service: shop.Cart, method: Add}}], "+toServer+"}, {matches: [{method: {service: shop.Cart}, headers: [{name: x-user, value: one}]}], "+toSecond+"}]}"))
	ask(grpc, "POST", "http://shop.example.com/shop.Cart/Add", nil)
	ask(grpc, "POST", "http://shop.example.com/shop.Cart/Drop", map[string]string{"x-user": "one"})
	ask(grpc, "POST", "http://shop.example.com/shop.Cart/Drop", nil)
	entersEdge(add("rewrite", route(`{matches: [{path: {type: PathPrefix, value: /a}}], filters: [{type: URLRewrite, urlRewrite: {hostname: inner.example.com, path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}], `+toServer+`},
  {matches: [{path: {type: PathPrefix, value: /full}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /whole}}}], `+toSecond+`}, {`+toServer+"}"),
		authorizationPolicy("$b", "p", "{action: DENY, rules: [{to: [{operation: {hosts: [inner.example.com], paths: [/b/x]}}]}]}")),
		"http://shop.example.com/a/x", "http://shop.example.com/a", "http://shop.example.com/full/x?q=1", "http://shop.example.com/ax")
	headers := add("headers", route("{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-team, value: edge}], remove: [x-user]}}], "+toServer+"}"),
		authorizationPolicy("$b", "p", "{rules: [{when: [{key: 'request.headers[x-team]', values: [edge]}]}]}"),
		authorizationPolicy("$b", "d", "{action: DENY, rules: [{when: [{key: 'request.headers[x-user]', values: ['*']}]}]}"))
	ask(headers, "GET", "http://shop.example.com/", map[string]string{"x-user": "one", "x-team": "none"})
	matches := add("matches", route(`{matches: [{method: POST, path: {type: Exact, value: /a}}, {headers: [{name: x-user, value: one}]}], `+toSecond+`},
  {matches: [{queryParams: [{name: v, value: '2'}]}], `+toSecond+`}, {matches: [{path: {type: RegularExpression, value: '/r/[0-9]+'}}], `+toSecond+"}, {matches: [{path: {type: Exact, value: /a}}], "+toServer+"}"))
	ask(matches, "POST", "http://shop.example.com/a", nil)
	ask(matches, "GET", "http://shop.example.com/a", nil)
	ask(matches, "GET", "http://shop.example.com/x", map[string]string{"x-user": "one"})
	entersEdge(matches, "http://shop.example.com/x?v=2", "http://shop.example.com/r/17", "http://shop.example.com/r/x")
	entersEdge(add("weights", route("{backendRefs: [{name: server, port: 80, weight: 1}, {name: second, port: 80, weight: 3}, {name: third, port: 80, weight: 0}]}"),
		pod("$b", "third", bare), service("$b", "third", "", usual...)), "http://shop.example.com/")
	entersEdge(add("no-backend", route("{matches: [{path: {type: PathPrefix, value: /a}}], backendRefs: [{name: nobody, port: 80}]}, {matches: [{path: {type: PathPrefix, value: /b}}], backendRefs: [{name: server, port: 99}]}, {matches: [{path: {type: PathPrefix, value: /c}}]}")),
		"http://shop.example.com/a", "http://shop.example.com/b", "http://shop.example.com/c", "http://shop.example.com/d")
	entersEdge(add("redirect", route("{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}")), "http://shop.example.com/")
	entersEdge(add("two-routes", route("{matches: [{path: {type: PathPrefix, value: /a}}], "+toServer+"}"),
		object(k8sGateway, "HTTPRoute", "$b", "second", "{"+edge+", rules: [{matches: [{path: {type: PathPrefix, value: /a/b}}], "+toSecond+"}]}")),
		"http://shop.example.com/a", "http://shop.example.com/a/b/c", "http://shop.example.com/b")
	mesh := between("gateway-api-mesh", sidecar, sidecar).add(second(sidecar)...).add(
		httpRoute("$b", "{parentRefs: [{kind: Service, group: '', name: server}], rules: [{matches: [{path: {type: PathPrefix, value: /second}}], "+toSecond+"}]}"))
	out = append(out, mesh.ask(get("http://server.$b/second"), get("http://server.$b/other"), get("http://second.$b/")))
	consumer := between("gateway-api-mesh-consumer", sidecar, sidecar).add(second(sidecar)...).add(namespace("$c", sidecar), pod("$c", "other", sidecar),
		httpRoute("$a", "{parentRefs: [{kind: Service, group: '', namespace: $b, name: server}], rules: [{backendRefs: [{namespace: $b, name: second, port: 80}]}]}"),
		object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "$b", "grant", "{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: $a}], to: [{group: '', kind: Service}]}"))
	return append(out, consumer.ask(get("http://server.$b/"), Question{Source: "other.$c", Target: "http://server.$b/", Method: "GET"}))
}
