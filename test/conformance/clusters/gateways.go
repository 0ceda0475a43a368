package clusters

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// gateway stands in $g and is called ingress; its Service's port 80 leads to 8080.
func gateway(d *draft) *draft {
	return d.add(namespace("$g", bare), proxyPod("$g", "ingress", "router", "app: ingress, istio: $g"),
		service("$g", "ingress", "", port{"http2", 80, 8080, ""}, port{"https", 443, 8443, ""}, port{"tcp", 3000, 3000, ""}))
}

// istioGateway is a Gateway of Istio for the Pod, in the namespace of the target.
func istioGateway(servers string) string {
	return object(networking, "Gateway", "$b", "gateway", "{selector: {istio: $g}, servers: ["+servers+"]}")
}

const (
	overHTTP    = "{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}"
	overHTTPS   = "{port: {number: 443, name: https, protocol: HTTPS}, hosts: [shop.example.com], tls: {mode: SIMPLE, credentialName: cert}}"
	overMutual  = "{port: {number: 443, name: https, protocol: HTTPS}, hosts: [shop.example.com], tls: {mode: ISTIO_MUTUAL}}"
	passthrough = "{port: {number: 443, name: tls, protocol: TLS}, hosts: [shop.example.com], tls: {mode: PASSTHROUGH}}"
	overTCP     = "{port: {number: 3000, name: tcp, protocol: TCP}, hosts: ['*']}"
)

const toServer = "{hosts: [shop.example.com], gateways: [gateway], http: [{route: [{destination: {host: server, port: {number: 80}}}]}]}"

// enters asks from outside, and from a Pod that calls the gateway's Service.
func (d *draft) enters(url string) *draft {
	return d.ask(Question{Target: url, Method: "GET", Gateway: "ingress.$g"})
}

// gateways: Istio's Gateway with VirtualServices.
func gateways() []*draft {
	var out []*draft
	add := func(name string, server plane, objects ...string) *draft {
		d := gateway(between("gateway-"+name, sidecar, server)).add(objects...)
		out = append(out, d)
		return d
	}
	for _, p := range []plane{bare, sidecar, ambient, behind} {
		d := add("http-"+string(p), p, istioGateway(overHTTP), virtualService(toServer))
		d.enters("http://shop.example.com/").ask(Question{Source: "client.$a", Target: "http://ingress.$g/", Host: "shop.example.com", Method: "GET"})
	}
	add("other-host", sidecar, istioGateway(overHTTP), virtualService(toServer)).ask(Question{Target: "http://ingress.$g/", Host: "other.example.com", Method: "GET", Gateway: "ingress.$g"})
	add("https", sidecar, istioGateway(overHTTPS), virtualService(toServer)).enters("https://shop.example.com/")
	add("istio-mutual", sidecar, istioGateway(overMutual), virtualService(toServer)).enters("https://shop.example.com/")
	add("passthrough", sidecar, istioGateway(passthrough),
		virtualService("{hosts: [shop.example.com], gateways: [gateway], tls: [{match: [{port: 443, sniHosts: [shop.example.com]}], route: [{destination: {host: server, port: {number: 90}}}]}]}")).
		enters("https://shop.example.com/")
	add("tcp", sidecar, istioGateway(overTCP),
		virtualService("{hosts: ['*'], gateways: [gateway], tcp: [{match: [{port: 3000}], route: [{destination: {host: server, port: {number: 90}}}]}]}")).
		enters("tcp://shop.example.com:3000")
	add("no-route", sidecar, istioGateway(overHTTP)).enters("http://shop.example.com/")
	add("policy", sidecar, istioGateway(overHTTP), virtualService(toServer),
		authorizationPolicy("$g", "p", "{selector: {matchLabels: {app: ingress}}, action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}"),
		authorizationPolicy("$b", "q", "{rules: [{from: [{source: {principals: ['cluster.local/ns/$g/sa/ingress']}}]}]}")).
		enters("http://shop.example.com/admin").enters("http://shop.example.com/")
	add("policy-root", sidecar, istioGateway(overHTTP), virtualService(toServer),
		authorizationPolicy("$root", "p", "{rules: [{to: [{operation: {methods: [GET]}}]}]}")).enters("http://shop.example.com/")
	add("paths", sidecar, pod("$b", "second", sidecar), service("$b", "second", "", usual...), istioGateway(overHTTP),
		virtualService(`{hosts: [shop.example.com], gateways: [gateway], http: [
  {match: [{uri: {prefix: /second/}}], rewrite: {uri: /}, route: [{destination: {host: second, port: {number: 80}}}]},
  {match: [{uri: {exact: /first}, method: {exact: POST}}], route: [{destination: {host: server, port: {number: 70}}}]},
  {match: [{headers: {x-version: {exact: two}}}], route: [{destination: {host: second, port: {number: 70}}}]},
  {route: [{destination: {host: server, port: {number: 80}}, weight: 80}, {destination: {host: second, port: {number: 80}}, weight: 20}]}]}`)).
		enters("http://shop.example.com/second/x").enters("http://shop.example.com/first").
		ask(Question{Target: "http://shop.example.com/first", Method: "POST", Gateway: "ingress.$g"},
			Question{Target: "http://shop.example.com/", Method: "GET", Headers: map[string]string{"x-version": "two"}, Gateway: "ingress.$g"})
	add("rule", sidecar, istioGateway(overHTTP), virtualService(toServer),
		destinationRule("$b", "{host: server, trafficPolicy: {tls: {mode: DISABLE}}}")).enters("http://shop.example.com/")
	add("strict", sidecar, append(level("namespace", "STRICT"), istioGateway(overHTTP), virtualService(toServer))...).enters("http://shop.example.com/")
	used := add("ingress-use-waypoint", ambient, istioGateway(overHTTP), virtualService(toServer),
		`{apiVersion: v1, kind: Namespace, metadata: {name: $b, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp, istio.io/ingress-use-waypoint: 'true'}}}`,
		authorizationPolicy("$b", "p", "{targetRefs: [{kind: Service, group: '', name: server}], rules: [{from: [{source: {namespaces: [$g]}}]}]}"))
	used.add(waypoint("$b", "service")...).enters("http://shop.example.com/")
	return out
}
