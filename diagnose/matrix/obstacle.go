package matrix

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
	securityapi "istio.io/api/security/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// inTheWay names what of a cluster may lead requests to a target elsewhere, or change how
// they are sent; empty: nothing.
func (m *member) inTheWay(t Target) string {
	if i := slices.IndexFunc(m.routes, func(l lead) bool { return l.names(t) }); i >= 0 {
		return m.routes[i].name
	}
	for _, dr := range cluster.List[*networkingv1.DestinationRule](m.snap, "") {
		if t.mayName(dr.Spec.GetHost(), dr.Namespace) && changesTLS(dr.Spec.GetTrafficPolicy()) {
			return "DestinationRule " + dr.Namespace + "/" + dr.Name
		}
	}
	if off := m.disabling(t); off != "" {
		return off
	}
	return m.parentRoute(t)
}

// disabling names a PeerAuthentication that may turn the mesh's TLS off at a target; empty:
// there is none.
func (m *member) disabling(t Target) string {
	for _, pa := range cluster.List[*securityv1.PeerAuthentication](m.snap, "") {
		if (pa.Namespace == t.Namespace || m.roots[pa.Namespace]) && disables(pa) {
			return "PeerAuthentication " + pa.Namespace + "/" + pa.Name
		}
	}
	return ""
}

// changesTLS reports whether a rule's policy sends anything but the mesh's own TLS.
func changesTLS(p *networkingapi.TrafficPolicy) bool {
	other := func(t *networkingapi.ClientTLSSettings) bool {
		return t != nil && t.GetMode() != networkingapi.ClientTLSSettings_ISTIO_MUTUAL
	}
	return other(p.GetTls()) || slices.ContainsFunc(p.GetPortLevelSettings(), func(s *networkingapi.TrafficPolicy_PortTrafficPolicy) bool { return other(s.GetTls()) })
}

// disables reports whether a PeerAuthentication turns the mesh's TLS off somewhere: what
// one cluster says of a Service, the proxies of the others do not know.
func disables(pa *securityv1.PeerAuthentication) bool {
	off := func(mode securityapi.PeerAuthentication_MutualTLS_Mode) bool {
		return mode == securityapi.PeerAuthentication_MutualTLS_DISABLE
	}
	if off(pa.Spec.GetMtls().GetMode()) {
		return true
	}
	for _, p := range pa.Spec.GetPortLevelMtls() {
		if off(p.GetMode()) {
			return true
		}
	}
	return false
}

// heldBack names what of a cluster may keep a caller's requests from leaving it.
func (m *member) heldBack(c *caller) string {
	for _, n := range m.networks[c.Namespace] {
		if n.egress != "" && n.maySelect(c.pod) {
			return "NetworkPolicy " + n.Namespace + "/" + n.Name
		}
	}
	for _, s := range cluster.List[*networkingv1.Sidecar](m.snap, "") {
		if s.Namespace == c.Namespace || m.roots[s.Namespace] {
			return "Sidecar " + s.Namespace + "/" + s.Name
		}
	}
	for _, f := range cluster.List[*networkingv1alpha3.EnvoyFilter](m.snap, "") {
		if f.Namespace == c.Namespace || m.roots[f.Namespace] {
			return "EnvoyFilter " + f.Namespace + "/" + f.Name
		}
	}
	if m.visible.careful {
		return "a policy of a network plugin"
	}
	return ""
}
