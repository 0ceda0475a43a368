package diagnose

import (
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// sidecarOf is the Sidecar that configures a party's proxy, nil if none does; gateways
// and node proxies read none.
func (in *inquiry) sidecarOf(p party) *networkingv1.Sidecar {
	if p.pod == nil || p.presence.Plane != mesh.Sidecar {
		return nil
	}
	s, _ := mesh.SidecarOf(in.config(in.revision()), p.pod.Labels, p.pod.Namespace, ofRevision(in, cluster.List[*networkingv1.Sidecar](in.snap, "")))
	return s
}

// egress is what the source's sidecar knows of a host, as far as a Sidecar narrows it;
// ok is false where none does.
func (in *inquiry) egress(src party, r route) (e mesh.Egress, ok bool) {
	s := in.sidecarOf(src)
	if s == nil || r.host == "" {
		return mesh.Egress{}, false
	}
	q := mesh.EgressQuery{
		Config: in.config(in.revision()), Sidecar: s, ClientNamespace: src.pod.Namespace, Host: r.host, Port: r.port, Protocol: r.protocol,
	}
	switch {
	case r.service != nil:
		q.HostNamespace = r.service.Namespace
	case r.entry != nil:
		q.HostNamespace = r.entry.Namespace
	default:
		return mesh.Egress{}, false // nobody registers it: the mesh's own policy decides
	}
	return mesh.EgressOf(q), true
}

// ingress is what a Sidecar makes of the destination's port.
func (w *walk) ingress() mesh.Inbound {
	return mesh.Ingress(w.in.sidecarOf(w.dst), w.dst.pod, w.dst.port)
}
