package clusters

import "strings"

// tunnelLabel says that a sidecar takes HBONE.
const tunnelLabel = "networking.istio.io/tunnel: http"

// tunnels: sidecars that take HBONE, and send it.
func tunnels() []*draft {
	var out []*draft
	for _, client := range []plane{bare, sidecar, ambient} {
		for _, mode := range []string{"", "STRICT", "DISABLE"} {
			d := &draft{name: strings.TrimSuffix("tunnel-"+string(client)+"-"+strings.ToLower(mode), "-")}
			d.add(namespace("$a", client), namespace("$b", sidecar), pod("$a", "client", client), pod("$b", "server", sidecar, tunnelLabel),
				service("$b", "server", "", usual...), authorizationPolicy("$b", "p", callers))
			if mode != "" {
				d.add(level("namespace", mode)...)
			}
			out = append(out, d.usually("client.$a"))
		}
	}
	d := between("tunnel-both", sidecar, sidecar).add(pod("$a", "other", sidecar, tunnelLabel), pod("$b", "takes", sidecar, tunnelLabel),
		service("$b", "takes", "", usual...), authorizationPolicy("$b", "p", callers))
	for _, target := range []string{"http://takes.$b/", "tcp://takes.$b:90", "http://server.$b/", "http://pod/takes.$b:8080/"} {
		d.ask(Question{Source: "other.$a", Target: target})
	}
	rule := between("tunnel-rule", sidecar, sidecar).add(pod("$a", "other", sidecar, tunnelLabel), pod("$b", "takes", sidecar, tunnelLabel),
		service("$b", "takes", "", usual...), destinationRule("$b", "{host: takes, trafficPolicy: {tls: {mode: DISABLE}}}"))
	for _, target := range []string{"http://takes.$b/", "tcp://takes.$b:90"} {
		rule.ask(Question{Source: "other.$a", Target: target})
	}
	return append(out, d, rule)
}
