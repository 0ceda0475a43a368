package traffic

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

func pointer[T any](v T) *T { return &v }

// What is written is read as what it was.
func TestWriteAndRead(t *testing.T) {
	all := Test{
		Name: "httpbin", Cluster: []string{"cluster.yaml", "a b: c.yaml"}, Comments: []string{"one line\nnot two\x1b[2J\xff"},
		Cases: []Case{
			{Source: "sleep.foo", Target: "http://httpbin.default:8000/get", Expect: Expectation{Verdict: diagnose.Allowed}},
			{
				Name: "yes", Source: "ip/10.0.0.1", Target: "tcp://redis:6379",
				Request: diagnose.Request{
					Method: "GET", Host: "1.2", SourceIP: "2001:db8::1", SNI: "null", Exact: true,
					Headers: map[string][]string{"x-a": {"1", "true", ""}, "x-b": {}, "x-c": {"0x1f: [#"}},
					Claims:  map[string]any{"exp": 1764158400.0, "half": 0.5, "~": "~", "n": nil, "groups": []any{"a", 2.0, map[string]any{"no": false}}},
				},
				Expect: Expectation{
					Verdict: diagnose.Denied, Findings: []string{"AD0101", "AD0102"},
					Reason: &ReasonExpectation{Hop: pointer("a/b"), Stage: pointer("ALLOW"), Policy: pointer(""), Rule: pointer(0)},
				},
			},
			{Name: "no claims", Source: "a", Target: "b:80", Request: diagnose.Request{Claims: map[string]any{}}, Expect: Expectation{Verdict: diagnose.Undetermined}},
		},
	}
	var b strings.Builder
	if err := Write(&b, all); err != nil {
		t.Fatal(err)
	}
	tests, own, problems := parse(input{path: "x.yaml", text: []byte(b.String())})
	if len(problems) > 0 || own || len(tests) != 1 {
		t.Fatalf("%v, %v, %d tests\n%s", problems, own, len(tests), b.String())
	}
	got := Test{Name: tests[0].name, Cluster: tests[0].cluster, Comments: all.Comments}
	for i, c := range tests[0].cases {
		if c.err != nil {
			t.Fatalf("%v\n%s", c.err, b.String())
		}
		if all.Cases[i].Name == "" {
			c.name = "" // what has none is named when it is read
		}
		got.Cases = append(got.Cases, Case{c.name, c.source, c.target, c.request, c.expect})
	}
	if diff := cmp.Diff(all, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-written +read):\n%s\n%s", diff, b.String())
	}
	if got.Cases[2].Request.Claims == nil || got.Cases[0].Request.Claims != nil {
		t.Error("a token without claims is none, or none is one")
	}
}

// A raw token is not written, nor is what could not be read again.
func TestWriteNot(t *testing.T) {
	var b strings.Builder
	merge := Case{Source: "a", Target: "b:80", Request: diagnose.Request{Claims: map[string]any{"<<": 1.0}}}
	if err := Write(&b, Test{Cases: []Case{merge}}); err == nil || b.Len() > 0 {
		t.Errorf("%v, %s", err, b.String())
	}
	c := Case{Name: "x", Source: "a", Target: "b:80", Request: diagnose.Request{Token: "s3cret"}}
	if err := Write(&b, Test{Cases: []Case{c}}); err == nil || strings.Contains(err.Error()+b.String(), "s3cret") {
		t.Errorf("%v, %s", err, b.String())
	}
}

// What a Diagnosis says is what a run then finds.
func TestExpected(t *testing.T) {
	d := &diagnose.Diagnosis{}
	if got := Expected(d, true); got.Reason != nil || got.Findings != nil || got.Verdict != diagnose.Undetermined {
		t.Errorf("of nothing: %+v", got)
	}
	d.Status = diagnose.Status{
		Verdict: diagnose.Denied, Findings: []diagnose.Finding{{Code: "AD0101"}, {Code: "AD0102"}, {Code: "AD0101"}},
		Answers: []diagnose.Answer{
			{Verdict: diagnose.Allowed, Reason: diagnose.Reason{Hop: "a/x", Stage: diagnose.StageAllow}},
			{Verdict: diagnose.Denied, Reason: diagnose.Reason{Hop: "a/y", Stage: diagnose.StageDeny, Policy: "a/p", Rule: pointer(1)}},
		},
	}
	want := Expectation{
		Verdict: diagnose.Denied, Findings: []string{"AD0101", "AD0102"},
		Reason: &ReasonExpectation{Hop: pointer("a/y"), Stage: pointer("DENY"), Policy: pointer("a/p"), Rule: pointer(1)},
	}
	if diff := cmp.Diff(want, Expected(d, true)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want.Reason.Hop = nil
	if diff := cmp.Diff(want, Expected(d, false)); diff != "" {
		t.Errorf("without hops (-want +got):\n%s", diff)
	}
	c := CaseResult{Expected: pointer(Expected(d, true))}
	if c.compare(d); c.Outcome != Passed {
		t.Errorf("%+v", c.Differences)
	}
}

// A question whose path is open stays one: the target is no URL then, and the Host that it
// implied is said.
func TestCaseOfOpenPath(t *testing.T) {
	c, _ := CaseOf(diagnose.Question{Source: "a.x", Target: "http://b.y:8000", AnyPath: true})
	if c.Target != "b.y:8000" || c.Request.Host != "b.y:8000" {
		t.Errorf("target %q, host %q", c.Target, c.Request.Host)
	}
	c, _ = CaseOf(diagnose.Question{Source: "a.x", Target: "http://b.y", AnyPath: true, Request: diagnose.Request{Host: "h"}})
	if c.Target != "b.y:80" || c.Request.Host != "h" {
		t.Errorf("target %q, host %q", c.Target, c.Request.Host)
	}
}
