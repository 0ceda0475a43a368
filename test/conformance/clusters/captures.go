package clusters

import "strings"

// annotated gives a Pod an annotation.
func annotated(pod, annotation string) string {
	before, after, _ := strings.Cut(pod, "annotations: {")
	if !strings.HasPrefix(after, "}") {
		annotation += ", "
	}
	return before + "annotations: {" + annotation + after
}

// onHost puts a Pod on the network of a node.
func onHost(pod, node string) string {
	return strings.Replace(pod, "nodeName: node-0", "nodeName: "+node+"\n  hostNetwork: true", 1)
}

// captures: what the mesh does not get to see.
func captures() []*draft {
	var out []*draft
	add := func(name string, client, server plane, objects ...string) *draft {
		d := between("capture-"+name, client, server).add(authorizationPolicy("$b", "p", "{rules: [{from: [{source: {namespaces: [$a]}}]}]}")).add(objects...)
		out = append(out, d)
		return d
	}
	const of = "traffic.sidecar.istio.io/"
	server := func(annotation string) []string {
		return append([]string{annotated(pod("$b", "odd", sidecar), of+annotation), service("$b", "odd", "", usual...), namespace("$c", bare), pod("$c", "plain", bare)}, level("namespace", "STRICT")...)
	}
	ask := func(d *draft) {
		d.ask(get("http://odd.$b/"), Question{Source: "client.$a", Target: "tcp://odd.$b:90"}, Question{Source: "plain.$c", Target: "http://odd.$b/"}, Question{Source: "plain.$c", Target: "tcp://odd.$b:90"})
	}
	ask(add("exclude-inbound", sidecar, sidecar, server("excludeInboundPorts: '8080'")...))
	ask(add("include-inbound", sidecar, sidecar, server("includeInboundPorts: '9090,7070'")...))
	client := func(annotation string) []string {
		return []string{annotated(pod("$a", "odd", sidecar), of+annotation)}
	}
	from := func(d *draft) {
		d.ask(Question{Source: "odd.$a", Target: "http://server.$b/"}, Question{Source: "odd.$a", Target: "tcp://server.$b:90"})
	}
	from(add("exclude-outbound-port", sidecar, sidecar, client("excludeOutboundPorts: '80'")...))
	from(add("exclude-outbound-range", sidecar, sidecar, client("excludeOutboundIPRanges: 10.96.0.0/12")...))
	from(add("include-outbound-range", sidecar, sidecar, client("includeOutboundIPRanges: 192.0.2.0/24")...))
	add("bypass", bare, ambient, annotated(pod("$b", "odd", ambient), "ambient.istio.io/bypass-inbound-capture: 'true'"), service("$b", "odd", "", usual...)).
		ask(get("http://odd.$b/"))
	for _, p := range []plane{sidecar, ambient} {
		host := add("host-network-"+string(p), p, p, onHost(pod("$a", "host", bare), "node-1"))
		host.ask(Question{Source: "host.$a", Target: "http://server.$b/"}, Question{Source: "host.$a", Target: "tcp://server.$b:90"})
	}
	return out
}

// portLevels: PeerAuthentications before ambient Pods that name ports, where ztunnel
// does something else than a sidecar.
func portLevels() []*draft {
	var out []*draft
	workload := func(mtls, ports string) string {
		return peerAuthentication("$b", "ports", "{selector: {matchLabels: {app: server}}, "+mtls+"portLevelMtls: {"+ports+"}}")
	}
	add := func(name string, objects ...string) {
		d := between("ports-"+name, ambient, ambient).add(namespace("$c", bare), pod("$c", "plain", bare)).add(objects...)
		out = append(out, d.usually("client.$a").usually("plain.$c"))
	}
	mode := func(m string) string { return "mtls: {mode: " + m + "}, " }
	mesh := level("mesh", "STRICT")
	add("disable-under-strict", append(mesh, workload("", "8080: {mode: DISABLE}"))...)
	add("disable-and-permissive-under-strict", append(mesh, workload("", "8080: {mode: DISABLE}, 9999: {mode: PERMISSIVE}"))...)
	add("strict-under-permissive", append(mesh, workload(mode("PERMISSIVE"), "8080: {mode: STRICT}"))...)
	add("strict-under-disable", append(mesh, workload(mode("DISABLE"), "8080: {mode: STRICT}"))...)
	add("strict-under-permissive-and-namespace", append(append(mesh, level("namespace", "STRICT")...), workload(mode("PERMISSIVE"), "8080: {mode: STRICT}"))...)
	add("unset-namespace", append(mesh, peerAuthentication("$b", "namespace", "{mtls: {mode: UNSET}}"), workload("", "8080: {mode: PERMISSIVE}, 9090: {mode: STRICT}"))...)
	add("permissive", append(mesh, workload("", "8080: {mode: PERMISSIVE}, 9090: {mode: STRICT}"))...)
	add("empty-selector", peerAuthentication("$b", "namespace", "{selector: {}, mtls: {mode: PERMISSIVE}}"), mesh[0], workload("", "8080: {mode: STRICT}"))
	add("strict-alone", workload("", "8080: {mode: STRICT}"))
	return out
}
