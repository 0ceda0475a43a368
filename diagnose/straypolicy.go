package diagnose

import (
	"fmt"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// strayPolicy is a sentence about a policy that would admit what no ALLOW policy does,
// and is none for the endpoint, or none that allows; empty if there is none.
func (w *walk) strayPolicy(j judged) string {
	if j.req == nil || w.dst.pod == nil {
		return ""
	}
	for _, p := range w.idlePolicies() {
		policy := policyFrom(p)
		audit := policy.Action() == authz.ActionAudit
		if policy.Action() != authz.ActionAllow && !audit || policy.DryRun() {
			continue
		}
		refs := p.Spec.GetTargetRefs()
		if ref := p.Spec.GetTargetRef(); len(refs) == 0 && ref != nil {
			refs = append(refs, ref)
		}
		why := w.stray(p.Namespace, p.Spec.GetSelector().GetMatchLabels(), refs)
		if why == "" && audit && slices.ContainsFunc(j.exp.Policies, func(t authz.PolicyTrace) bool { return t.Policy == policy.Ref() }) {
			why = "its action is AUDIT, which allows nothing"
		}
		if why != "" && w.admits(j, policy) {
			return fmt.Sprintf(" %s policy %s would admit it, but %s.", policy.Action(), policy.Ref(), why)
		}
	}
	return ""
}

// idlePolicies are those of around that may be stray ones. Of a whole cluster they are found
// once: what selects a Pod is meant for that.
func (w *walk) idlePolicies() []*securityv1.AuthorizationPolicy {
	all := around[*securityv1.AuthorizationPolicy](w)
	if !w.in.whole() || len(all) <= manyPolicies || w.dst.presence.Plane == mesh.Waypoint {
		return all
	}
	in := w.in
	if in.idle.of != in.snap {
		in.idle.of, in.idle.policies = in.snap, map[*securityv1.AuthorizationPolicy]bool{}
		for _, p := range cluster.List[*securityv1.AuthorizationPolicy](in.snap, "") {
			attached := p.Spec.GetTargetRef() == nil && len(p.Spec.GetTargetRefs()) == 0 && p.Spec.GetAction() != securityapi.AuthorizationPolicy_AUDIT
			if !attached || !in.selectsSome(p.Namespace, p.Spec.GetSelector().GetMatchLabels()) {
				in.idle.policies[p] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(p *securityv1.AuthorizationPolicy) bool { return !in.idle.policies[p] })
}

// findingSelector is also what lint finds.
var findingSelector = findingKind{"AD0320", SeverityWarning, "a selector fits no Pod", []string{
	"compare the selector with the labels of the Pods: kubectl get pods --show-labels",
}}

// strayDeny finds DENY policies that would deny what is let in, and whose selector was
// most likely meant for the endpoint: it fits no Pod, and is misspelt or has the labels
// of the Service.
func (w *walk) strayDeny(j judged) {
	if plane := w.dst.presence.Plane; j.verdict != Allowed || j.req == nil || w.dst.pod == nil || plane == mesh.NoPlane || plane == mesh.Waypoint {
		return
	}
	for _, p := range w.idlePolicies() {
		policy := policyFrom(p)
		sel := p.Spec.GetSelector().GetMatchLabels()
		if policy.Action() != authz.ActionDeny || policy.DryRun() || p.Namespace != w.dst.pod.Namespace || !w.meantFor(sel) {
			continue
		}
		if why := w.stray(p.Namespace, sel, nil); why != "" && w.admits(j, policy) {
			w.tell(findingSelector, fmt.Sprintf("DENY policy %s would deny it, but %s.", policy.Ref(), why), "spec.selector.matchLabels", []string{policy.Ref().String()})
		}
	}
}

// meantFor reports whether a selector that differs from the endpoint's labels differs by the
// spelling of a value, or is that of the Service's name or labels.
func (w *walk) meantFor(sel map[string]string) bool {
	key, got, ok := differs(sel, w.dst.pod.Labels)
	if key == "" {
		return false
	}
	want := sel[key]
	if ok && spell.Distance(want, got) <= misspelt && len(want) > 2*misspelt {
		return true
	}
	return w.r.service != nil && (want == w.r.service.Name || want == w.r.service.Labels[key])
}

// disarms are the findings about policies that are in force nowhere, or whose rules are
// gone.
var disarms = []string{findingInvalid.code, findingEmptySelector.code, findingPastWaypoint.code, findingNoWaypoint.code}

// disarmed adds to a denial for want of an ALLOW rule what a finding says of an ALLOW
// policy, unless the policy is named already.
func (w *walk) disarmed(j judged) {
	if j.verdict != Denied || j.reason.Stage != StageAllow {
		return
	}
	for _, f := range w.findings {
		if !slices.Contains(disarms, f.Code) {
			continue
		}
		for _, o := range f.Objects {
			ns, name, _ := strings.Cut(o, "/")
			p, ok := w.policyOf(authz.Ref{Namespace: ns, Name: name})
			if ok && p.Action() == authz.ActionAllow && !strings.Contains(w.cause, o) {
				w.cause += " " + upper(f.Message)
				return
			}
		}
	}
}

// admits reports whether a policy, were it an ALLOW policy of the endpoint, would admit
// the request.
func (w *walk) admits(j judged, p authz.Policy) bool {
	dialect, node := w.nodeDialect()
	if !node {
		dialect = w.dialect(j.s)
	}
	p.Spec = &securityapi.AuthorizationPolicy{Action: securityapi.AuthorizationPolicy_ALLOW, Rules: p.Spec.GetRules()}
	return w.alone(dialect, p, j.req).Matches == authz.True
}
