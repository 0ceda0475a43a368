package clusters

const secret = "{apiVersion: v1, kind: Secret, metadata: {name: cert, namespace: $g}, type: kubernetes.io/tls, data: {tls.crt: "

// certificated is the Secret of the gateway's certificate.
func certificated() string { return secret + certificate + ", tls.key: " + certificateKey + "}}" }

// gatewayListeners: TLS and TCP at Gateways of the Gateway API, and which listener a
// route gets.
func gatewayListeners() []*draft {
	var out []*draft
	add := func(name, listeners string, server plane, objects ...string) *draft {
		d := between("listener-"+name, sidecar, server).add(listen(listeners)...).add(objects...)
		out = append(out, d)
		return d
	}
	const (
		all         = "allowedRoutes: {namespaces: {from: All}}"
		passthrough = "{name: tls, port: 443, protocol: TLS, hostname: shop.example.com, " + all + ", tls: {mode: Passthrough}}"
		terminate   = "{name: tls, port: 443, protocol: TLS, hostname: shop.example.com, " + all + ", tls: {mode: Terminate, certificateRefs: [{name: cert}]}}"
		overTCP     = "{name: tcp, port: 3000, protocol: TCP, " + all + "}"
		both        = listenHTTP + ", " + listenHTTPS
	)
	tls := object(k8sGateway, "TLSRoute", "$b", "route", "{"+edge+", rules: [{backendRefs: [{name: server, port: 90}]}]}")
	tcp := object(k8sGateway, "TCPRoute", "$b", "route", "{parentRefs: [{name: edge, namespace: $g}], rules: [{backendRefs: [{name: server, port: 90}]}]}")
	entersEdge(add("passthrough", passthrough, sidecar, tls, authorizationPolicy("$b", "p", "{rules: [{from: [{source: {namespaces: [$g]}}]}]}")), "https://shop.example.com/")
	entersEdge(add("passthrough-policy", passthrough, sidecar, tls, authorizationPolicy("$g", "p", "{action: DENY, rules: [{when: [{key: connection.sni, values: [shop.example.com]}]}]}")), "https://shop.example.com/")
	entersEdge(add("terminate", terminate, sidecar, tls, certificated()), "https://shop.example.com/")
	entersEdge(add("tcp", overTCP, sidecar, tcp), "tcp://edge-istio.$g:3000")
	entersEdge(add("tcp-ambient", overTCP, ambient, tcp), "tcp://edge-istio.$g:3000")
	named := httpRoute("$b", "{parentRefs: [{name: edge, namespace: $g, sectionName: https}], hostnames: [shop.example.com], rules: [{backendRefs: [{name: server, port: 80}]}]}")
	entersEdge(add("section", both, sidecar, named, certificated()), "http://shop.example.com/", "https://shop.example.com/")
	entersEdge(add("hostnames", "{name: http, port: 80, protocol: HTTP, hostname: '*.example.com', "+all+"}", sidecar,
		httpRoute("$b", "{parentRefs: [{name: edge, namespace: $g}], hostnames: ['*.shop.example.com', example.org], rules: [{backendRefs: [{name: server, port: 80}]}]}")),
		"http://a.shop.example.com/", "http://shop.example.com/")
	out[len(out)-1].ask(Question{Target: "http://edge-istio.$g/", Host: "example.org", Method: "GET", Gateway: "edge.$g"})
	entersEdge(add("any-host", listenHTTP, sidecar, httpRoute("$b", "{parentRefs: [{name: edge, namespace: $g}], rules: [{backendRefs: [{name: server, port: 80}]}]}")), "http://any.example.org/")
	return out
}
