package lint

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// kmesh reports what Kmesh makes of a policy that only Kmesh enforces. What its XDP
// program makes of it hangs on all policies of a workload, and is not looked at here.
func (p *policy) kmesh() {
	a := p.Action()
	if p.refs || !p.only(mesh.Kmesh) || p.DryRun() || a != authz.ActionAllow && a != authz.ActionDeny {
		return
	}
	if i := slices.IndexFunc(p.lists, list.beyondZtunnel); i >= 0 {
		switch l := p.lists[i]; {
		case a == authz.ActionAllow:
			p.report("AD0401", at{l.field, -1}, "Kmesh sees no HTTP, and the policy has no targetRefs for a waypoint: the rule is gone and admits nobody")
		case alone(p.rule(l.rule), l):
			p.report("AD0406", at{l.field, -1}, "Kmesh sees no HTTP: what is left of the rule never matches, and nothing is denied")
		default:
			p.report("AD0406", at{l.field, -1}, "Kmesh sees no HTTP: it leaves the field out, and the rest of the entry denies alone")
		}
	}
	for _, about := range []string{serviceAccounts, trustDomains} {
		p.each(about, func(l list, i int, _ string) {
			if i == 0 && l.part != "when" {
				p.report("AD0318", at{l.field, -1}, "Kmesh does not know %s and leaves them out: what is left of the entry counts alone, and an entry with nothing left never matches", about)
			}
		})
	}
	p.identities()
}

// identities reports values that no identity in Kmesh matches.
func (p *policy) identities() {
	if p.configured || len(p.loads) > 0 {
		p.each(principals, func(l list, i int, v string) {
			if why := authz.NeverInKmesh(p.cfg.TrustDomain, v); why != "" {
				p.report("AD0207", l.at(i), "%s", why)
			}
		})
	}
	p.each(namespaces, func(l list, i int, v string) {
		switch {
		case v == "*" && l.not:
			p.report("AD0207", l.at(i), "in Kmesh a star alone stands for callers that it does not find by their address, so nobody else is left out")
		case v == "*":
			p.report("AD0207", l.at(i), "in Kmesh a star alone matches only callers that it does not find by their address")
		}
	})
}
