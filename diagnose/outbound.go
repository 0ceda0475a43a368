package diagnose

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

const registryOnly = "REGISTRY_ONLY"

// outboundPolicy is what a client's sidecar does with what nobody has registered: its
// Sidecar's word, or the mesh's. A Sidecar's outboundTrafficPolicy without a mode is
// REGISTRY_ONLY. ztunnel and gateways know no such setting.
func (in *inquiry) outboundPolicy(src party) (policy, from string) {
	if src.presence.Plane != mesh.Sidecar {
		return "ALLOW_ANY", ""
	}
	if s := in.sidecarOf(src); s != nil && s.Spec.GetOutboundTrafficPolicy() != nil {
		if s.Spec.GetOutboundTrafficPolicy().GetMode() == networkingapi.OutboundTrafficPolicy_REGISTRY_ONLY {
			policy = registryOnly
		}
		return policy, "Sidecar " + s.Namespace + "/" + s.Name
	}
	return in.config(in.revision()).OutboundPolicy, "meshConfig"
}

// closedIn is the end of a way that the client's sidecar does not let out: nobody has
// registered where it leads, and only what is registered gets out. nil: it does.
func (e *explorer) closedIn(t trip, src party, r route, m message) (*ending, trip) {
	policy, from := e.in.outboundPolicy(src)
	if policy != registryOnly || r.blocked != "" || len(r.ends) == 0 {
		return nil, t
	}
	why := r.strange
	if why == "" && r.service == nil && r.entry == nil && r.ends[0].pod != nil {
		w := e.in.newWalk(r, src, r.ends[0], m)
		if !w.staysInside() && !w.headlessTCP(&mesh.ClientQuery{}) {
			why = "the address of a Pod is registered by nobody"
		}
	}
	if why == "" {
		return nil, t
	}
	if r.unsure != "" {
		t.unsure = append(slices.Clone(t.unsure), r.unsure+": the mesh lets out only what is registered (outboundTrafficPolicy REGISTRY_ONLY)")
		return nil, t
	}
	return keptIn(src, why+", and outboundTrafficPolicy is REGISTRY_ONLY ("+from+")",
		"register the host and the port in a ServiceEntry, or let out what is not registered (outboundTrafficPolicy ALLOW_ANY)"), t
}

// keptIn is the end of a way that the client's own sidecar does not let out, why, and
// what would help.
func keptIn(src party, why, help string) *ending {
	return &ending{
		verdict: Denied, says: "the sidecar of " + src.who() + " does not let it out: " + why,
		symptom: "502 Bad Gateway for HTTP, a reset connection otherwise",
		help:    []string{help},
	}
}
