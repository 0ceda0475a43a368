package report

import (
	"fmt"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// clause is one condition of a rule beside what the request offers it, or, with
// says, a remark on the rule or its policy.
type clause struct {
	policy, field string
	wanted, got   string
	says          string
	below         []string // remarks on lines of their own
}

// group is the clauses of one rule.
type group []clause

// maxReasons is how many rules the short form shows.
const maxReasons = 3

// reasons tells, in the short form, the rules that matter to a stage that does
// not allow.
func (t *text) reasons(indent int, st diagnose.Stage) {
	gs, more := telling(st)
	t.clauses(indent, gs)
	if more != "" {
		t.para(indent, more+" (--explain shows all)")
	}
}

// telling are the rules that matter to a stage that does not allow, the most telling
// first, and how many more there are, in words.
func telling(st diagnose.Stage) (gs []group, more string) {
	gs, noun := matching(st.Policies), "rule"
	if st.Name == diagnose.StageAllow {
		gs = slices.Concat(nearest(st.Near), matching(st.Policies), odd(st.Policies))
	}
	if st.NetworkPolicies != nil {
		gs, noun = append(gs, lacking(st.NetworkPolicies.Near)...), "condition"
	}
	if n := len(gs) - maxReasons; n > 1 { // of one, the line would take as much room as the rule
		return gs[:maxReasons], fmt.Sprintf("and %d more %ss", n, noun)
	}
	return gs, ""
}

// nearest are the rules that lack least.
func nearest(near []authz.NearMiss) []group {
	var out []group
	for _, n := range near {
		var g group
		for _, f := range n.Lacks {
			g = append(g, fieldClause(n.Policy, f))
		}
		if len(g) == 0 {
			g = group{{policy: n.Policy.String(), field: ruleField(n.Rule), says: "does not match"}}
		}
		out = append(out, g)
	}
	return out
}

// matching are the rules that match or may match, with the fields that do.
func matching(policies []authz.PolicyTrace) []group {
	var out []group
	for _, p := range policies {
		if p.DryRun {
			continue
		}
		for _, r := range p.Rules {
			if r.Matches == authz.False || r.Dropped != "" {
				continue
			}
			out = append(out, matchingRule(p, r))
		}
	}
	return out
}

func matchingRule(p authz.PolicyTrace, r authz.RuleTrace) group {
	var g group
	for _, f := range r.Fields {
		if f.Matches != authz.False {
			g = append(g, fieldClause(p.Policy, f))
		}
	}
	if len(g) == 0 {
		g = group{{policy: p.Policy.String(), field: ruleField(r.Index), says: "matches every request"}}
	}
	if p.Provider != "" {
		g[len(g)-1].below = append(g[len(g)-1].below, "asks the external authorizer "+p.Provider)
	}
	return g
}

// odd are ALLOW policies and rules that cannot admit anybody, and why.
func odd(policies []authz.PolicyTrace) []group {
	var out []group
	for _, p := range policies {
		name := p.Policy.String()
		switch {
		case p.DryRun && p.Matches != authz.False:
			out = append(out, group{{policy: name, says: "dry run: would match, is not enforced"}})
		case p.DryRun:
			continue
		case len(p.Rules) == 0:
			out = append(out, group{{policy: name, says: "has no rules: admits nobody"}})
		}
		for _, r := range p.Rules {
			if r.Dropped != "" {
				out = append(out, group{{policy: name, field: ruleField(r.Index), says: "dropped: " + r.Dropped}})
			}
		}
	}
	return out
}

// lacking are the conditions of NetworkPolicies that do not hold.
func lacking(near []netpol.Lack) []group {
	var out []group
	for _, l := range near {
		out = append(out, group{{policy: l.Policy, field: l.Field, wanted: value(l.Wanted), got: value(l.Got)}})
	}
	return out
}

func ruleField(index int) string { return fmt.Sprintf("spec.rules[%d]", index) }
