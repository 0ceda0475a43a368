package netpol

import "net/netip"

// The addresses that ambient gives to the kubelet's probes, so that the Pod can tell
// them from other traffic of its node. Istio takes others if its CNI agent is told
// to, by HOST_PROBE_SNAT_IP and HOST_PROBE_SNAT_IPV6.
// https://istio.io/latest/docs/ambient/usage/networkpolicy/
var (
	probeIPv4 = netip.MustParseAddr("169.254.7.127")
	probeIPv6 = netip.MustParseAddr("fd16:9254:7127:1337:ffff:ffff:ffff:ffff")
)

// AmbientProbe is the kubelet as network plugins see it that probes a Pod in ambient.
func AmbientProbe(pod Endpoint) Endpoint {
	e := Endpoint{IP: probeIPv4, Node: pod.Node, NodeLabels: pod.NodeLabels, NodeKnown: pod.NodeKnown}
	if pod.IP.IsValid() && pod.address().Is6() {
		e.IP = probeIPv6
	}
	return e
}

// IsAmbientProbe reports whether the address is that of a probe.
func IsAmbientProbe(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return ip == probeIPv4 || ip == probeIPv6
}

// probe leaves it open whether a probe gets in that no rule admits. It comes from the
// Pod's own node, but not from an address of it, and plugins tell nodes by either.
func (a ask) probe(r Result) Result {
	ip := a.peer.String()
	r.Notes = append(r.Notes, "ambient gives the kubelet's probes the address "+ip+": NetworkPolicies must admit "+
		a.peer.block()+", unless the network plugin lets in whatever the Pod's own node sends")
	return a.open(r, "whether the network plugin lets the kubelet's probes in from "+ip)
}

// block is the CIDR of the endpoint's address alone.
func (e Endpoint) block() string {
	return netip.PrefixFrom(e.address(), e.address().BitLen()).String()
}
