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
	q := d.Spec
	t.fact(4, "source", q.Source)
	t.fact(4, "target", q.Target)
	t.fact(4, "namespace", q.Namespace)
	t.request(q.Request)
	t.fact(4, "form", join(" ", d.APIVersion, d.Kind))
}

func (t *text) request(r diagnose.Request) {
	t.fact(4, "method", r.Method)
	t.fact(4, "path", r.Path)
	t.fact(4, "host", r.Host)
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		var vs []string
		for _, v := range r.Headers[name] {
			vs = append(vs, value(v))
		}
		t.fact(4, "header", name+": "+strings.Join(vs, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Claims)) {
		t.fact(4, "claim", name+": "+claim(r.Claims[name]))
	}
	t.fact(4, "source IP", r.SourceIP)
	t.fact(4, "SNI", r.SNI)
	if r.Exact {
		t.fact(4, "exact", "the request holds nothing else")
	}
}

// claim is the value of a claim as JSON, which has one form for equal values.
func claim(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
