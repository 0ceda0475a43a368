package netpol

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// Verdict is what the policies of one end do. Its zero value is the careful one.
type Verdict int

const (
	Undetermined Verdict = iota // a fact is missing that could turn the answer
	Allowed
	Denied
)

// String returns the verdict in a word.
func (v Verdict) String() string {
	switch v {
	case Undetermined:
		return "undetermined"
	case Allowed:
		return "allowed"
	case Denied:
		return "denied"
	}
	return "?"
}

// MarshalText makes a Verdict readable in JSON and YAML, in the published case.
func (v Verdict) MarshalText() ([]byte, error) {
	s := v.String()
	return []byte(strings.ToUpper(s[:1]) + s[1:]), nil
}

// Direction tells which end's policies are asked.
type Direction = networkingv1.PolicyType

// Result is the answer of one end. All lists are in a stable order.
type Result struct {
	Verdict   Verdict   `json:"verdict"`
	Direction Direction `json:"direction"`
	Selecting []string  `json:"selecting,omitempty"` // the NetworkPolicies that select the subject, namespace/name, sorted; or the one of a tier that decides
	Policy    string    `json:"policy,omitempty"`    // the policy that admits the connection, or of a tier that denies it; empty if none does or none selects
	Field     string    `json:"field,omitempty"`     // its rule, spec.ingress[0]
	Why       string    `json:"why"`                 // one sentence
	Near      []Lack    `json:"near,omitempty"`      // what the rules that do not admit it lack; the rule that lacks least first
	Missing   []string  `json:"missing,omitempty"`   // the facts that would settle an Undetermined verdict, sorted
	Notes     []string  `json:"notes,omitempty"`     // what is invalid in the policies, and on what plugins disagree
}

// Lack is one thing that keeps a rule from admitting the connection. Lacks of
// sibling peers or ports (from[0], from[1]) are alternatives; the others add up.
type Lack struct {
	Policy  string `json:"policy"` // namespace/name, or AdminNetworkPolicy name
	Field   string `json:"field"`  // spec.ingress[0].from[1].podSelector
	Wanted  string `json:"wanted"`
	Got     string `json:"got"`
	Unknown bool   `json:"unknown,omitempty"` // not known to be lacking: Result.Missing names the fact
}
