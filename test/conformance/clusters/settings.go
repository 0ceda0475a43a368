package clusters

import "strings"

// set has the cluster's mesh set up in another way.
func (d *draft) set(lines string) *draft {
	d.mesh = lines
	return d
}

// meshSettings: what the mesh's settings change.
func meshSettings() []*draft {
	var out []*draft
	add := func(name, settings string, client, server plane, objects ...string) *draft {
		d := between("mesh-"+name, client, server).add(objects...).set(settings)
		out = append(out, d)
		return d
	}
	const registryOnly = "outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n"
	for _, client := range []plane{sidecar, ambient} {
		add("registry-only-"+string(client), registryOnly, client, sidecar, entry("{"+external+"}")).usually("client.$a").
			ask(away("http://api.example.com/", "http://unknown.example.com/", "https://unknown.example.com/")...).
			ask(get("http://pod/server.$b:8080/"))
	}
	add("registry-only-allowed-again", registryOnly, sidecar, sidecar,
		object(networking, "Sidecar", "$a", "default", "{outboundTrafficPolicy: {mode: ALLOW_ANY}}")).ask(away("http://unknown.example.com/")...)
	principals := authorizationPolicy("$b", "p", "{rules: [{from: [{source: {principals: [cluster.local/ns/$a/sa/client]}}]}]}") + "\n---\n" +
		authorizationPolicy("$b", "d", "{action: DENY, rules: [{from: [{source: {principals: [old.example.org/ns/$a/sa/other]}}]}]}")
	for _, p := range []plane{sidecar, ambient} {
		d := add("trust-domain-"+string(p), "trustDomain: example.org\ntrustDomainAliases: [old.example.org]\n", p, p, principals)
		d.add(pod("$a", "other", p)).usually("client.$a").usually("other.$a")
	}
	add("no-auto-mtls", "enableAutoMtls: false\n", sidecar, sidecar).usually("client.$a")
	add("no-auto-mtls-rule", "enableAutoMtls: false\n", sidecar, sidecar, destinationRule("$b", "{host: server, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}")).usually("client.$a")
	add("routes-private", "defaultVirtualServiceExportTo: ['.']\n", sidecar, sidecar, append(second(sidecar),
		virtualService("{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: second, port: {number: 80}}}]}]}"))...).ask(get("http://server.$b/"))
	add("rules-private", "defaultDestinationRuleExportTo: ['.']\n", sidecar, sidecar,
		destinationRule("$b", "{host: server, trafficPolicy: {tls: {mode: DISABLE}}}")).usually("client.$a")
	return out
}

// labelled gives an object labels.
func labelled(object, labels string) string {
	return strings.Replace(object, "}\nspec:", ", labels: {"+labels+"}}\nspec:", 1)
}

// revisions: objects that are another control plane's.
func revisions() []*draft {
	var out []*draft
	for _, rev := range []string{"other", "default"} {
		deny := labelled(authorizationPolicy("$b", "p", "{action: DENY, rules: [{}]}"), "istio.io/rev: "+rev)
		strict := labelled(peerAuthentication("$b", "p", "{mtls: {mode: STRICT}}"), "istio.io/rev: "+rev)
		for _, p := range []plane{sidecar, ambient} {
			out = append(out, between("revision-"+rev+"-"+string(p), p, p).add(deny, strict, namespace("$c", bare), pod("$c", "plain", bare)).
				usually("client.$a").ask(Question{Source: "plain.$c", Target: "http://server.$b/"}))
		}
		out = append(out, between("revision-"+rev+"-route", sidecar, sidecar).add(second(sidecar)...).add(
			labelled(virtualService("{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: second, port: {number: 80}}}]}]}"), "istio.io/rev: "+rev),
			labelled(destinationRule("$b", "{host: second, trafficPolicy: {tls: {mode: DISABLE}}}"), "istio.io/rev: "+rev)).ask(get("http://server.$b/")))
	}
	return out
}

// alike is a Service of the server's Pods with one port.
func alike(name, ports string) string {
	return "apiVersion: v1\nkind: Service\nmetadata: {name: " + name + ", namespace: $b}\nspec: {selector: {app: server}, ports: [" + ports + "]}"
}

// shared: two Services on one port of a Pod, which call it by different protocols.
func shared() []*draft {
	var out []*draft
	const asHTTP, asTCP = "{name: http, port: 100, targetPort: 6060}", "{name: tcp, port: 100, targetPort: 6060}"
	reads := authorizationPolicy("$b", "p", "{rules: [{to: [{operation: {methods: [GET]}}]}]}")
	for _, first := range []string{"http", "tcp"} {
		older, younger := alike("one", asHTTP), alike("two", asTCP)
		if first == "tcp" {
			older, younger = alike("one", asTCP), alike("two", asHTTP)
		}
		d := between("shared-"+first+"-first", sidecar, sidecar).add(older, reads).later(younger)
		d.ask(get("http://one.$b:100/"), get("http://two.$b:100/"), Question{Source: "client.$a", Target: "tcp://two.$b:100"}, get("http://pod/server.$b:6060/"))
		out = append(out, d)
	}
	d := between("shared-in-one", sidecar, sidecar).add(alike("one", "{name: tcp-a, port: 100, targetPort: 6060}, {name: http-b, port: 101, targetPort: 6060}"), reads)
	return append(out, d.ask(get("http://one.$b:100/"), get("http://one.$b:101/")))
}
