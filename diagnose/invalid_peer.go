package diagnose

import (
	"fmt"
	"maps"
	"slices"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

var findingRootSelector = findingKind{"AD0305", SeverityWarning, "a PeerAuthentication of the root namespace with a selector reaches no workload", []string{
	"put the PeerAuthentication into the namespace of the workload that it is for",
}}

// invalidPeers finds PeerAuthentications that say something of the endpoint's port
// and are not heard.
func (w *walk) invalidPeers(j judged) {
	switch w.dst.presence.Plane {
	case mesh.Sidecar, mesh.Ambient:
	case mesh.UnknownPlane, mesh.NoPlane, mesh.Gateway, mesh.Waypoint:
		return
	}
	if j.s.server.Missing != "" {
		return
	}
	var refused, rooted offenders
	for _, pa := range w.in.peerAuthentications(w.cfg, w.dst.pod.Namespace) {
		if rev := pa.Labels[authz.RevisionLabel]; rev != "" && w.cfg.Revision != "" && rev != w.cfg.Revision {
			continue
		}
		name := pa.Namespace + "/" + pa.Name
		if wants, field := w.rootSelector(pa, j.s.server.Mode); field != "" {
			rooted.add(name, problem{field: field, what: "it asks for " + wants.String()})
			continue
		}
		refused.add(name, w.invalidPeer(pa, j.s.server.Mode)...)
	}
	w.report(findingRootSelector, rooted, "%s has a selector that fits "+w.dst.who()+" and lives in the root namespace, where only PeerAuthentications without one count; in force is "+j.s.server.Mode.String())
	w.report(findingInvalidPeer, refused, "Istio's validation would refuse %s")
}

// rootSelector returns the mode that a policy of the root namespace asks for by a
// selector that fits the endpoint, where it is not the one in force.
func (w *walk) rootSelector(pa *securityv1.PeerAuthentication, now mesh.Mode) (mesh.Mode, string) {
	sel := pa.Spec.GetSelector().GetMatchLabels()
	if pa.Namespace != w.cfg.RootNamespace || w.dst.pod.Namespace == w.cfg.RootNamespace || len(sel) == 0 || !selects(sel, w.dst.pod.Labels) {
		return mesh.UnknownMode, ""
	}
	mode, field := peerMode(pa.Spec.GetMtls()), "spec.mtls.mode"
	if m := peerMode(pa.Spec.GetPortLevelMtls()[uint32(w.dst.port)]); m != mesh.UnknownMode {
		mode, field = m, fmt.Sprintf("spec.portLevelMtls[%d].mode", w.dst.port)
	}
	if mode == mesh.UnknownMode || mode == now {
		return mesh.UnknownMode, ""
	}
	return mode, field
}

// invalidPeer lists what Istio's validation would refuse of a PeerAuthentication and
// has to do with the endpoint's port.
func (w *walk) invalidPeer(pa *securityv1.PeerAuthentication, now mesh.Mode) []problem {
	c := &checker{}
	sel := pa.Spec.GetSelector().GetMatchLabels()
	if len(sel) > 0 && starred(sel) && selectsStarred(sel, w.dst.pod.Labels) {
		c.add("spec.selector.matchLabels", "it has a wildcard", "it selects no Pod: labels are compared as they are written")
		return c.out
	}
	if len(sel) > 0 && !selects(sel, w.dst.pod.Labels) {
		return nil
	}
	ports := pa.Spec.GetPortLevelMtls()
	if m := peerMode(ports[uint32(w.dst.port)]); len(sel) == 0 && m != mesh.UnknownMode && m != now {
		c.add(fmt.Sprintf("spec.portLevelMtls[%d]", w.dst.port), "there are ports and no selector", fmt.Sprintf("they count for nothing: in force is %s and not %s", now, m))
	}
	for _, port := range slices.Sorted(maps.Keys(ports)) {
		c.addIf(len(sel) > 0 && (port == 0 || port > 65535), fmt.Sprintf("spec.portLevelMtls[%d]", port), "there is no such port", "it counts for nothing")
		c.peerMode(fmt.Sprintf("spec.portLevelMtls[%d].mode", port), ports[port])
	}
	c.peerMode("spec.mtls.mode", pa.Spec.GetMtls())
	return c.out
}

func (c *checker) peerMode(at string, m *securityapi.PeerAuthentication_MutualTLS) {
	_, known := securityapi.PeerAuthentication_MutualTLS_Mode_name[int32(m.GetMode())]
	c.addIf(!known, at, "there is no mode "+m.GetMode().String(), "it counts as not set")
}

func peerMode(m *securityapi.PeerAuthentication_MutualTLS) mesh.Mode {
	switch m.GetMode() {
	case securityapi.PeerAuthentication_MutualTLS_DISABLE:
		return mesh.Disable
	case securityapi.PeerAuthentication_MutualTLS_PERMISSIVE:
		return mesh.Permissive
	case securityapi.PeerAuthentication_MutualTLS_STRICT:
		return mesh.Strict
	case securityapi.PeerAuthentication_MutualTLS_UNSET:
	}
	return mesh.UnknownMode
}
