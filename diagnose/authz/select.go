package authz

import (
	"slices"

	typev1beta1 "istio.io/api/type/v1beta1"
)

const (
	gatewayNameLabel  = "gateway.networking.k8s.io/gateway-name"
	gatewayGroup      = "gateway.networking.k8s.io"
	networkingGroup   = "networking.istio.io"
	waypointClassName = "istio-waypoint"
)

// place is the proxy for which policies are selected.
type place struct {
	dialect  Dialect
	mesh     Mesh
	workload Workload
}

// skips tells why p does not reach the proxy; empty if it does.
func (at *place) skips(p *Policy) SkipReason {
	switch rev := p.Labels[RevisionLabel]; {
	case p.Namespace != at.mesh.root() && p.Namespace != at.workload.Namespace && (at.dialect.node() || !at.ofService(p)):
		return SkipNamespace
	case rev != "" && at.mesh.Revision != "" && rev != at.mesh.Revision:
		// Tags are not resolved (pkg/config/model.go, ObjectInRevision).
		return SkipRevision
	case at.dialect.node():
		return at.nodeSkips(p)
	}
	return at.envoySkips(p)
}

// envoySkips: policyattachment.go, ShouldAttachPolicy.
func (at *place) envoySkips(p *Policy) SkipReason {
	refs := targetRefs(p)
	_, isGateway := at.workload.Labels[gatewayNameLabel]
	switch {
	case p.Action() == ActionUnknown:
		return SkipAction
	case !isGateway && len(refs) > 0:
		return SkipTargetRefs
	case isGateway && at.workload.Waypoint && len(refs) == 0:
		return SkipWaypoint
	case len(refs) == 0:
		return at.selectorSkips(p)
	case slices.ContainsFunc(refs, func(ref *typev1beta1.PolicyTargetReference) bool { return at.attached(p, ref) }):
		return ""
	}
	return SkipNoTarget
}

// ofService reports whether the policy lives beside the Service whose chain of
// a waypoint this is.
func (at *place) ofService(p *Policy) bool {
	w := &at.workload
	return w.Waypoint && w.Service != (Target{}) && p.Namespace == w.Service.Namespace
}

// targetRefs: the list wins over the single legacy field.
func targetRefs(p *Policy) []*typev1beta1.PolicyTargetReference {
	refs := p.Spec.GetTargetRefs()
	if len(refs) == 0 && p.Spec.GetTargetRef() != nil {
		refs = []*typev1beta1.PolicyTargetReference{p.Spec.GetTargetRef()}
	}
	return refs
}

func (at *place) attached(p *Policy, ref *typev1beta1.PolicyTargetReference) bool {
	w := &at.workload
	group := ref.GetGroup()
	if group == "core" {
		group = ""
	}
	switch group + "/" + ref.GetKind() {
	case "/Service":
		return at.ofService(p) && w.Service.Kind == "Service" && ref.GetName() == w.Service.Name
	case networkingGroup + "/ServiceEntry":
		return at.ofService(p) && w.Service.Kind == "ServiceEntry" && ref.GetName() == w.Service.Name
	case gatewayGroup + "/GatewayClass":
		return w.Waypoint && p.Namespace == at.mesh.root() && ref.GetName() == waypointClassName
	case gatewayGroup + "/Gateway":
		return p.Namespace == w.Namespace && ref.GetName() == w.Labels[gatewayNameLabel] &&
			(ref.GetNamespace() == "" || ref.GetNamespace() == w.Namespace)
	}
	return false
}

// selectorSkips: no selector and no labels in it select every workload.
func (at *place) selectorSkips(p *Policy) SkipReason {
	for k, want := range p.Spec.GetSelector().GetMatchLabels() {
		if got, ok := at.workload.Labels[k]; !ok || got != want {
			return SkipSelector
		}
	}
	return ""
}

// nodeSkips: ambient/authorization.go, convertAuthorizationPolicy, and
// workloads.go, which takes a selector without a map of labels for none that
// matches.
func (at *place) nodeSkips(p *Policy) SkipReason {
	selector := p.Spec.GetSelector()
	switch action := p.Action(); {
	case p.DryRun():
		return SkipDryRun
	case len(targetRefs(p)) > 0:
		return SkipTargetRefs
	case action != ActionAllow && action != ActionDeny:
		return SkipAction
	case selector != nil && selector.GetMatchLabels() == nil:
		return SkipNilSelector
	}
	return at.selectorSkips(p)
}
