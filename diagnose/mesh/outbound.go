package mesh

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// passthrough reports whether a sidecar takes the connection for one to an address
// it knows nothing about. Gateways and waypoints route to Services only.
func (q ClientQuery) passthrough() bool {
	return q.SourcePresence.Plane == Sidecar && !q.HeadlessTCP && (q.Host == "" || q.ToPodIP && !q.Headless)
}

// toAddress: the passthrough cluster adds nothing and takes no DestinationRule.
func (q ClientQuery) toAddress() Client {
	if q.Config.OutboundPolicy == "REGISTRY_ONLY" {
		return Client{
			TLS: Plaintext, Why: "the call is to a Pod IP",
			Blocked: "outboundTrafficPolicy is REGISTRY_ONLY and a Pod IP belongs to no Service: the client's sidecar drops the connection",
		}
	}
	return Client{TLS: Plaintext, Why: "the call is to a Pod IP: the client's sidecar passes it through as it is"}
}

// toOutside: auto mTLS is for what is in the mesh, so without a rule the proxy adds
// nothing (istio: networking/core/cluster_tls.go, MeshExternal).
func (q ClientQuery) toOutside() Client {
	if q.RulesUnread != "" {
		return Client{Missing: q.RulesUnread}
	}
	rule := q.merged()
	switch cluster, _, known := rule.tls(q.ServicePort, q.Subset); {
	case q.Host == "" || cluster.tls == nil && known:
	case !known:
		return q.noSubset(rule)
	case q.unserved(rule, cluster):
		return withoutSecret(cluster)
	default:
		return byRule(cluster)
	}
	return Client{TLS: Plaintext, Why: q.outside() + " and no DestinationRule sets tls: the proxy passes on what the application sends"}
}

func (q ClientQuery) outside() string { return first(q.Host, "the host") + " is outside the cluster" }

// dialled returns the addresses that the application may dial, and the port.
func (q ClientQuery) dialled() ([]netip.Addr, uint16) {
	var out []netip.Addr
	ips, port := q.ServiceIPs, q.ServicePort
	if q.External && port == 0 {
		port = q.TargetPort
	} else if !q.External && (q.Host == "" || q.ToPodIP || q.Headless) {
		ips = nil
		if q.Destination != nil {
			ips = append(ips, q.Destination.Status.PodIP)
			for _, ip := range q.Destination.Status.PodIPs {
				ips = append(ips, ip.IP)
			}
		}
		if q.ToPodIP || q.Host == "" || port == 0 {
			port = q.TargetPort
		}
	}
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip); err == nil {
			out = append(out, a)
		}
	}
	return out, port
}

func samePod(a, b *corev1.Pod) bool {
	return a == b || a.Namespace == b.Namespace && a.Name == b.Name && a.Name != "" && a.UID == b.UID
}
