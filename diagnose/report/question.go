package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// question tells how the question was understood.
func (t *text) question(d *diagnose.Diagnosis) {
	t.heading(2, "The question")
	for _, f := range questionFacts(d) {
		t.fact(4, f.Name, f.Words)
	}
}

// questionFacts is the question as it was understood, without the token, which is a
// secret.
func questionFacts(d *diagnose.Diagnosis) []Fact {
	q := d.Spec
	all := []Fact{{"source", q.Source}, {"target", q.Target}, {"namespace", q.Namespace}}
	all = append(all, requestFacts(q.Request)...)
	return facts(append(all, Fact{"form", join(" ", d.APIVersion, d.Kind)})...)
}

func requestFacts(r diagnose.Request) []Fact {
	out := []Fact{{"method", r.Method}, {"path", r.Path}, {"host", r.Host}}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		var vs []string
		for _, v := range r.Headers[name] {
			vs = append(vs, value(v))
		}
		out = append(out, Fact{"header", name + ": " + strings.Join(vs, ", ")})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Claims)) {
		out = append(out, Fact{"claim", name + ": " + claim(r.Claims[name])})
	}
	out = append(out, Fact{"source IP", r.SourceIP}, Fact{"SNI", r.SNI})
	if r.Exact {
		out = append(out, Fact{"exact", "the request holds nothing else"})
	}
	return out
}

// claim is the value of a claim as JSON, which has one form for equal values.
func claim(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
