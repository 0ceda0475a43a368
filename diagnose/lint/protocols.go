package lint

import (
	"slices"
	"strconv"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

const denying = securityapi.AuthorizationPolicy_DENY

// protocols reports HTTP fields on ports that are not HTTP.
func (p *policy) protocols() {
	if p.refs || p.byNode() || len(p.facts.ports) == 0 {
		return
	}
	for i := range p.Spec.GetRules() {
		switch p.Action() {
		case authz.ActionAllow:
			p.allowOnTCP(i)
		case authz.ActionDeny:
			p.denyOnTCP(i)
		case authz.ActionUnknown, authz.ActionCustom, authz.ActionAudit:
		}
	}
}

// rule are the lists of a rule.
func (p *policy) rule(i int) []list {
	from := slices.IndexFunc(p.lists, func(l list) bool { return l.rule == i })
	if from < 0 {
		return nil
	}
	to := from
	for to < len(p.lists) && p.lists[to].rule == i {
		to++
	}
	return p.lists[from:to]
}

// allowOnTCP reports an ALLOW rule of which nothing is left on all ports that it is for.
func (p *policy) allowOnTCP(rule int) {
	lists := p.rule(rule)
	i := slices.IndexFunc(lists, list.http)
	if i < 0 {
		return
	}
	concerned := p.concerned(lists)
	if len(concerned) == 0 || slices.ContainsFunc(concerned, func(lp loadPort) bool { return lp.protocol != mesh.TCP }) {
		return
	}
	lp := concerned[0]
	p.report("AD0401", at{lists[i].field, -1}, "port %d of %s is no HTTP (Service %s/%s), so the rule is gone there and admits nobody", lp.number, lp.load, lp.service.Namespace, lp.service.Name)
}

// concerned are the ports that the rule names, or all if it names none.
func (p *policy) concerned(lists []list) []loadPort {
	var wanted []string
	for _, l := range lists {
		if l.about == portNumbers && !l.not {
			wanted = append(wanted, l.values...)
		}
	}
	var out []loadPort
	for _, lp := range p.facts.ports {
		if len(wanted) == 0 || slices.Contains(wanted, strconv.Itoa(int(lp.number))) {
			out = append(out, lp)
		}
	}
	return out
}

// denyOnTCP reports a DENY rule that denies whole connections where there is no HTTP.
func (p *policy) denyOnTCP(rule int) {
	lists := p.rule(rule)
	i := slices.IndexFunc(lists, list.http)
	if i < 0 {
		return
	}
	l := lists[i]
	narrowed := lists // a rule's ports count where they stand beside the field, or in a condition
	if l.part == "to" {
		narrowed = slices.DeleteFunc(slices.Clone(lists), func(o list) bool { return o.part == "to" && o.entry != l.entry })
	}
	for _, lp := range p.concerned(narrowed) {
		if lp.protocol == mesh.TCP && !excepted(narrowed, lp) {
			p.report("AD0405", at{l.field, -1}, "port %d of %s is no HTTP (Service %s/%s): there the field counts for nothing, and the rule denies every connection that the rest of it fits",
				lp.number, lp.load, lp.service.Namespace, lp.service.Name)
			return
		}
	}
}

// excepted reports whether notPorts leave a port out.
func excepted(lists []list, lp loadPort) bool {
	return slices.ContainsFunc(lists, func(l list) bool {
		return l.about == portNumbers && l.not && slices.Contains(l.values, strconv.Itoa(int(lp.number)))
	})
}
