package facts

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// What the redirection on the node leaves out is not istiod's to say. These are the
// documented annotations of Pods (istio.io, Resource Annotations).
const (
	redirects = "traffic.sidecar.istio.io/"
	bypass    = "ambient.istio.io/bypass-inbound-capture"
)

// set is the list in an annotation of the redirection.
func set(p *corev1.Pod, name string) (list []string, there bool) {
	text, there := p.Annotations[redirects+name]
	return strings.Split(text, ","), there
}

// captured reports whether the Pod's proxy gets a connection from outside.
func captured(p *corev1.Pod, port uint16, transport string) bool {
	number := strconv.Itoa(int(port))
	switch KindOf(p) {
	case xds.Sidecar:
		if include, there := set(p, "includeInboundPorts"); there && include[0] != "*" {
			return slices.Contains(include, number)
		}
		exclude, _ := set(p, "excludeInboundPorts")
		return !slices.Contains(exclude, number)
	case xds.Ztunnel:
		return p.Annotations[bypass] != "true" || transport == HBONE
	case xds.Router, xds.Waypoint:
	}
	return true
}

// leavesThrough reports whether a Pod's own proxy gets what it sends.
func leavesThrough(p *corev1.Pod, to netip.AddrPort) bool {
	if KindOf(p) != xds.Sidecar {
		return true
	}
	ports, _ := set(p, "excludeOutboundPorts")
	ranges, _ := set(p, "excludeOutboundIPRanges")
	if slices.Contains(ports, strconv.Itoa(int(to.Port()))) || within(ranges, to.Addr()) {
		return false
	}
	include, there := set(p, "includeOutboundIPRanges")
	return !there || include[0] == "*" || within(include, to.Addr())
}

func within(ranges []string, ip netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(r string) bool {
		block, err := netip.ParsePrefix(r)
		return err == nil && block.Contains(ip)
	})
}
