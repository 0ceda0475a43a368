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

// StageView is one step of a hop.
type StageView struct {
	Look
	Name, Says    string
	Repeats       bool   // it says no more than its hop does
	Policy, Field string // the setting that decides a stage without rules
	Notes         []string
	Reasons       []ReasonView // of a stage that does not allow: what matters, the most telling first
	More          string       // how many more there are
	Near          []NearView   // the rule that lacks least first
	Policies      []PolicyView
	Network       *NetworkView
}

// ReasonView is one condition of a rule beside what the request offers it, or, with
// Says, a remark on the rule or its policy.
type ReasonView struct {
	Policy, Field, Wanted, Got, Says string
	Remarks                          []string
}

// NearView is a rule that nearly matched.
type NearView struct {
	Rule, Lacks string
	Fields      []FieldView // what it lacks, where its policy does not tell
}

// PolicyView is what came of a policy.
type PolicyView struct {
	Name    string
	Facts   []string // ALLOW, matches: no
	Remarks []Remark
	Rules   []RuleView
}

// RuleView is what came of a rule.
type RuleView struct {
	Name    string // spec.rules[0]
	Matches string
	Remarks []Remark
	Every   bool // it has no fields, so it matches every request
	Fields  []FieldView
}

// FieldView is what a field wanted and what it got.
type FieldView struct {
	Lead               string // yes, no, depends, unknown; lacks
	Field, Wanted, Got string
	Remarks            []Remark
}

// NetworkView is what the NetworkPolicies of one end say.
type NetworkView struct {
	Says    string
	Chosen  []Remark // what selects it and what admits it
	Near    []FieldView
	Remarks []Remark
}

func viewStage(st diagnose.Stage) StageView {
	v := StageView{Look: viewLook(st.Verdict), Name: string(st.Name), Says: st.Says, Policy: st.Policy, Field: st.Field, Notes: st.Notes}
	if st.Verdict != diagnose.Allowed {
		gs, more := telling(st)
		for _, c := range slices.Concat(gs...) {
			v.Reasons = append(v.Reasons, ReasonView{c.policy, c.field, c.wanted, c.got, c.says, c.below})
		}
		v.More = more
	}
	for _, n := range st.Near {
		v.Near = append(v.Near, viewNear(n, st.Policies))
	}
	for _, p := range st.Policies {
		v.Policies = append(v.Policies, viewPolicy(p))
	}
	if st.NetworkPolicies != nil {
		n := viewNetwork(*st.NetworkPolicies, st.Says)
		v.Network = &n
	}
	return v
}

// viewNear names what a rule lacks, and tells what its trace does not tell.
func viewNear(n authz.NearMiss, policies []authz.PolicyTrace) NearView {
	var names []string
	var untold []authz.FieldTrace
	for _, f := range n.Lacks {
		names = append(names, fieldName(f))
		if !traced(n, f, policies) {
			untold = append(untold, f)
		}
	}
	return NearView{Rule: n.Policy.String() + "  " + ruleField(n.Rule), Lacks: strings.Join(names, ", "), Fields: viewFields(untold)}
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

func viewPolicy(p authz.PolicyTrace) PolicyView {
	v := PolicyView{Name: p.Policy.String(), Facts: []string{p.Action.String(), "matches: " + p.Matches.String()}, Remarks: remarks("note", p.Notes...)}
	if p.Provider != "" {
		v.Facts = append(v.Facts, "external authorizer "+p.Provider)
	}
	if p.DryRun {
		v.Facts = append(v.Facts, "dry run: not enforced")
	}
	if len(p.Rules) == 0 {
		v.Facts = append(v.Facts, "no rules")
	}
	for _, r := range p.Rules {
		rule := RuleView{Name: ruleField(r.Index), Matches: r.Matches.String(), Every: len(r.Fields) == 0 && r.Dropped == "", Fields: viewFields(r.Fields)}
		if r.Dropped != "" {
			rule.Remarks = remarks("dropped", r.Dropped)
		}
		rule.Remarks = append(rule.Remarks, remarks("note", r.Notes...)...)
		v.Rules = append(v.Rules, rule)
	}
	return v
}

func viewFields(all []authz.FieldTrace) []FieldView {
	var out []FieldView
	for _, f := range all {
		v := FieldView{Lead: f.Matches.String(), Field: fieldName(f), Wanted: wanted(f, -1), Got: got(f)}
		if f.Ignored != "" {
			v.Remarks = remarks("ignored", f.Ignored)
		}
		if f.Slip != "" {
			v.Remarks = append(v.Remarks, Remark{"likely a slip", f.Slip})
		}
		if f.Never != "" && f.Never != f.Slip {
			v.Remarks = append(v.Remarks, Remark{"never", f.Never})
		}
		out = append(out, v)
	}
	return out
}

// viewNetwork tells what the policies of one end say, beyond what the line of the
// stage says.
func viewNetwork(r netpol.Result, says string) NetworkView {
	v := NetworkView{
		Says: fmt.Sprintf("%s %s", strings.ToLower(string(r.Direction)), r.Verdict), Chosen: remarks("selected by", r.Selecting...),
		Remarks: append(remarks("missing", r.Missing...), remarks("note", r.Notes...)...),
	}
	if r.Why != says {
		v.Says += ": " + r.Why
	}
	if r.Policy != "" || r.Field != "" {
		v.Chosen = append(v.Chosen, Remark{"admitted by", join("  ", r.Policy, r.Field)})
	}
	for _, l := range r.Near {
		f := FieldView{Lead: "lacks", Field: join("  ", l.Policy, l.Field), Wanted: value(l.Wanted), Got: value(l.Got)}
		if l.Unknown {
			f.Lead = "unknown"
		}
		v.Near = append(v.Near, f)
	}
	return v
}

func remarks(kind string, all ...string) []Remark {
	var out []Remark
	for _, s := range all {
		out = append(out, Remark{kind, s})
	}
	return out
}
