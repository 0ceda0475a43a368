package clusters

// outside is what hosts outside of the cluster stand for.
const outside = "203.0.113.50"

// entry is a ServiceEntry in the namespace of the server.
func entry(spec string) string { return object(networking, "ServiceEntry", "$b", "entry", spec) }

const (
	inMesh     = "{hosts: [db.example.com], addresses: [198.51.100.10], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}, {number: 90, name: tcp, protocol: TCP, targetPort: 9090}], workloadSelector: {labels: {app: server}}}"
	inMeshVM   = "{hosts: [vm.example.com], addresses: [198.51.100.11], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}], workloadSelector: {labels: {app: vm}}}"
	external   = "hosts: [api.example.com], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS}]"
	callers    = "{rules: [{from: [{source: {namespaces: [$a]}}]}]}"
	vmWorkload = "{address: 198.51.100.20, labels: {app: vm}, serviceAccount: vm}"
)

// away asks for hosts outside.
func away(targets ...string) []Question {
	var out []Question
	for _, t := range targets {
		out = append(out, Question{Source: "client.$a", Target: t, Method: "GET", Address: outside})
	}
	return out
}

// entries: hosts that ServiceEntries bring, in the mesh and outside.
func entries() []*draft {
	var out []*draft
	add := func(name string, client, server plane, objects ...string) *draft {
		d := between("entry-"+name, client, server).add(objects...)
		out = append(out, d)
		return d
	}
	for _, client := range []plane{sidecar, ambient} {
		for _, server := range []plane{sidecar, ambient} {
			add("pods-"+string(client)+"-"+string(server), client, server, entry(inMesh), authorizationPolicy("$b", "p", callers)).
				ask(get("http://db.example.com/"), Question{Source: "client.$a", Target: "tcp://db.example.com:90"})
		}
		add("workload-"+string(client), client, sidecar, entry(inMeshVM), object(networking, "WorkloadEntry", "$b", "vm", vmWorkload)).
			ask(get("http://vm.example.com/"))
	}
	for _, client := range []plane{bare, sidecar, ambient} {
		add("external-"+string(client), client, bare, entry("{"+external+"}")).ask(away("http://api.example.com/", "https://api.example.com/")...)
	}
	add("external-not-exported", sidecar, bare, entry("{exportTo: ['.'], "+external+"}")).ask(away("http://api.example.com/")...)
	add("external-rule", sidecar, bare, entry("{"+external+"}"),
		destinationRule("$b", "{host: api.example.com, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}}")).ask(away("http://api.example.com/")...)
	add("external-mutual", sidecar, bare, entry("{"+external+"}"),
		destinationRule("$b", "{host: api.example.com, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}")).ask(away("http://api.example.com/")...)
	add("external-diverted", sidecar, sidecar, entry("{"+external+"}"),
		virtualService("{hosts: [api.example.com], http: [{route: [{destination: {host: server.$b.svc.cluster.local, port: {number: 80}}}]}]}")).ask(away("http://api.example.com/")...)
	only := object(networking, "Sidecar", "$a", "default", "{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
	add("registry-only", sidecar, sidecar, entry("{"+external+"}"), only).usually("client.$a").
		ask(away("http://api.example.com/", "https://api.example.com/", "http://unknown.example.com/", "https://unknown.example.com/")...).
		ask(get("http://pod/server.$b:8080/"))
	return out
}

// leaving is an egress gateway in $g, which is called egress.
func leaving(d *draft) *draft {
	return d.add(namespace("$g", sidecar), proxyPod("$g", "egress", "router", "app: egress, istio: $g"),
		service("$g", "egress", "", port{"http2", 80, 8080, ""}, port{"https", 443, 8443, ""}), entry("{"+external+"}"))
}

// egress: what leaves the mesh through a gateway.
func egress() []*draft {
	var out []*draft
	add := func(name string, objects ...string) *draft {
		d := leaving(between("egress-"+name, sidecar, bare)).add(objects...)
		out = append(out, d)
		return d
	}
	via := func(port, sub string) string {
		return virtualService(`{hosts: [api.example.com], gateways: [mesh, gateway], http: [
  {match: [{gateways: [mesh], port: 80}], route: [{destination: {host: egress.$g.svc.cluster.local, ` + sub + `port: {number: ` + port + `}}}]},
  {match: [{gateways: [gateway], port: ` + port + `}], route: [{destination: {host: api.example.com, port: {number: 80}}}]}]}`)
	}
	const (
		plainServer  = "{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}"
		mutualServer = "{port: {number: 443, name: https, protocol: HTTPS}, hosts: [api.example.com], tls: {mode: ISTIO_MUTUAL}}"
		tlsServer    = "{port: {number: 443, name: tls, protocol: TLS}, hosts: [api.example.com], tls: {mode: PASSTHROUGH}}"
	)
	mutual := destinationRule("$g", "{host: egress.$g.svc.cluster.local, subsets: [{name: api, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: ISTIO_MUTUAL, sni: api.example.com}}]}}]}")
	policy := authorizationPolicy("$g", "p", callers)
	add("plain", istioGateway(plainServer), via("80", "")).ask(away("http://api.example.com/")...)
	add("plain-policy", istioGateway(plainServer), via("80", ""), policy).ask(away("http://api.example.com/")...)
	add("mutual", istioGateway(mutualServer), via("443", "subset: api, "), mutual, policy).ask(away("http://api.example.com/", "https://api.example.com/")...)
	add("mutual-without-rule", istioGateway(mutualServer), via("443", ""), policy).ask(away("http://api.example.com/")...)
	add("passthrough", istioGateway(tlsServer), virtualService(`{hosts: [api.example.com], gateways: [mesh, gateway], tls: [
  {match: [{gateways: [mesh], port: 443, sniHosts: [api.example.com]}], route: [{destination: {host: egress.$g.svc.cluster.local, port: {number: 443}}}]},
  {match: [{gateways: [gateway], port: 443, sniHosts: [api.example.com]}], route: [{destination: {host: api.example.com, port: {number: 443}}}]}]}`)).
		ask(away("https://api.example.com/")...)
	return out
}
