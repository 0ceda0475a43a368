package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// invalid lists what Istio's validation would refuse of an AuthorizationPolicy.
func invalid(p authz.Policy, ztunnel bool) []problem {
	c := &checker{action: p.Action(), ztunnel: ztunnel}
	s := p.Spec
	c.targets(s.GetSelector(), s.GetTargetRef(), s.GetTargetRefs())
	c.annotation(p)
	custom := s.GetAction() == securityapi.AuthorizationPolicy_CUSTOM
	c.addIf(c.action == authz.ActionUnknown, "spec.action", "there is no action "+s.GetAction().String(), "the policy is ignored")
	c.addIf(!custom && s.GetProvider() != nil, "spec.provider", "only CUSTOM has a provider", "it counts for nothing")
	switch {
	case custom && len(s.GetRules()) == 0:
		c.add("spec.rules", "CUSTOM without rules", "its authorizer is never asked")
	case custom && s.GetProvider().GetName() == "":
		c.add("spec.provider.name", "CUSTOM without a provider", "what its rules match is denied")
	case s.GetAction() == securityapi.AuthorizationPolicy_DENY && len(s.GetRules()) == 0:
		c.add("spec.rules", "DENY without rules", "it denies nothing")
	}
	for i, r := range s.GetRules() {
		at := fmt.Sprintf("spec.rules[%d]", i)
		if r == nil {
			c.add(at, "the rule is null", "it is skipped")
			continue
		}
		for k, f := range r.GetFrom() {
			c.source(fmt.Sprintf("%s.from[%d]", at, k), f.GetSource(), custom)
		}
		for k, t := range r.GetTo() {
			c.operation(fmt.Sprintf("%s.to[%d]", at, k), t.GetOperation())
		}
		for k, cond := range r.GetWhen() {
			c.condition(fmt.Sprintf("%s.when[%d]", at, k), cond, custom)
		}
	}
	return c.out
}

// targets checks what of a policy says where it is in force.
func (c *checker) targets(sel *typeapi.WorkloadSelector, ref *typeapi.PolicyTargetReference, refs []*typeapi.PolicyTargetReference) {
	switch {
	case sel != nil && (ref != nil || len(refs) > 0):
		c.add("spec.selector", "only one of selector and targetRefs may be set", "the targetRefs count and the selector does not: workloads do not have the policy")
	case ref != nil && len(refs) > 0:
		c.add("spec.targetRef", "only one of targetRef and targetRefs may be set", "the list counts and the single one does not")
	}
	for k, v := range sel.GetMatchLabels() {
		c.addIf(k == "" || strings.Contains(k+v, "*"), "spec.selector.matchLabels", fmt.Sprintf("%q has an empty key or a wildcard", k+"="+v), "it selects no Pod: labels are compared as they are written")
	}
	check := func(at string, r *typeapi.PolicyTargetReference) {
		if r == nil {
			return
		}
		c.addIf(!targetable(r), at+".kind", fmt.Sprintf("%q is nothing that a policy can target", strings.Trim(r.GetGroup()+"/"+r.GetKind(), "/")),
			"the policy is in force nowhere by it: a Service, ServiceEntry, Gateway or GatewayClass may be named, and a workload is selected by labels")
		c.addIf(r.GetName() == "", at+".name", "it is empty", "it names nothing")
		c.addIf(r.GetNamespace() != "", at+".namespace", "it may not be set", "what is named in another namespace does not get the policy")
	}
	check("spec.targetRef", ref)
	for i, r := range refs {
		check(fmt.Sprintf("spec.targetRefs[%d]", i), r)
	}
}

// targetable reports whether policies may target the kind.
func targetable(r *typeapi.PolicyTargetReference) bool {
	group := r.GetGroup()
	if group == "core" {
		group = ""
	}
	return slices.Contains([]string{
		"/Service", "networking.istio.io/ServiceEntry", "gateway.networking.k8s.io/Gateway", "gateway.networking.k8s.io/GatewayClass",
	}, group+"/"+r.GetKind())
}

// annotation checks the one that makes a policy a dry run.
func (c *checker) annotation(p authz.Policy) {
	v, ok := p.Annotations[authz.DryRunAnnotation]
	if !ok {
		return
	}
	at := "metadata.annotations[" + authz.DryRunAnnotation + "]"
	on, err := strconv.ParseBool(v)
	switch {
	case err != nil:
		c.add(at, strconv.Quote(v)+" is no boolean", "the policy is enforced")
	case on && c.action == authz.ActionCustom && !c.ztunnel:
		c.add(at, "only ALLOW and DENY have dry runs", "it denies what its rules match, authorizer or not")
	case on && c.action == authz.ActionAudit && !c.ztunnel:
		c.add(at, "only ALLOW and DENY have dry runs", "it audits nothing")
	}
}

// panics reports whether istiod's conversion for ambient reads through the entry that
// is empty (pilot/pkg/serviceregistry/ambient/authorization.go, handleRule): the
// policy goes to ztunnel, whatever it selects.
func (w *walk) panics(p authz.Policy) bool {
	ambient := func(d mesh.DataPlane) bool { return d.Node() || d == mesh.Waypoint }
	if !ambient(w.dst.presence.Plane) && !ambient(w.src.presence.Plane) || p.DryRun() {
		return false
	}
	if a := p.Action(); a != authz.ActionAllow && a != authz.ActionDeny || len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
		return false
	}
	rev := p.Labels[authz.RevisionLabel]
	return rev == "" || rev == w.cfg.Revision
}

// entryWithout names the first entry of a policy without a source or operation.
func entryWithout(p authz.Policy) string {
	for i, r := range p.Spec.GetRules() {
		for k, f := range r.GetFrom() {
			if f.GetSource() == nil {
				return fmt.Sprintf("spec.rules[%d].from[%d]", i, k)
			}
		}
		for k, t := range r.GetTo() {
			if t.GetOperation() == nil {
				return fmt.Sprintf("spec.rules[%d].to[%d]", i, k)
			}
		}
	}
	return ""
}

// brokenNames are the headers of conditions whose name Envoy does not take: its
// configuration wants names without NUL and line breaks.
func brokenNames(p authz.Policy) []problem {
	var out []problem
	for i, r := range p.Spec.GetRules() {
		for k, cond := range r.GetWhen() {
			if key := cond.GetKey(); strings.HasPrefix(key, headersKey) && strings.ContainsAny(key, "\x00\r\n") {
				out = append(out, problem{field: fmt.Sprintf("spec.rules[%d].when[%d].key", i, k), what: strconv.Quote(key)})
			}
		}
	}
	return out
}

const headersKey = "request.headers"
