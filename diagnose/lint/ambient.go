package lint

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// ambient reports what ztunnel makes of a policy that only ztunnel enforces.
func (p *policy) ambient() {
	if p.refs || !p.only(mesh.Ambient) {
		return
	}
	switch a := p.Action(); {
	case p.Spec.GetSelector() != nil && len(p.selector) == 0:
		p.add("AD0308", "spec.selector", "the selector is empty: ztunnel finds no workload for the policy, and nothing enforces it")
		return
	case a == authz.ActionCustom, a == authz.ActionAudit:
		p.add("AD0309", "spec.action", "ztunnel has no action "+a.String()+", and the policy has no targetRefs for a waypoint: it does nothing")
		return
	case p.DryRun():
		p.add("AD0312", "metadata.annotations["+authz.DryRunAnnotation+"]", "istiod does not send a dry run to ztunnel: nothing is logged")
	}
	p.beyondZtunnel()
	p.each(trustDomains, func(l list, i int, _ string) {
		if i == 0 && l.part != "when" {
			p.report("AD0307", at{l.field, -1}, "ztunnel leaves trustDomains out: %s", without(p.Action()))
		}
	})
	p.each(namespaces, func(l list, i int, v string) {
		if strings.Contains(strings.TrimSuffix(strings.TrimPrefix(v, "*"), "*"), "*") {
			p.report("AD0315", l.at(i), "ztunnel takes the star inside %s as it is written, so the value matches nobody", quoted(v))
		}
	})
	if p.cfg.TrustDomain != "cluster.local" && p.configured {
		p.each(principals, func(l list, i int, v string) {
			if strings.HasPrefix(v, "cluster.local/") && !slices.Contains(p.cfg.TrustDomainAliases, "cluster.local") || strings.HasPrefix(v, "cluster.local/ns/") {
				p.report("AD0315", l.at(i), "ztunnel takes trust domains as they are written, and identities here begin with %s", p.cfg.TrustDomain)
			}
		})
	}
}

func without(a authz.Action) string {
	if a == authz.ActionDeny {
		return "the policy denies by what is left of the entry, or nothing"
	}
	return "the policy admits by what is left of the entry, whatever the trust domain"
}

// beyondZtunnel reports the first field that ztunnel does not see.
func (p *policy) beyondZtunnel() {
	i := slices.IndexFunc(p.lists, list.beyondZtunnel)
	if i < 0 {
		return
	}
	l := p.lists[i]
	switch a := p.Action(); {
	case p.waypoint != "":
		field := "spec.selector"
		if len(p.selector) == 0 {
			field = l.field
		}
		p.add("AD0310", field, "waypoint "+p.waypoint+" stands before the workloads and passes by a policy without targetRefs, and ztunnel behind it does not see "+l.field)
	case a == authz.ActionAllow:
		p.report("AD0401", at{l.field, -1}, "ztunnel sees no HTTP and there is no waypoint: the rule is gone and admits nobody")
	case a == authz.ActionDeny:
		so := "the rest of the entry denies alone"
		if alone(p.rule(l.rule), l) {
			so = "what is left of the rule never matches, and nothing is denied"
		}
		p.report("AD0306", at{l.field, -1}, "ztunnel sees no HTTP and there is no waypoint: it leaves the field out, and %s", so)
	}
}

// alone reports whether an entry has nothing but what ztunnel does not see.
func alone(lists []list, l list) bool {
	return !slices.ContainsFunc(lists, func(o list) bool { return o.entry == l.entry && !o.beyondZtunnel() })
}
