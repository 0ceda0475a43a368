package mesh

import (
	"cmp"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// rules returns the JWT rules of all policies that attach, sorted by issuer as
// istiod does, and the policies. unsure names what would have to be known to tell
// whether another one attaches.
func (w Workload) rules(c Config, ras []*securityv1.RequestAuthentication) (rules []*securityapi.JWTRule, policies []string, unsure string) {
	sorted := slices.DeleteFunc(slices.Clone(ras), func(r *securityv1.RequestAuthentication) bool { return r == nil })
	slices.SortStableFunc(sorted, func(a, b *securityv1.RequestAuthentication) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	for _, ra := range sorted {
		attaches, maybe := w.attaches(c, ra)
		if maybe {
			unsure = "the Service that the waypoint stands in for: RequestAuthentication " + named(ra.Namespace, ra.Name) + " targets one"
		}
		if attaches {
			rules = append(rules, ra.Spec.GetJwtRules()...)
			policies = append(policies, named(ra.Namespace, ra.Name))
		}
	}
	slices.Sort(policies)
	slices.SortStableFunc(rules, func(a, b *securityapi.JWTRule) int { return cmp.Compare(a.GetIssuer(), b.GetIssuer()) })
	return rules, policies, unsure
}

// attaches reports whether the policy is one of the workload's. The label
// gateway-name on the Pod, and nothing else, makes targetRefs count; a waypoint
// takes nothing but them (istio: model/policyattachment.go).
func (w Workload) attaches(c Config, ra *securityv1.RequestAuthentication) (attaches, maybe bool) {
	if !c.reads(ra.Labels) || !w.looksIn(c, ra.Namespace) {
		return false, false
	}
	refs := ra.Spec.GetTargetRefs()
	if ref := ra.Spec.GetTargetRef(); len(refs) == 0 && ref != nil {
		refs = append(refs, ref)
	}
	gateway := w.gatewayName()
	switch {
	case len(refs) == 0:
		return w.Presence.Plane != Waypoint && Selects(ra.Spec.GetSelector().GetMatchLabels(), w.Labels), false
	case gateway == "":
		return false, false
	}
	for _, ref := range refs {
		yes, unknown := w.refers(c, ra.Namespace, gateway, ref)
		attaches, maybe = attaches || yes, maybe || unknown
	}
	return attaches, maybe && !attaches
}

// gatewayName returns the Gateway that the Pod belongs to.
func (w Workload) gatewayName() string {
	return first(w.Presence.GatewayName, w.Labels[labelGatewayName])
}

// looksIn reports whether policies of the namespace are candidates: the workload's,
// the root and, at a waypoint, the Service's.
func (w Workload) looksIn(c Config, namespace string) bool {
	service, _, _ := strings.Cut(w.Service, "/")
	waypoint := w.Presence.Plane == Waypoint && !w.ToPod
	return namespace == w.Namespace || namespace == c.RootNamespace || waypoint && (w.Service == "" || namespace == service)
}

// refers reports whether one targetRef means the workload. unknown says that it
// names a Service, and which one the request is for is not known.
func (w Workload) refers(c Config, namespace, gateway string, ref *typeapi.PolicyTargetReference) (yes, unknown bool) {
	waypoint := w.Presence.Plane == Waypoint
	group := ref.GetGroup()
	if group == "core" {
		group = ""
	}
	switch group + "/" + ref.GetKind() {
	case "gateway.networking.k8s.io/Gateway":
		return namespace == w.Namespace && (ref.GetNamespace() == "" || ref.GetNamespace() == namespace) && ref.GetName() == gateway, false
	case "gateway.networking.k8s.io/GatewayClass":
		return waypoint && namespace == c.RootNamespace && ref.GetName() == "istio-waypoint", false
	case "/Service", "networking.istio.io/ServiceEntry":
		if !waypoint || w.ToPod {
			return false, false
		}
		return group == "" && w.Service == named(namespace, ref.GetName()), w.Service == ""
	}
	return false, false
}

// stripped returns the headers that the rules write, sorted: the filter removes
// them from every request first.
func stripped(rules []*securityapi.JWTRule) []string {
	var out []string
	for _, r := range rules {
		for _, h := range r.GetOutputClaimToHeaders() {
			out = append(out, strings.ToLower(h.GetHeader()))
		}
		if h := r.GetOutputPayloadToHeader(); h != "" {
			out = append(out, strings.ToLower(h))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
