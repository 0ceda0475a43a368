package traffic

import (
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// compare puts what came out beside what was expected.
func (c *CaseResult) compare(d *diagnose.Diagnosis) {
	c.Got = &Answer{Verdict: d.Status.Verdict, Summary: d.Status.Summary}
	for _, f := range d.Status.Findings {
		c.Got.Findings = append(c.Got.Findings, f.Code)
	}
	var closest []Difference
	for i, a := range carriers(d) {
		differences := c.Expected.Reason.differences(a)
		if i == 0 || len(differences) < len(closest) {
			closest, c.Got.Reason = differences, a.Reason
		}
	}
	if d.Status.Verdict != c.Expected.Verdict {
		c.Differences = []Difference{{"verdict", c.Expected.Verdict.String(), d.Status.Verdict.String()}}
	} else {
		c.Differences = slices.Concat(closest, c.Expected.missing(c.Got.Findings))
	}
	c.Outcome = Passed
	if len(c.Differences) > 0 {
		c.Outcome = Failed
	}
}

// carriers are the answers that carry the verdict. There is always one: where no
// way was found its reason is empty.
func carriers(d *diagnose.Diagnosis) []diagnose.Answer {
	var out []diagnose.Answer
	for _, a := range d.Status.Answers {
		if a.Verdict == d.Status.Verdict {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		out = []diagnose.Answer{{Verdict: d.Status.Verdict}}
	}
	return out
}

// differences compares the fields that are given.
func (r *ReasonExpectation) differences(a diagnose.Answer) []Difference {
	if r == nil {
		return nil
	}
	var out []Difference
	differ := func(field string, want *string, got string) {
		if want != nil && *want != got {
			out = append(out, Difference{field, orNone(*want), orNone(got)})
		}
	}
	if r.Hop == nil || !standsFor(a, *r.Hop) {
		differ("reason.hop", r.Hop, a.Reason.Hop)
	}
	differ("reason.stage", r.Stage, string(a.Reason.Stage))
	differ("reason.policy", r.Policy, a.Reason.Policy)
	if r.Rule != nil {
		want, got := strconv.Itoa(*r.Rule), ""
		if a.Reason.Rule != nil {
			got = strconv.Itoa(*a.Reason.Rule)
		}
		differ("reason.rule", &want, got)
	}
	return out
}

// standsFor says whether the answer is that of the hop too: it is that of several
// destinations that answer alike, and its reason names one of them.
func standsFor(a diagnose.Answer, hop string) bool {
	is := func(name string) bool {
		return slices.ContainsFunc(a.Destinations, func(d diagnose.Destination) bool { return d.Namespace+"/"+d.Name == name })
	}
	return is(hop) && is(a.Reason.Hop)
}

// missing returns the codes that were not found.
func (e *Expectation) missing(found []string) []Difference {
	var out []Difference
	for _, code := range e.Findings {
		if !slices.Contains(found, code) {
			out = append(out, Difference{"findings", code, orNone(strings.Join(found, " "))})
		}
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
