package clusters

// listen is a Gateway of the Gateway API, whose Deployment somebody else made.
func listen(listeners string) []string {
	const labels = "gateway.networking.k8s.io/gateway-name: edge, gateway.networking.k8s.io/gateway-class-name: istio, gateway.istio.io/managed: istio.io-gateway-controller, app: edge"
	return []string{
		namespace("$g", bare),
		object(k8sGateway, "Gateway", "$g", "edge", "{gatewayClassName: istio, listeners: ["+listeners+"]}"),
		proxyPod("$g", "edge", "router", labels),
		`apiVersion: v1
kind: Service
metadata: {name: edge-istio, namespace: $g, labels: {gateway.networking.k8s.io/gateway-name: edge}}
spec:
  selector: {gateway.networking.k8s.io/gateway-name: edge}
  ports: [{name: status-port, port: 15021}, {name: http, port: 80}, {name: https, port: 443}, {name: tcp, port: 3000}]`,
	}
}

const (
	listenHTTP  = "{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}"
	listenHost  = "{name: http, port: 80, protocol: HTTP, hostname: '*.example.com', allowedRoutes: {namespaces: {from: All}}}"
	listenHTTPS = "{name: https, port: 443, protocol: HTTPS, hostname: shop.example.com, allowedRoutes: {namespaces: {from: All}}, tls: {mode: Terminate, certificateRefs: [{name: cert}]}}"
	listenSame  = "{name: http, port: 80, protocol: HTTP}"
)

func httpRoute(ns, spec string) string { return object(k8sGateway, "HTTPRoute", ns, "route", spec) }

const edge = "parentRefs: [{name: edge, namespace: $g}], hostnames: [shop.example.com]"

// gatewayAPI: Gateways of the Gateway API with HTTPRoutes.
func gatewayAPI() []*draft {
	var out []*draft
	add := func(name, listener string, server plane, objects ...string) *draft {
		d := between("gateway-api-"+name, sidecar, server).add(listen(listener)...).add(objects...)
		out = append(out, d)
		return d
	}
	other := func(host string) Question {
		return Question{Target: "http://edge-istio.$g/", Host: host, Method: "GET", Gateway: "edge.$g"}
	}
	enter := func(d *draft, urls ...string) *draft {
		for _, u := range urls {
			d.ask(Question{Target: u, Method: "GET", Gateway: "edge.$g"})
		}
		return d
	}
	plain := httpRoute("$b", "{"+edge+", rules: [{backendRefs: [{name: server, port: 80}]}]}")
	for _, p := range []plane{sidecar, ambient} {
		enter(add("http-"+string(p), listenHTTP, p, plain), "http://shop.example.com/").ask(other("other.example.com"))
	}
	enter(add("wildcard", listenHost, sidecar, plain), "http://shop.example.com/").ask(other("shop.example.org"))
	enter(add("not-allowed", listenSame, sidecar, plain), "http://shop.example.com/")
	enter(add("no-grant", listenHTTP, sidecar, namespace("$c", bare),
		httpRoute("$c", "{"+edge+", rules: [{backendRefs: [{name: server, namespace: $b, port: 80}]}]}")), "http://shop.example.com/")
	enter(add("grant", listenHTTP, sidecar, namespace("$c", bare),
		httpRoute("$c", "{"+edge+", rules: [{backendRefs: [{name: server, namespace: $b, port: 80}]}]}"),
		object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "$b", "grant", "{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: $c}], to: [{group: '', kind: Service}]}")),
		"http://shop.example.com/")
	enter(add("https", listenHTTPS, sidecar, plain,
		"{apiVersion: v1, kind: Secret, metadata: {name: cert, namespace: $g}, type: kubernetes.io/tls, data: {tls.crt: "+certificate+", tls.key: "+certificateKey+"}}"), "https://shop.example.com/")
	enter(add("policy", listenHTTP, sidecar, plain,
		authorizationPolicy("$g", "p", "{targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: edge}], action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}"),
		authorizationPolicy("$g", "q", "{selector: {matchLabels: {app: edge}}, rules: [{}]}")), "http://shop.example.com/admin")
	enter(add("rules", listenHTTP, sidecar, pod("$b", "second", sidecar), service("$b", "second", "", usual...),
		httpRoute("$b", "{"+edge+`, rules: [
  {matches: [{path: {type: PathPrefix, value: /second}}], filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}], backendRefs: [{name: second, port: 80}]},
  {matches: [{path: {type: Exact, value: /old}}], filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}}}]},
  {backendRefs: [{name: server, port: 80, weight: 3}, {name: second, port: 80, weight: 1}]}]}`)),
		"http://shop.example.com/second/x", "http://shop.example.com/secondary", "http://shop.example.com/old", "http://shop.example.com/")
	return out
}
