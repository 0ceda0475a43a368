package clusters

import "strings"

// virtualServices of the mesh, at the client's sidecar.
func virtualServices() []*draft {
	var out []*draft
	add := func(name, spec string, objects ...string) *draft {
		d := between("route-"+name, sidecar, sidecar).add(second(sidecar)...).add(objects...).
			add(virtualService("{hosts: [server.$b.svc.cluster.local], " + spec + "}"))
		out = append(out, d)
		return d
	}
	const toSecond = "route: [{destination: {host: second, port: {number: 80}}}]"
	add("divert", "http: [{"+toSecond+"}]").usually("client.$a")
	add("match", "http: [{match: [{uri: {prefix: /v2}}], "+toSecond+"}, {match: [{method: {exact: POST}}, {headers: {x-user: {regex: 'a.*'}}}], "+toSecond+"}, {route: [{destination: {host: server}}]}]").
		ask(get("http://server.$b/v2/x"), get("http://server.$b/v1"), Question{Source: "client.$a", Target: "http://server.$b/", Method: "POST"},
			Question{Source: "client.$a", Target: "http://server.$b/", Method: "GET", Headers: map[string]string{"x-user": "anna"}})
	add("rewrite", "http: [{match: [{uri: {prefix: /api/}}], rewrite: {uri: /, authority: inner.example.com}, "+toSecond+"}, {route: [{destination: {host: server}}]}]",
		authorizationPolicy("$b", "p", "{action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}")).
		ask(get("http://server.$b/api/admin"), get("http://server.$b/api"))
	add("weights", "http: [{route: [{destination: {host: server}, weight: 75}, {destination: {host: second}, weight: 25}]}]").ask(get("http://server.$b/"))
	add("weight-zero", "http: [{route: [{destination: {host: server}, weight: 0}, {destination: {host: second}, weight: 100}]}]").ask(get("http://server.$b/"))
	add("subset", "http: [{match: [{uri: {prefix: /new}}], route: [{destination: {host: server, subset: new}}]}, {route: [{destination: {host: server, subset: old}}]}]",
		pod("$b", "newer", sidecar, "version: new", "set: server"), pod("$b", "older", sidecar, "version: old", "set: server"),
		"apiVersion: v1\nkind: Service\nmetadata: {name: both, namespace: $b}\nspec: {selector: {set: server}, ports: [{name: http, port: 80, targetPort: 8080}]}",
		object(networking, "DestinationRule", "$b", "subsets", "{host: both, subsets: [{name: new, labels: {version: new}}, {name: old, labels: {version: old}, trafficPolicy: {tls: {mode: DISABLE}}}]}"),
		object(networking, "VirtualService", "$b", "both", "{hosts: [both], http: [{match: [{uri: {prefix: /new}}], route: [{destination: {host: both, subset: new}}]}, {route: [{destination: {host: both, subset: old}}]}]}")).
		ask(get("http://both.$b/new"), get("http://both.$b/"), get("http://server.$b/"))
	add("no-match", "http: [{match: [{uri: {exact: /only}}], "+toSecond+"}]").ask(get("http://server.$b/only"), get("http://server.$b/other"))
	add("answers", "http: [{match: [{uri: {prefix: /moved}}], redirect: {uri: /there}}, {match: [{uri: {prefix: /gone}}], directResponse: {status: 410}}, {"+toSecond+"}]").
		ask(get("http://server.$b/moved"), get("http://server.$b/gone"), get("http://server.$b/else"))
	add("tcp", "tcp: [{match: [{port: 90}], route: [{destination: {host: second, port: {number: 90}}}]}]").usually("client.$a")
	add("port", "http: [{match: [{port: 70}], "+toSecond+"}, {route: [{destination: {host: server}}]}]").ask(get("http://server.$b:70/"), get("http://server.$b/"))
	add("not-exported", "exportTo: ['.'], http: [{"+toSecond+"}]").ask(get("http://server.$b/"))
	add("client-namespace", "http: [{route: [{destination: {host: server}}]}]",
		object(networking, "VirtualService", "$a", "own", "{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: second.$b.svc.cluster.local, port: {number: 80}}}]}]}")).
		ask(get("http://server.$b/"))
	return out
}

// addresses: a headless Service, a Pod's own address, a Host header of another.
func addresses() []*draft {
	var out []*draft
	add := func(name string, client, server plane, objects ...string) *draft {
		d := between("address-"+name, client, server).add(objects...)
		out = append(out, d)
		return d
	}
	alone := service("$b", "alone", "  clusterIP: None\n", port{"http", 8080, 8080, ""}, port{"tcp", 9090, 9090, ""}, port{"other", 7070, 7070, ""})
	// The headless Service selects what it is called; the Pod is its own.
	for _, server := range []plane{bare, sidecar, ambient} {
		for _, client := range []plane{sidecar, ambient} {
			d := add("headless-"+string(client)+"-"+string(server), client, server, alone, pod("$b", "alone", server))
			d.ask(get("http://alone.$b:8080/"), Question{Source: "client.$a", Target: "tcp://alone.$b:9090"}, get("http://alone.$b:7070/"))
		}
	}
	add("headless-mixed", sidecar, sidecar, alone, pod("$b", "alone", sidecar), strings.Replace(pod("$b", "unlike", bare), "app: unlike", "app: alone", 1)).
		ask(Question{Source: "client.$a", Target: "tcp://alone.$b:9090"}, get("http://alone.$b:8080/"))
	for _, server := range []plane{bare, sidecar, ambient} {
		add("pod-ip-"+string(server), sidecar, server).ask(get("http://pod/server.$b:8080/"), Question{Source: "client.$a", Target: "tcp://pod/server.$b:9090"}, get("http://pod/server.$b:5050/"))
	}
	add("host-header", sidecar, sidecar, second(sidecar)...).ask(
		Question{Source: "client.$a", Target: "http://server.$b/", Host: "second.$b.svc.cluster.local", Method: "GET"},
		Question{Source: "client.$a", Target: "http://server.$b/", Host: "unknown.example.com", Method: "GET"})
	return out
}
