package facts

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// send follows the legs that a proxy chose to their endpoints.
func (w *World) send(t transit, cfg *xds.Config, from *corev1.Pod, http bool, chosen []leg) []Way {
	sum := 0
	for _, l := range chosen {
		sum += l.weight
	}
	var out []Way
	for _, l := range chosen {
		one := t
		one.way.Weight = t.way.Weight * float64(l.weight) / float64(sum)
		if l.answer != "" {
			out = append(out, one.ends(l.answer))
			continue
		}
		if http {
			one.Message = l.message
		}
		one.way.Cluster = parseCluster(l.cluster)
		out = append(out, w.spread(one, cfg, from, http, l.cluster)...)
	}
	return out
}

// spread follows a cluster to each of its endpoints.
func (w *World) spread(t transit, cfg *xds.Config, from *corev1.Pod, http bool, cluster string) []Way {
	if cfg.Clusters[cluster] == nil || cluster == "BlackHoleCluster" {
		return []Way{t.ends("no cluster " + cluster)}
	}
	ends := upstreams(cfg, cluster, t.To)
	var out []Way
	for _, u := range ends {
		one := t
		one.from = key(from)
		switch {
		case u.transport == MTLS:
			one.transport, one.principal, one.TLS, one.SNI = MTLS, w.identity(from), false, u.sni
		case u.transport == HBONE:
			one.transport, one.principal = HBONE, w.identity(from)
		case u.transport == TLS:
			one.transport, one.principal, one.TLS, one.SNI = TLS, "", true, u.sni
		case t.TLS:
			one.transport, one.principal = TLS, ""
		default:
			one.transport, one.principal = Plaintext, ""
		}
		one.alpn = []string{"istio-peer-exchange", "istio"}
		if http {
			one.alpn = []string{"istio-http/1.1", "istio", "http/1.1"}
		}
		switch {
		case u.host != "":
			out = append(out, one.leaves(u.host))
		case u.waypoint.IsValid():
			one.To = u.at
			out = append(out, w.atWaypoint(one, u.waypoint)...)
		case one.way.Cluster.Direction == "":
			one.To = u.at
			out = append(out, w.plain(one)...)
		default:
			one.To = u.at
			out = append(out, w.arrive(one)...)
		}
	}
	if len(ends) == 0 {
		return []Way{t.ends("no endpoint of " + cluster)}
	}
	return out
}
