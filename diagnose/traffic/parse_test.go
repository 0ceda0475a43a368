package traffic

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

const head = "apiVersion: authz-doctor.dev/v1alpha1\nkind: TrafficTest\n"

// oneCase is a file with one case, which begins on line 5.
func oneCase(rest string) string {
	return head + "spec:\n  cases:\n  - {name: a, source: sleep.foo, target: 'http://httpbin', " + rest + "}\n"
}

func parsed(t *testing.T, text string) []test {
	t.Helper()
	tests, _, problems := parse(input{path: "f.yaml", text: []byte(text), named: true})
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	return tests
}

func TestRequest(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln"
	const spec = "spec:\n  defaults: {request: {method: GET, exact: true, headers: {X-A: '1', x-b: '2'}, claims: {iss: a, realm: {roles: [x], age: 3}}}}\n" +
		"  cases:\n  - {source: s, target: t, expect: Denied, request: "
	base := diagnose.Request{
		Method: "GET", Exact: true, Headers: map[string][]string{"x-a": {"1"}, "x-b": {"2"}},
		Claims: map[string]any{"iss": "a", "realm": map[string]any{"roles": []any{"x"}, "age": 3.0}},
	}
	with := func(change func(*diagnose.Request)) diagnose.Request {
		r := base
		change(&r)
		return r
	}
	for given, want := range map[string]diagnose.Request{
		"{}":                           base,
		"{method: POST, exact: false}": with(func(r *diagnose.Request) { r.Method, r.Exact = "POST", false }),
		"{host: 'h:8000', sourceIP: '2001:db8::1', sni: h}": with(func(r *diagnose.Request) {
			r.Host, r.SourceIP, r.SNI = "h:8000", "2001:db8::1", "h"
		}),
		"{headers: {x-A: ['3', four], x-b: null, x-c: []}}": with(func(r *diagnose.Request) {
			r.Headers = map[string][]string{"x-a": {"3", "four"}, "x-c": {}}
		}),
		"{headers: {Host: h}}": with(func(r *diagnose.Request) { r.Host = "h" }),
		"{claims: {sub: b, realm: {age: 4}}}": with(func(r *diagnose.Request) {
			r.Claims = map[string]any{"iss": "a", "sub": "b", "realm": map[string]any{"roles": []any{"x"}, "age": 4.0}}
		}),
		"{token: " + token + "}": with(func(r *diagnose.Request) { r.Claims, r.Token = nil, token }),
	} {
		got := parsed(t, head+spec+given+"}\n")[0].cases[0]
		if got.err != nil {
			t.Errorf("%s: %v", given, got.err)
		}
		if diff := cmp.Diff(want, got.request); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", given, diff)
		}
	}
}

func TestTokenOfHeader(t *testing.T) {
	got := parsed(t, oneCase("expect: Denied, request: {headers: {Authorization: Bearer a.b.c}}"))[0].cases[0].request
	if got.Token != "a.b.c" {
		t.Errorf("token %q", got.Token)
	}
	got = parsed(t, oneCase("expect: Denied, request: {headers: {authorization: Basic a.b.c}}"))[0].cases[0].request
	if got.Token != "" {
		t.Errorf("token %q", got.Token)
	}
}

func TestExpectation(t *testing.T) {
	got := parsed(t, oneCase("expect: Conditional, reason: {hop: a/b, stage: mTLS, policy: '', rule: 0}, findings: [AD0101]"))[0].cases[0].expect
	hop, stage, policy, rule := "a/b", "mTLS", "", 0
	want := Expectation{
		Verdict: diagnose.Conditional, Findings: []string{"AD0101"},
		Reason: &ReasonExpectation{Hop: &hop, Stage: &stage, Policy: &policy, Rule: &rule},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is wrong with a case is told where it stands.
func TestCaseProblems(t *testing.T) {
	for rest, want := range map[string]string{
		"":                                                               "spec.cases[0] has no expect",
		"expect: Alowed":                                                 `spec.cases[0].expect: unknown verdict "Alowed", did you mean Allowed?`,
		"expect: allowed":                                                `spec.cases[0].expect: unknown verdict "allowed", did you mean Allowed?`,
		"expect: deny":                                                   `spec.cases[0].expect: unknown verdict "deny", did you mean Denied?`,
		"expect: 403":                                                    `spec.cases[0].expect: wants text, got the number 403: write "403"`,
		"expect: true":                                                   `spec.cases[0].expect: wants text, got true: write "true"`,
		"expect: [Denied]":                                               "spec.cases[0].expect: wants text, got a list",
		"expect: {a: b}":                                                 "spec.cases[0].expect: wants text, got an object",
		"expect: Denied, expet: Denied":                                  "unknown field spec.cases[0].expet, did you mean expect?",
		"expect: Denied, expect: Denied":                                 "the field spec.cases[0].expect is given twice",
		"expect: Denied, reason: {stage: Deny}":                          `spec.cases[0].reason.stage: unknown stage "Deny", did you mean DENY?`,
		"expect: Denied, reason: {stage: x}":                             `spec.cases[0].reason.stage: unknown stage "x"`,
		"expect: Denied, reason: {polic: x}":                             "unknown field spec.cases[0].reason.polic, did you mean policy?",
		"expect: Denied, reason: {policy: x}":                            `spec.cases[0].reason.policy: "x": want NAMESPACE/NAME`,
		"expect: Denied, reason: {hop: x}":                               `spec.cases[0].reason.hop: "x": want NAMESPACE/NAME`,
		"expect: Denied, reason: {rule: -1}":                             "spec.cases[0].reason.rule: wants a number from 0 on, got the number -1",
		"expect: Denied, reason: {rule: first}":                          `spec.cases[0].reason.rule: wants a number from 0 on, got "first"`,
		"expect: Denied, reason: &a {<<: *a}":                            "spec.cases[0].reason: merges are nested too deep",
		"expect: Denied, reason: DENY":                                   `spec.cases[0].reason: wants an object, got "DENY"`,
		"expect: Denied, findings: [ad0101]":                             `spec.cases[0].findings[0]: "ad0101" is no code of a finding, such as AD0101, did you mean AD0101?`,
		"expect: Denied, findings: [AD1]":                                `spec.cases[0].findings[0]: "AD1" is no code of a finding, such as AD0101`,
		"expect: Denied, findings: AD0101":                               `spec.cases[0].findings: wants a list, got "AD0101"`,
		"expect: Denied, request: {metod: GET}":                          "unknown field spec.cases[0].request.metod, did you mean method?",
		"expect: Denied, request: {path: /}":                             "unknown field spec.cases[0].request.path",
		"expect: Denied, request: {method: GET /}":                       `spec.cases[0].request.method: "GET /" is no HTTP method: want one word such as GET`,
		"expect: Denied, request: {exact: 'yes'}":                        `spec.cases[0].request.exact: wants true or false, got "yes"`,
		"expect: Denied, request: {host: 'http://a'}":                    `spec.cases[0].request.host: "http://a" is no HOST[:PORT]`,
		"expect: Denied, request: {sourceIP: 10.0.0}":                    `spec.cases[0].request.sourceIP: "10.0.0" is no IP address`,
		"expect: Denied, request: {headers: {x: 1}}":                     `spec.cases[0].request.headers.x: wants text, got the number 1: write "1"`,
		"expect: Denied, request: {headers: {x: [null]}}":                "spec.cases[0].request.headers.x[0]: wants text, got nothing",
		"expect: Denied, request: {headers: {'a b': x}}":                 `spec.cases[0].request.headers: "a b" is no name of a header`,
		"expect: Denied, request: {headers: {X: x, x: x}}":               "spec.cases[0].request.headers: the header x is given twice: give it a list",
		"expect: Denied, request: {headers: {host: x}, host: y}":         "spec.cases[0].request: the Host header is given twice",
		"expect: Denied, request: {claims: [a]}":                         "spec.cases[0].request.claims: wants an object, got a list",
		"expect: Denied, request: {claims: {a: .nan}}":                   "spec.cases[0].request.claims: is not what JSON can hold: json: unsupported value: NaN",
		"expect: Denied, request: {claims: {a: b}, token: x}":            "spec.cases[0].request: token and claims exclude each other: the claims are the token's",
		"expect: Denied, request: {[a]: b}":                              "spec.cases[0].request: a key is not a name",
		"expect: Denied, name: b, request: {token: x, claims: {}, x: y}": "the field spec.cases[0].name is given twice (and 2 more)",
		"expect: Denied, request: {token: x, headers: {authorization: Bearer a.b.c}}": "spec.cases[0].request: the request has two tokens: " +
			"one of the authorization header, one of token or claims",
	} {
		c := parsed(t, "# a comment\n---\n"+oneCase(rest))[0].cases[0]
		if c.err == nil {
			t.Errorf("%s: no error, want %s", rest, want)
			continue
		}
		if got, want := c.err.Error(), `f.yaml: document 1, line 7, case "a": `+want; got != want {
			t.Errorf("%s:\n got %s\nwant %s", rest, got, want)
		}
	}
}

// What is wrong outside the cases spoils the document, and no other.
func TestDocumentProblems(t *testing.T) {
	cases := "spec: {cases: [{source: a, target: b, expect: Denied}]}\n"
	for text, want := range map[string]string{
		head:                                                           "document 1, line 1: has no spec",
		head + "spec: {}\n":                                            "document 1, line 3: spec has no cases",
		head + "spec: {cases: []}\n":                                   "document 1, line 3: spec has no cases",
		head + "spec: {cases: {a: b}}\n":                               "document 1, line 3: spec.cases: wants a list, got an object",
		head + "spec: [a]\n":                                           "document 1, line 3: spec: wants an object, got a list",
		head + "metadata: {nam: x}\n" + cases:                          "document 1, line 3: unknown field metadata.nam, did you mean name?",
		head + "status: {}\n" + cases:                                  "document 1, line 3: unknown field status",
		head + "spec: {clusters: [a], cases: [{}]}\n":                  "document 1, line 3: unknown field spec.clusters, did you mean cluster?",
		head + "spec: {cluster: ['-'], cases: [{}]}\n":                 `document 1, line 3: spec.cluster[0]: "-" is no file or folder`,
		head + "spec: {default: {}, cases: [{}]}\n":                    "document 1, line 3: unknown field spec.default, did you mean defaults?",
		head + "spec: {defaults: {req: {}}, cases: [{}]}\n":            "document 1, line 3: unknown field spec.defaults.req, did you mean request?",
		"kind: TrafficTest\napiVersion: v1\n":                          `document 1, line 1: a TrafficTest of apiVersion "v1": want authz-doctor.dev/v1alpha1`,
		"kind: TraficTest\napiVersion: authz-doctor.dev/v1alpha1\n":    `document 1, line 1: unknown kind "TraficTest" of authz-doctor.dev/v1alpha1, did you mean TrafficTest?`,
		"a: b\n---\n" + head + "spec:\n  cases: 1\n  x: y\n":           "document 2, line 7: unknown field spec.x",
		"a: b\n---\na: [\n":                                            "document 2, line 3: did not find expected node content",
		"a: *b\n":                                                      "document 1: unknown anchor 'b' referenced",
		`{"kind": "TrafficTest"}` + "\n\n" + `{"kind": "TrafficTest"}`: `document 1, line 1: a TrafficTest of apiVersion "": want authz-doctor.dev/v1alpha1`,
	} {
		tests, _, problems := parse(input{path: "f.yaml", text: []byte(text), named: true})
		if len(tests) > 0 || len(problems) == 0 {
			t.Errorf("%q: no error, want %s", text, want)
			continue
		}
		if got := problems[0].Error(); got != "f.yaml: "+want {
			t.Errorf("%q:\n got %s\nwant f.yaml: %s", text, got, want)
		}
	}
}

func TestSeveralDocuments(t *testing.T) {
	text := "# nothing\n---\n" + oneCase("expect: Denied") + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n" +
		"base: &base {source: a, target: b, expect: Denied}\n---\n" + head +
		"metadata: {name: second, labels: {a: b}}\nspec:\n  cluster: [x.yaml]\n  cases:\n  - &one {source: a, target: b, expect: Denied}\n  - *one\n  - <<: *one\n    target: c\n  - name: null\n    expect: Allowed\n"
	tests, own, problems := parse(input{path: "f.yaml", text: []byte(text)})
	if !own || len(problems) > 0 || len(tests) != 2 {
		t.Fatalf("own %t, %d tests, problems %v", own, len(tests), problems)
	}
	second := tests[1]
	if second.name != "second" || second.document != 4 || !cmp.Equal(second.cluster, []string{"x.yaml"}) {
		t.Errorf("%q, document %d, cluster %v", second.name, second.document, second.cluster)
	}
	var names []string
	for _, c := range second.cases {
		names = append(names, c.name)
	}
	if diff := cmp.Diff([]string{"a → b", "a → b", "a → c", "case 4"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c := second.cases[2]; c.source != "a" || c.line != 23 {
		t.Errorf("source %q, line %d", c.source, c.line)
	}
}

func TestJSONDocuments(t *testing.T) {
	one := `{"apiVersion": "authz-doctor.dev/v1alpha1", "kind": "TrafficTest", "spec": {"cases": [` + "\n" +
		`{"source": "a", "target": "b", "expect": "Denied"}]}}` + "\n"
	tests := parsed(t, one+"\n"+one)
	if len(tests) != 2 || tests[1].document != 2 || tests[1].line != 4 || tests[1].cases[0].line != 5 {
		t.Errorf("%+v", tests)
	}
	if flow := parsed(t, "{apiVersion: authz-doctor.dev/v1alpha1, kind: TrafficTest, spec: {cases: [{source: a, target: b, expect: Denied}]}}"); len(flow) != 1 {
		t.Errorf("%+v", flow)
	}
}

// FuzzParse finds what parsing panics on, or never comes back from.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		oneCase("expect: Denied, reason: {stage: DENY, rule: 0}, findings: [AD0101], request: {headers: {a: [b]}, claims: {a: {b: c}}, exact: true}"),
		"# nothing\n", "---\n---\n", "a: &a [*a]\n", head + "spec: &a {<<: *a}\n", `{"kind": "TrafficTest"}{}`, head + "spec: {cases: [*a]}", "!!binary a: b",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tests, _, problems := parse(input{path: "f.yaml", text: text, named: true})
		for _, p := range problems {
			if p.Error() == "" {
				t.Error("a problem that says nothing")
			}
		}
		for _, tt := range tests {
			if len(tt.cases) == 0 {
				t.Error("a test without cases")
			}
		}
	})
}
