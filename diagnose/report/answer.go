package report

import (
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// only tells the one answer; what the status has already said is not repeated.
func (t *text) only(a diagnose.Answer, s diagnose.Status) {
	if a.Verdict != s.Verdict {
		t.title(2, a.Verdict, "")
	}
	if a.Summary != s.Summary {
		t.para(2, a.Summary)
	}
	if a.Symptom != s.Symptom {
		t.symptom(2, a.Symptom)
	}
	t.chain(2, viewChain(a.Chain))
	t.parties(2, a)
	t.way(2, a)
}

// several tells answers that differ, each headed by whose it is.
func (t *text) several(all []diagnose.Answer) {
	for _, a := range all {
		t.blank()
		t.title(2, a.Verdict, whose(a, all, t.shown()))
		t.para(4, a.Summary)
		t.symptom(4, a.Symptom)
		t.chain(4, viewChain(a.Chain))
		if t.wide {
			t.parties(4, a)
		}
		t.way(4, a)
	}
}

// shown is how many names of a list appear.
func (t *text) shown() int {
	if t.wide {
		return -1
	}
	return 3
}

// parties names those whom the answer is for. The title has already named one
// source and one endpoint.
func (t *text) parties(indent int, a diagnose.Answer) {
	if t.wide {
		t.allParties(indent, a)
		return
	}
	if n := len(a.Sources); n > 1 {
		t.para(indent, count(n, "source", "sources")+": "+names(a.Sources, t.shown()))
	}
	if n := len(a.Destinations); n > 1 {
		t.para(indent, count(n, "endpoint", "endpoints")+": "+names(endpoints(a.Destinations), t.shown()))
	}
}

func (t *text) allParties(indent int, a diagnose.Answer) {
	t.blank()
	for _, s := range a.Sources {
		t.fact(indent, "source", s)
	}
	for _, d := range a.Destinations {
		t.fact(indent, "endpoint", endpointWords(d))
	}
	t.fact(indent, "decided by", reasonWords(a.Reason))
}

// fact writes a datum beside its name; nothing if there is none.
func (t *text) fact(indent int, name, s string) {
	if s != "" {
		t.item(indent, []cell{{text: name, width: 12}}, s, "")
	}
}

// way tells the conditions and the hops of an answer.
func (t *text) way(indent int, a diagnose.Answer) {
	if given := givenWords(a.Given, t.full); given != "" {
		t.para(indent, "This is if "+given+".")
	}
	if share := shareWords(a.Share); share != "" {
		t.para(indent, share+" of the requests take this way.")
	}
	t.conditions(indent, conditionViews(a.Conditions, t.full))
	if len(a.Hops) > 0 {
		t.blank()
		t.hops(indent, a.Hops)
	}
	if len(a.Missing) > 0 && (t.wide || indent > 2) {
		t.heading(indent, "Not known here")
		for _, m := range a.Missing {
			t.item(indent+2, []cell{{text: "-", width: 2}}, m, "")
		}
	}
}

func reasonWords(r diagnose.Reason) string {
	var out []string
	add := func(name, s string) {
		if s != "" {
			out = append(out, strings.TrimSpace(name+" "+s))
		}
	}
	add("", r.Hop)
	add("", string(r.Stage))
	add("policy", r.Policy)
	if r.Rule != nil {
		add("rule", strconv.Itoa(*r.Rule))
	}
	add("", r.Field)
	return strings.Join(out, ", ")
}
