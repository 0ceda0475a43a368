package diagnose

import (
	"fmt"
	"slices"

	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// beforeAmbient reports whether a policy that a waypoint passes by is for a Pod behind
// it of which ztunnel is all that enforces anything.
func (w *walk) beforeAmbient(p authz.Policy) bool {
	sel := p.Spec.GetSelector().GetMatchLabels()
	return slices.ContainsFunc(w.behind, func(b party) bool {
		return b.pod != nil && b.presence.Plane == mesh.Ambient && mesh.Selects(sel, b.pod.Labels) &&
			(p.Namespace == b.pod.Namespace || p.Namespace == w.cfg.RootNamespace)
	})
}

// missedByWaypoint reports whether ztunnel behind a waypoint cannot make up for it,
// and it matters: an ALLOW policy with HTTP fields admits nobody there.
func (w *walk) missedByWaypoint(j judged, p authz.Policy) bool {
	if p.DryRun() || !j.s.http {
		return false
	}
	trace := w.alone(authz.EnvoyHTTP, p, j.req)
	_, http := trace.Field(authz.FieldTrace.IsHTTP)
	switch p.Action() {
	case authz.ActionAllow:
		return http
	case authz.ActionDeny:
		return http && lacking(j, authz.ActionDeny, trace.Matches)
	case authz.ActionCustom, authz.ActionAudit:
		return lacking(j, p.Action(), trace.Matches)
	case authz.ActionUnknown:
	}
	return false
}

// targeted reports whether a policy's targetRefs mean what was called: its Service, or
// the waypoint that is asked for and not on this way.
func (w *walk) targeted(p authz.Policy) bool {
	if p.DryRun() || p.Namespace != w.dst.pod.Namespace {
		return false
	}
	refs := p.Spec.GetTargetRefs()
	if ref := p.Spec.GetTargetRef(); len(refs) == 0 && ref != nil {
		refs = append(refs, ref)
	}
	return slices.ContainsFunc(refs, func(r *typeapi.PolicyTargetReference) bool {
		if !targetable(r) {
			return false
		}
		switch r.GetKind() {
		case "Service":
			svc, ok := cluster.Get[*corev1.Service](w.in.snap, p.Namespace, r.GetName())
			switch {
			case !ok:
				return false
			case w.r.service != nil:
				return svc.Name == w.r.service.Name && svc.Namespace == w.r.service.Namespace
			}
			return len(svc.Spec.Selector) > 0 && selects(svc.Spec.Selector, w.dst.pod.Labels)
		case "Gateway":
			name, ns, _ := mesh.WaypointFor(w.dst.ns, w.r.service, w.dst.pod, w.r.service != nil)
			return name == r.GetName() && ns == p.Namespace
		}
		return false
	})
}

// pastTarget words why a policy with targetRefs is in force nowhere on the way, and what
// helps; no help if what helps in general does. A gateway passes by a waypoint that other
// callers go through, unless it is asked not to.
func (w *walk) pastTarget() (so string, help []string) {
	so = "Nothing on this way enforces it."
	svc := asService(w.r)
	if svc == nil || w.src.presence.Plane != mesh.Gateway || ingressUsesWaypoint(w.r, w.dst) {
		return so, nil
	}
	name, namespace, _ := mesh.WaypointFor(w.dst.ns, svc, w.dst.pod, true)
	if name == "" {
		return so, nil
	}
	return fmt.Sprintf("The gateway %s goes past the waypoint %s/%s, for neither Service %s/%s nor its namespace has the label %s: \"true\".",
			w.src.who(), namespace, name, svc.Namespace, svc.Name, ingressWaypointLabel),
		[]string{"label Service " + svc.Namespace + "/" + svc.Name + " or its namespace " + ingressWaypointLabel + "=true: gateways then go through the waypoint"}
}
