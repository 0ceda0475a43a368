package report

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// walk tells everything of a stage: every policy, rule and field.
func (t *text) walk(indent int, st diagnose.Stage) {
	for i, n := range st.Near {
		if i == 0 {
			t.para(indent, "nearest to a match, the rule that lacks least first")
		}
		t.near(indent+gap, n, st.Policies)
	}
	for _, p := range st.Policies {
		t.policy(indent, p)
	}
	if st.NetworkPolicies != nil {
		t.networkPolicies(indent, *st.NetworkPolicies, st.Says)
	}
}

// near names what a rule lacks, and tells what its trace does not tell.
func (t *text) near(indent int, n authz.NearMiss, policies []authz.PolicyTrace) {
	var names []string
	var untold []authz.FieldTrace
	for _, f := range n.Lacks {
		names = append(names, fieldName(f))
		if !traced(n, f, policies) {
			untold = append(untold, f)
		}
	}
	rule := n.Policy.String() + "  " + ruleField(n.Rule)
	t.item(indent, []cell{{text: "-", width: gap}}, rule+"  lacks "+strings.Join(names, ", "), "")
	t.fields(indent+gap, untold)
}

// traced reports whether the rule's trace holds f as it is.
func traced(n authz.NearMiss, f authz.FieldTrace, policies []authz.PolicyTrace) bool {
	for _, p := range policies {
		for _, r := range p.Rules {
			if p.Policy == n.Policy && r.Index == n.Rule && slices.ContainsFunc(r.Fields, func(g authz.FieldTrace) bool { return reflect.DeepEqual(f, g) }) {
				return true
			}
		}
	}
	return false
}

func (t *text) policy(indent int, p authz.PolicyTrace) {
	facts := []string{p.Action.String(), "matches: " + p.Matches.String()}
	if p.Provider != "" {
		facts = append(facts, "external authorizer "+p.Provider)
	}
	if p.DryRun {
		facts = append(facts, "dry run: not enforced")
	}
	if len(p.Rules) == 0 {
		facts = append(facts, "no rules")
	}
	t.item(indent, nil, p.Policy.String()+"  "+strings.Join(facts, ", "), "")
	t.remarks(indent+gap, "note: ", p.Notes...)
	for _, r := range p.Rules {
		t.item(indent+gap, nil, ruleField(r.Index)+"  matches: "+r.Matches.String(), "")
		if r.Dropped != "" {
			t.remarks(indent+2*gap, "dropped: ", r.Dropped)
		}
		t.remarks(indent+2*gap, "note: ", r.Notes...)
		if len(r.Fields) == 0 && r.Dropped == "" {
			t.para(indent+2*gap, "no fields: every request")
		}
		t.fields(indent+2*gap, r.Fields)
	}
}

// fields tells each field with its truth first.
func (t *text) fields(indent int, fs []authz.FieldTrace) {
	const truth = len("depends") + gap
	for _, f := range fs {
		t.clause(indent, truth, f.Matches.String(), clause{field: fieldName(f), wanted: wanted(f, -1), got: got(f)})
		if f.Ignored != "" {
			t.remarks(indent+truth+gap, "ignored: ", f.Ignored)
		}
		if f.Slip != "" {
			t.remarks(indent+truth+gap, "likely a slip: ", f.Slip)
		}
	}
}

// clause writes one clause on one line if it fits, else on three.
func (t *text) clause(indent, col int, lead string, c clause) {
	head := []cell{{text: lead, width: col}}
	s := join("  ", c.policy, c.field)
	one := s + "  wanted " + c.wanted + "  got " + c.got
	if indent+col+t.columns(one) <= t.width {
		t.item(indent, head, one, "")
		return
	}
	t.item(indent, head, s, "")
	t.item(indent+col+gap, []cell{{text: "wanted", width: 8}}, c.wanted, "")
	t.item(indent+col+gap, []cell{{text: "got", width: 8}}, c.got, "")
}

// remarks writes each remark on lines of its own.
func (t *text) remarks(indent int, kind string, all ...string) {
	for _, s := range all {
		t.item(indent, []cell{{text: strings.TrimSpace(kind), width: len(kind)}}, s, "")
	}
}

// networkPolicies tells what the policies of one end say, beyond what the line
// of the stage says.
func (t *text) networkPolicies(indent int, r netpol.Result, says string) {
	why := ": " + r.Why
	if r.Why == says {
		why = ""
	}
	t.item(indent, nil, fmt.Sprintf("%s %s%s", strings.ToLower(string(r.Direction)), r.Verdict, why), "")
	t.remarks(indent+gap, "selected by ", r.Selecting...)
	if r.Policy != "" || r.Field != "" {
		t.remarks(indent+gap, "admitted by ", join("  ", r.Policy, r.Field))
	}
	for _, l := range r.Near {
		lead := "lacks"
		if l.Unknown {
			lead = "unknown"
		}
		t.clause(indent+gap, len("unknown")+gap, lead, lacking([]netpol.Lack{l})[0][0])
	}
	t.remarks(indent+gap, "missing: ", r.Missing...)
	t.remarks(indent+gap, "note: ", r.Notes...)
}
