package authz

// Explanation is a [Decision] with everything that led to it. All lists are in
// a stable order.
type Explanation struct {
	Decision
	// Report is what the proxy says of a denial, in its own words: what to search
	// its log for. Empty if the request is allowed or the verdict is not certain.
	Report string `json:"report,omitempty"`
	// Offload is what Kmesh's XDP program does by itself; of other dialects nothing.
	Offload Offload `json:"offload,omitzero"`
	// Policies are those that attach, in the order of the stages, then by
	// namespace and name.
	Policies []PolicyTrace `json:"policies,omitempty"`
	// Skipped are the policies given that do not attach, and why.
	Skipped []Skipped `json:"skipped,omitempty"`
	// Conditions tell, for Conditional, when the request is allowed or denied:
	// each suffices for its verdict, and what none covers has the other one.
	Conditions []Condition `json:"conditions,omitempty"`
	// Missing are, for Undetermined, the facts that would settle it.
	Missing []string `json:"missing,omitempty"`
	// Near are the rules that could have allowed a request which was denied for
	// want of a matching ALLOW rule, the one that lacks least first.
	Near []NearMiss `json:"near,omitempty"`
	// Notes are what the reader should know beside the answer.
	Notes []string `json:"notes,omitempty"`
}

// PolicyTrace is what came of one attached policy.
type PolicyTrace struct {
	Policy   Ref         `json:"policy"`
	Action   Action      `json:"action"`
	DryRun   bool        `json:"dryRun,omitempty"`
	Provider string      `json:"provider,omitempty"` // CUSTOM only
	Matches  Truth       `json:"matches"`
	Rules    []RuleTrace `json:"rules,omitempty"`
	Notes    []string    `json:"notes,omitempty"`
}

// RuleTrace is what came of one rule.
type RuleTrace struct {
	Index   int   `json:"index"`
	Matches Truth `json:"matches"`
	// Dropped tells why the data plane does not have the rule at all.
	Dropped string       `json:"dropped,omitempty"`
	Notes   []string     `json:"notes,omitempty"`
	Fields  []FieldTrace `json:"fields,omitempty"`
}

// FieldTrace is what came of one list of values.
type FieldTrace struct {
	// Field is the path in the object: spec.rules[0].from[1].source.principals.
	Field   string   `json:"field"`
	Key     string   `json:"key,omitempty"`     // of a when clause: the condition's key
	Wanted  []string `json:"wanted,omitempty"`  // the configured values
	Not     bool     `json:"not,omitempty"`     // the list is a not… form
	Got     string   `json:"got,omitempty"`     // the request's value, "none" or "not given"
	Matches Truth    `json:"matches"`           // with the negation applied
	Ignored string   `json:"ignored,omitempty"` // why it counts for nothing here
	Slip    string   `json:"slip,omitempty"`    // the likely mistake, where one is seen
	Never   string   `json:"never,omitempty"`   // Kmesh: why no value matches any of those wanted
}

// NearMiss is an ALLOW rule that did not match, and what it lacks.
type NearMiss struct {
	Policy Ref          `json:"policy"`
	Rule   int          `json:"rule"`
	Lacks  []FieldTrace `json:"lacks"`
}

// Condition is one alternative: if all of All hold, the verdict is Verdict.
type Condition struct {
	All     []Atom  `json:"all"`
	Verdict Verdict `json:"verdict"`
}

// Atom is a condition on one attribute.
type Atom struct {
	Attribute string   `json:"attribute"` // method, path, header x-team
	Not       bool     `json:"not,omitempty"`
	OneOf     []string `json:"oneOf"` // as the policies write them
	Words     string   `json:"words"` // "header x-team is one of a, b"
}

// Words tells the conditions in a sentence: "allowed if method is GET;
// otherwise denied". Empty if there are none.
func (e Explanation) Words() string { return conditionWords(e.Conditions) }

// Words tells what must hold: "method is GET and path is /get".
func (c Condition) Words() string {
	if len(c.All) == 0 {
		return "every request"
	}
	return allWords(c.All)
}

// Offload is what Kmesh's XDP program does, before the daemon is asked.
type Offload struct {
	Drops Truth `json:"drops"`
	// Policy is the policy because of which it drops for certain; of several that it
	// has, the first. Rule is -1 where it misses a match in an ALLOW policy.
	Policy Ref `json:"policy,omitzero"`
	Rule   int `json:"rule"`
	// Words tell what the program leaves out of the policy.
	Words string `json:"words,omitempty"`
}
