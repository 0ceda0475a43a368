package netpol

import (
	"cmp"
	"slices"
)

// around are the tiers before and after the NetworkPolicies, and whether one of
// those selects the subject: if so, nothing comes to the tier after them.
type around struct {
	before, after tier
	selected      truth
}

// tiered puts what the NetworkPolicies say, which is r, between the tiers.
func (a ask) tiered(p Policies, policies []policy, r Result) Result {
	admin, baseline, notes := p.tiers(a.direction)
	if len(admin)+len(baseline)+len(notes) == 0 || !a.subject.Pod {
		return r
	}
	t := around{a.through(admin), a.through(baseline), no}
	for _, p := range policies {
		t.selected = max(t.selected, p.selects.truth)
	}
	out := r
	out.Verdict = t.verdict(r.Verdict)
	out.Near = slices.Concat(r.Near, t.lacking())
	if !t.before.next() {
		out.Near, out.Notes = t.lacking(), invalid(policies)
	}
	out.Notes = slices.Concat(out.Notes, notes, t.before.notes, t.after.notes)
	out.Missing = nil
	switch {
	case out.Verdict == Undetermined:
		out.Policy, out.Field, out.Missing = "", "", sorted(t.missing(policies, r))
		out.Why = a.why(out)
	case !t.before.next():
		return a.decided(out, t.before.hit)
	case t.selected == no && !t.after.next():
		return a.decided(out, t.after.hit)
	case t.selected == no && (t.before.selects || t.after.selects):
		out.Why = "allows: no NetworkPolicy selects " + a.subject.String() + " for " + a.way() + ", and no rule of the whole cluster denies " + a.traffic()
	}
	return out
}

// verdict is what may come of all tiers, given what the NetworkPolicies say.
func (t around) verdict(namespaced Verdict) Verdict {
	allow, deny := t.before.allow, t.before.deny
	if t.before.next() && t.selected != no {
		allow, deny = allow || namespaced != Denied, deny || namespaced != Allowed
	}
	if t.before.next() && t.selected != yes {
		allow, deny = allow || t.after.allow || t.after.next(), deny || t.after.deny
	}
	switch {
	case !deny:
		return Allowed
	case !allow:
		return Denied
	}
	return Undetermined
}

// missing lists the facts that could turn the verdict.
func (t around) missing(policies []policy, r Result) []string {
	var out []string
	if !t.before.certain() {
		out = append(out, t.before.missing...)
	}
	if t.before.next() && (t.selected == unknown || r.Verdict == Undetermined) {
		out = append(out, missing(policies)...)
	}
	if t.before.next() && t.selected != yes && !t.after.certain() {
		out = append(out, t.after.missing...)
	}
	return out
}

// lacking lists what the rules lack that would let the connection through, those
// first that lack least, and what the rule would have to do instead that denies it.
func (t around) lacking() []Lack {
	near, hits := slices.Clone(t.before.near), []hit{t.before.hit}
	if t.before.next() && t.selected != yes {
		near, hits = append(near, t.after.near...), append(hits, t.after.hit)
	}
	slices.SortStableFunc(near, func(a, b finding) int { return cmp.Compare(a.need, b.need) })
	var out []Lack
	for _, f := range near {
		out = append(out, f.lacks...)
	}
	for _, h := range hits {
		if h.action == actionDeny {
			out = append(out, Lack{Policy: h.policy, Field: h.field + ".action", Wanted: "another action", Got: actionDeny})
		}
	}
	return out
}

// decided names the rule that decides.
func (a ask) decided(r Result, h hit) Result {
	r.Policy, r.Field, r.Selecting = h.policy, h.field, []string{h.policy}
	r.Why = h.field + " of " + h.policy + " denies " + a.traffic()
	if r.Verdict == Allowed {
		r.Why = "allows: " + h.field + " of " + h.policy + " admits " + a.traffic()
	}
	return r
}
