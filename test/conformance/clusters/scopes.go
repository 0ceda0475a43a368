package clusters

// ruleScopes: which DestinationRule counts, by its namespace, its export and its
// subsets.
func ruleScopes() []*draft {
	var out []*draft
	add := func(name string, objects ...string) *draft {
		d := between("rules-"+name, sidecar, sidecar).add(objects...)
		out = append(out, d)
		return d
	}
	rule := func(ns, spec string) string {
		return object(networking, "DestinationRule", ns, "rule", "{host: server.$b.svc.cluster.local, "+spec+"}")
	}
	const (
		disable = "trafficPolicy: {tls: {mode: DISABLE}}"
		simple  = "trafficPolicy: {tls: {mode: SIMPLE}}"
		mutual  = "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"
	)
	add("client-over-service", rule("$a", disable), rule("$b", mutual), rule("$root", simple)).usually("client.$a")
	add("service-over-root", rule("$b", disable), rule("$root", simple)).usually("client.$a")
	add("root", rule("$root", disable)).usually("client.$a")
	add("elsewhere", namespace("$c", bare), rule("$c", disable)).usually("client.$a")
	add("exported-to-client", rule("$b", "exportTo: [$a], "+disable)).usually("client.$a")
	add("exported-elsewhere", namespace("$c", bare), rule("$b", "exportTo: [$c], "+disable)).usually("client.$a")
	add("client-private", rule("$a", "exportTo: ['.'], "+disable)).usually("client.$a")
	add("root-private", rule("$root", "exportTo: ['.'], "+disable)).usually("client.$a")
	add("for-a-workload", object(networking, "DestinationRule", "$a", "rule", "{host: server.$b.svc.cluster.local, workloadSelector: {matchLabels: {app: client}}, "+disable+"}"),
		object(networking, "DestinationRule", "$a", "other", "{host: server.$b.svc.cluster.local, workloadSelector: {matchLabels: {app: other}}, "+simple+"}")).usually("client.$a")
	toSubset := virtualService("{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: server, subset: v1}}]}]}")
	const subset = "subsets: [{name: v1, labels: {app: server}}]"
	add("subset-of-service", rule("$b", subset), toSubset).usually("client.$a")
	add("subset-hidden-by-client", rule("$b", subset), rule("$a", disable), toSubset).usually("client.$a")
	add("subset-in-root", rule("$root", "subsets: [{name: v1, labels: {app: server}, "+disable+"}]"), toSubset).usually("client.$a")
	add("subset-not-exported", rule("$b", "exportTo: ['.'], "+subset), toSubset).usually("client.$a")
	add("subset-exported", rule("$b", "exportTo: [$a], "+subset+", "+disable), toSubset).usually("client.$a")
	add("subset-in-two", object(networking, "DestinationRule", "$b", "one", "{host: server, "+disable+"}"),
		object(networking, "DestinationRule", "$b", "two", "{host: server, "+subset+"}"), toSubset).usually("client.$a")
	return out
}

// routeScopes: which VirtualService counts, by its export, its delegates and what it
// says of the source.
func routeScopes() []*draft {
	var out []*draft
	add := func(name, spec string, objects ...string) *draft {
		d := between("route-"+name, sidecar, sidecar).add(second(sidecar)...).add(objects...).
			add(virtualService("{hosts: [server.$b.svc.cluster.local], " + spec + "}"))
		out = append(out, d)
		return d
	}
	const toSecond = "route: [{destination: {host: second, port: {number: 80}}}]"
	server, other := get("http://server.$b/"), Question{Source: "other.$a", Target: "http://server.$b/", Method: "GET"}
	add("exported-to-client", "exportTo: [$a], http: [{"+toSecond+"}]").ask(server)
	add("exported-elsewhere", "exportTo: [$c], http: [{"+toSecond+"}]", namespace("$c", bare)).ask(server)
	add("source-labels", "http: [{match: [{sourceLabels: {app: client}}], "+toSecond+"}, {route: [{destination: {host: server}}]}]", pod("$a", "other", sidecar)).ask(server, other)
	add("source-namespace", "http: [{match: [{sourceNamespace: $a}], "+toSecond+"}, {route: [{destination: {host: server}}]}]", pod("$b", "other", sidecar)).
		ask(server, Question{Source: "other.$b", Target: "http://server.$b/", Method: "GET"})
	add("gateways-mesh", "gateways: [mesh], http: [{"+toSecond+"}]").ask(server)
	add("gateways-other", "gateways: [nowhere], http: [{"+toSecond+"}]").ask(server)
	add("of-a-third", "http: [{route: [{destination: {host: server}}]}]", namespace("$c", bare),
		object(networking, "VirtualService", "$c", "a", "{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: second.$b.svc.cluster.local, port: {number: 80}}}]}]}")).ask(server)
	add("wildcard", "http: [{route: [{destination: {host: server}}]}]",
		object(networking, "VirtualService", "$b", "wild", "{hosts: ['*.$b.svc.cluster.local'], http: [{"+toSecond+"}]}")).ask(server, get("http://second.$b/"))
	delegates := between("route-delegate", sidecar, sidecar).add(second(sidecar)...).add(namespace("$c", bare),
		object(networking, "VirtualService", "$b", "route", `{hosts: [server.$b.svc.cluster.local], http: [
  {match: [{uri: {prefix: /v2}}], delegate: {name: part, namespace: $c}}, {match: [{uri: {prefix: /v3}}], delegate: {name: nobody, namespace: $c}}, {route: [{destination: {host: server}}]}]}`),
		object(networking, "VirtualService", "$c", "part", `{http: [{match: [{uri: {prefix: /v2/a}}], route: [{destination: {host: second.$b.svc.cluster.local, port: {number: 80}}}]},
  {match: [{uri: {prefix: /v1}}], route: [{destination: {host: second.$b.svc.cluster.local, port: {number: 80}}}]}]}`))
	delegates.ask(get("http://server.$b/v2/a"), get("http://server.$b/v2/b"), get("http://server.$b/v1"), get("http://server.$b/v3"))
	hidden := between("route-delegate-hidden", sidecar, sidecar).add(second(sidecar)...).add(namespace("$c", bare),
		virtualService("{hosts: [server.$b.svc.cluster.local], http: [{delegate: {name: part, namespace: $c}}, {route: [{destination: {host: server}}]}]}"),
		object(networking, "VirtualService", "$c", "part", "{exportTo: ['.'], http: [{route: [{destination: {host: second.$b.svc.cluster.local}}]}]}")).ask(server)
	return append(out, delegates, hidden)
}
