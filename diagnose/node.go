package diagnose

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// fromNode reports whether the connection comes from the node of an ambient Pod
// itself: Istio's CNI gives what a process of the node sends to the node's own Pods
// the address 169.254.7.127 and lets it past ztunnel, so that probes work. A Pod on
// the node's network is such a process too (cni/pkg/iptables/iptables.go,
// AppendHostRules).
func (w *walk) fromNode() (local bool, why string) {
	if w.dst.presence.Plane != mesh.Ambient || w.dst.pod == nil {
		return false, ""
	}
	const words = "what the node itself sends to its own Pods is let past ztunnel, as probes are"
	if w.src.node {
		return true, words
	}
	pod := w.src.pod
	if pod != nil && pod.Spec.HostNetwork && pod.Spec.NodeName != "" && pod.Spec.NodeName == w.dst.pod.Spec.NodeName {
		return true, w.src.who() + " is on the network of the target's node, and " + words
	}
	return false, ""
}

// pathOf is a request target without its query.
func pathOf(target string) string {
	path, _, _ := strings.Cut(target, "?")
	return path
}

// captured reports whether the destination's data plane sees the connection.
func (w *walk) captured() (captured bool, why string) {
	if local, why := w.fromNode(); local {
		return false, why
	}
	if why := w.idle(); why != "" {
		return false, why
	}
	if w.src.node {
		if p := mesh.ProbeOf(w.dst.pod, w.dst.presence, w.dst.port, pathOf(w.m.path)); p.Passes {
			return false, p.Why
		}
	}
	return mesh.CapturedInbound(w.dst.pod, w.dst.presence, w.dst.port, w.client.HBONE)
}

// meets is who takes the connection: behind a port that the sidecar does not see the
// application itself does.
func (w *walk) meets() mesh.DataPlane {
	if w.dst.pod != nil && (w.dst.presence.Plane == mesh.Sidecar || w.dst.presence.Plane.Foreign() != nil) {
		if captured, _ := w.captured(); !captured {
			return mesh.NoPlane
		}
	}
	return w.dst.presence.Plane
}
