package clusters

import "strings"

// planes: who calls whom through what, with a policy for both.
func planes() []*draft {
	var out []*draft
	for _, client := range []plane{bare, sidecar, ambient} {
		for _, server := range []plane{bare, sidecar, ambient, behind} {
			d := between("planes-"+string(client)+"-"+string(server), client, server)
			d.add(authorizationPolicy("$b", "callers", "{rules: [{from: [{source: {namespaces: [$a]}}]}]}"))
			out = append(out, d.usually("client.$a"))
		}
	}
	return out
}

var modes = []string{"STRICT", "PERMISSIVE", "DISABLE"}

// levels are where a PeerAuthentication can stand.
func level(name, mode string) []string {
	switch name {
	case "mesh":
		return []string{peerAuthentication("$root", "mesh", "{mtls: {mode: "+mode+"}}")}
	case "namespace":
		return []string{peerAuthentication("$b", "namespace", "{mtls: {mode: "+mode+"}}")}
	case "workload":
		return []string{peerAuthentication("$b", "workload", "{selector: {matchLabels: {app: server}}, mtls: {mode: "+mode+"}}")}
	case "port":
		return []string{peerAuthentication("$b", "port", "{selector: {matchLabels: {app: server}}, portLevelMtls: {8080: {mode: "+mode+"}, 7070: {mode: "+mode+"}}}")}
	}
	return nil
}

// peerAuthentications before a sidecar, for callers with one and without.
func peerAuthentications() []*draft {
	var out []*draft
	both := func(name string, objects ...string) {
		d := between("peerauth-"+name, sidecar, sidecar).add(namespace("$c", bare), pod("$c", "plain", bare)).add(objects...)
		out = append(out, d.usually("client.$a").usually("plain.$c"))
	}
	for _, where := range []string{"mesh", "namespace", "workload", "port"} {
		for _, mode := range modes {
			both(where+"-"+strings.ToLower(mode), level(where, mode)...)
		}
	}
	both("mesh-strict-namespace-permissive-port-disable", append(append(level("mesh", "STRICT"), level("namespace", "PERMISSIVE")...), level("port", "DISABLE")...)...)
	both("mesh-strict-workload-unset-port-permissive", append(level("mesh", "STRICT"), level("port", "PERMISSIVE")...)...)
	both("namespace-disable-workload-strict", append(level("namespace", "DISABLE"), level("workload", "STRICT")...)...)
	both("root-with-selector", peerAuthentication("$root", "selected", "{selector: {matchLabels: {app: server}}, mtls: {mode: STRICT}}"))
	return out
}

// ambientPeerAuthentications before an ambient Pod.
func ambientPeerAuthentications() []*draft {
	var out []*draft
	for _, where := range []string{"mesh", "namespace", "workload", "port"} {
		d := between("peerauth-ambient-"+where+"-strict", ambient, ambient).add(namespace("$c", bare), pod("$c", "plain", bare)).add(level(where, "STRICT")...)
		out = append(out, d.usually("client.$a").usually("plain.$c"))
	}
	d := between("peerauth-ambient-mesh-strict-port-permissive", ambient, ambient).add(namespace("$c", bare), pod("$c", "plain", bare))
	d.add(level("mesh", "STRICT")...).add(level("port", "PERMISSIVE")...)
	return append(out, d.usually("client.$a").usually("plain.$c"))
}

// destinationRules: what the client's sidecar does on account of one.
func destinationRules() []*draft {
	var out []*draft
	add := func(name string, server plane, objects ...string) {
		out = append(out, between("destrule-"+name, sidecar, server).add(objects...).usually("client.$a"))
	}
	tls := map[string]string{"mutual": "ISTIO_MUTUAL", "simple": "SIMPLE", "disable": "DISABLE"}
	for _, name := range []string{"mutual", "simple", "disable"} {
		policy := "{tls: {mode: " + tls[name] + "}}"
		add("host-"+name, sidecar, destinationRule("$a", "{host: server.$b.svc.cluster.local, trafficPolicy: "+policy+"}"))
		add("port-"+name, sidecar, destinationRule("$b", "{host: server, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: {mode: "+tls[name]+"}}]}}"))
		add("subset-"+name, sidecar,
			destinationRule("$b", "{host: server, subsets: [{name: v1, labels: {app: server}, trafficPolicy: "+policy+"}]}"),
			virtualService("{hosts: [server.$b.svc.cluster.local], http: [{route: [{destination: {host: server, subset: v1}}]}]}"))
		add("bare-"+name, bare, destinationRule("$b", "{host: server, trafficPolicy: "+policy+"}"))
		add("ambient-"+name, ambient, destinationRule("$b", "{host: server, trafficPolicy: "+policy+"}"))
	}
	add("strict-disable", sidecar, append(level("namespace", "STRICT"), destinationRule("$b", "{host: server, trafficPolicy: {tls: {mode: DISABLE}}}"))...)
	add("not-exported", sidecar, destinationRule("$b", "{host: server, exportTo: ['.'], trafficPolicy: {tls: {mode: DISABLE}}}"))
	add("wildcard", sidecar, destinationRule("$b", "{host: '*.$b.svc.cluster.local', trafficPolicy: {tls: {mode: DISABLE}}}"))
	add("port-without-tls", sidecar, destinationRule("$b", "{host: server, trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 9}}}]}}"))
	return out
}
