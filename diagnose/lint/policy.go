package lint

import (
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// policy is an AuthorizationPolicy with all that the checks ask of it.
type policy struct {
	*world
	*reporter
	authz.Policy
	lists []list
	target
	*facts
}

// checks are what is looked at, in no order that matters.
var checks = []func(*policy){
	(*policy).faults, (*policy).names, (*policy).callers, (*policy).trustDomains, (*policy).values,
	(*policy).addresses, (*policy).ports, (*policy).hostPorts, (*policy).protocols, (*policy).ambient, (*policy).readings,
	(*policy).tokens, (*policy).requestPrincipals, (*policy).claims, (*policy).bypass, (*policy).negations, (*policy).providers,
	(*policy).outbound, (*policy).waypointAdmitted,
}

func (w *world) authorizationPolicy(rep *reporter, o *securityv1.AuthorizationPolicy) {
	p := &policy{world: w, reporter: rep, lists: listsOf(&o.Spec), Policy: authz.Policy{
		Namespace: o.Namespace, Name: o.Name, Labels: o.Labels, Annotations: o.Annotations, Spec: &o.Spec,
	}}
	if w.revision(rep) {
		return
	}
	p.target = w.targets(rep, o.Spec.GetSelector(), o.Spec.GetTargetRef(), o.Spec.GetTargetRefs())
	p.facts = w.facts(p.scope)
	w.unenforced(rep, p.target)
	w.elsewhere(rep, p.loads)
	for _, check := range checks {
		check(p)
	}
}

// revision reports an object that is for a control plane which is not there.
func (w *world) revision(rep *reporter) bool {
	rev := rep.object.GetLabels()[authz.RevisionLabel]
	if !w.otherRevision(rep.object.GetLabels()) {
		return false
	}
	var there []string
	for r := range w.revisions {
		there = append(there, r)
	}
	slices.Sort(there)
	rep.add("AD0313", "metadata.labels["+authz.RevisionLabel+"]", fmt.Sprintf(
		"it is for revision %s, and there is no control plane but %s: nobody looks at it", quoted(rev), some(there)))
	return true
}

// elsewhere reports an object for a control plane that none of the workloads belongs to.
func (w *world) elsewhere(rep *reporter, loads []*workload) {
	rev := rep.object.GetLabels()[authz.RevisionLabel]
	if rev == "" || len(loads) == 0 || slices.ContainsFunc(loads, func(l *workload) bool {
		return l.presence.Revision == "" || l.presence.Revision == rev || l.presence.Predicted
	}) {
		return
	}
	rep.add("AD0313", "metadata.labels["+authz.RevisionLabel+"]", fmt.Sprintf(
		"it is for revision %s, and %s belongs to revision %s", quoted(rev), loads[0], quoted(loads[0].presence.Revision)))
}

// faults reports what Istio's validation would refuse, and what ends istiod or Envoy.
func (p *policy) faults() {
	ztunnel := p.byNode() && !p.refs
	panics := ""
	if p.inAmbient() {
		if panics = diagnose.PanicEntry(p.Policy); panics != "" {
			p.add("AD0206", panics, "the entry is empty: to turn the policy into ambient's form ends istiod")
		}
	}
	for _, f := range diagnose.PolicyFaults(p.Policy, ztunnel) {
		if f.Field != panics {
			p.refused("AD0205", f)
		}
	}
	for _, f := range diagnose.HeaderNameFaults(p.Policy) {
		p.add("AD0404", f.Field, fmt.Sprintf("Envoy takes no header of the name %s, and with it refuses the whole listener", f.What))
	}
	for _, l := range p.lists {
		if l.about != paths || l.part == "when" {
			continue
		}
		for i, v := range l.values {
			if template(v) && !strings.HasPrefix(v, "/") {
				p.addAs(diagnose.SeverityError, "AD0403", at{l.field, i}, fmt.Sprintf("the path template %s does not begin with a slash: Envoy ends itself when it loads it", quoted(v)))
			}
		}
	}
}

// refused reports what the validation would refuse: an error, for it cannot be applied.
func (rep *reporter) refused(code string, f diagnose.Fault) {
	message := f.What
	if f.Effect != "" {
		message += ", so " + f.Effect
	}
	rep.addAs(diagnose.SeverityError, code, at{f.Field, -1}, message)
}

// inAmbient reports whether istiod turns the policy into ztunnel's form.
func (p *policy) inAmbient() bool {
	a := p.Action()
	return p.ambientInSight && !p.refs && !p.DryRun() && (a == authz.ActionAllow || a == authz.ActionDeny)
}

// template reports whether a path is a template and not compared as text.
func template(path string) bool {
	return strings.Contains(path, "{*}") || strings.Contains(path, "{**}")
}

// where is a value of a list.
func (l list) at(i int) at { return at{l.field, i} }

// each calls a function with each value of the lists that are about something.
func (p *policy) each(about string, f func(l list, i int, v string)) {
	for _, l := range p.lists {
		if l.about != about {
			continue
		}
		for i, v := range l.values {
			f(l, i, v)
		}
	}
}

// report adds a finding of the kind's severity at a value.
func (p *policy) report(code string, where at, format string, args ...any) {
	p.addAs(kinds()[code].Severity, code, where, fmt.Sprintf(format, args...))
}

// names reports a policy whose name says the opposite of what it does.
func (p *policy) names() {
	name := strings.ReplaceAll(strings.ToLower(p.Name), "_", "-")
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(name, w) })
	}
	rules := p.Spec.GetRules()
	all := -1
	for i, r := range rules {
		if r != nil && len(r.GetFrom())+len(r.GetTo())+len(r.GetWhen()) == 0 {
			all = i
		}
	}
	switch p.Action() {
	case authz.ActionAllow:
		if len(rules) == 0 && has("allow-all", "allow-any", "allow-every", "allowall", "permit-all") {
			p.add("AD0220", "spec.rules", "an ALLOW policy without rules admits nobody: a rule that says nothing, {}, admits everybody")
		}
		if all >= 0 && has("allow-nothing", "allow-none", "deny-all", "deny-every", "denyall", "block-all", "default-deny") {
			p.report("AD0220", at{fmt.Sprintf("spec.rules[%d]", all), -1}, "a rule that says nothing matches everything, and an ALLOW policy admits what it matches: no rules at all would admit nobody")
		}
	case authz.ActionDeny:
		if all >= 0 && has("allow", "permit") {
			p.report("AD0220", at{fmt.Sprintf("spec.rules[%d]", all), -1}, "a rule that says nothing matches everything, and a DENY policy denies what it matches")
		}
	case authz.ActionUnknown, authz.ActionCustom, authz.ActionAudit:
	}
}
