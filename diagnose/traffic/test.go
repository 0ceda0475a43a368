package traffic

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose"

// test is one TrafficTest document.
type test struct {
	name     string // metadata.name
	document int
	line     int
	cluster  []string // as written: relative to the file
	cases    []testCase
}

// testCase is one question with the answer that must come out.
type testCase struct {
	name           string
	line           int
	source, target string
	request        diagnose.Request
	expect         Expectation
	err            *Problem // what keeps it from being asked
}

// Expectation is what must come out.
type Expectation struct {
	Verdict diagnose.Verdict `json:"verdict"`
	// Reason holds those of its fields that must be as given.
	Reason *ReasonExpectation `json:"reason,omitempty"`
	// Findings are codes that must be among those found.
	Findings []string `json:"findings,omitempty"`
}

// ReasonExpectation is any subset of the fields of a diagnose.Reason. A field that
// is empty, not nil, must be empty.
type ReasonExpectation struct {
	Hop    *string `json:"hop,omitempty"`
	Stage  *string `json:"stage,omitempty"`
	Policy *string `json:"policy,omitempty"`
	Rule   *int    `json:"rule,omitempty"`
}

// stages are the words of reason.stage, in the order in which a hop asks them.
func stages() []string {
	var out []string
	for _, s := range diagnose.Stages() {
		out = append(out, string(s))
	}
	return out
}

// verdicts are the words of expect.
var verdicts = map[string]diagnose.Verdict{
	"Allowed": diagnose.Allowed, "Denied": diagnose.Denied, "Conditional": diagnose.Conditional, "Undetermined": diagnose.Undetermined,
}
