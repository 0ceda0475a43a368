package authz

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// These are what mutants showed to be untested.

func TestBytesOfLanguages(t *testing.T) {
	for _, tt := range []struct {
		name    string
		set     *byteSet
		in, out string
	}{
		{"visible", visible, "!~a:#", " \x7f\n"},
		{"text", textByte, " !~", "\x1f\x7f\n"},
		{"target", targetByte, "!~?/", " \x7f#"},
		{"token", tokenByte, "!~-", " \x7f:\x80\xff"},
		{"template", templateByte, "-._~%!$&'()+,;:@=*azAZ09", "/?#[ "},
	} {
		for i := range len(tt.in) {
			if !tt.set.has(tt.in[i]) {
				t.Errorf("%s has not %q", tt.name, tt.in[i])
			}
		}
		for i := range len(tt.out) {
			if tt.set.has(tt.out[i]) {
				t.Errorf("%s has %q", tt.name, tt.out[i])
			}
		}
	}
}

// TestEmptyIssuer: a request principal that begins with its slash has the empty issuer.
func TestEmptyIssuer(t *testing.T) {
	spec := `{rules: [{from: [{source: {requestPrincipals: ["/s"]}}]}]}`
	for want, claims := range map[Verdict]map[string]any{Allowed: {"iss": "", "sub": "s"}, Denied: {"iss": "/s", "sub": ""}} {
		if got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(token(claims)), ap(t, "foo/p", spec)); got.Verdict != want {
			t.Errorf("%v: got %v", claims, got.Verdict)
		}
	}
}

// TestClientCertHeader: the proxy adds the header where there is a client certificate.
func TestClientCertHeader(t *testing.T) {
	p := ap(t, "foo/p", `{rules: [{when: [{key: "request.headers[x-forwarded-client-cert]", values: ["*"]}]}]}`)
	for _, tt := range []struct {
		r    *Request
		want Verdict
	}{
		{get(), Conditional},
		{with(plaintext), Denied},
		{with(plaintext, openHeaders), Conditional},
		{with(plaintext, hdr("x-forwarded-client-cert", "x")), Allowed},
	} {
		if got := decide(t, EnvoyHTTP, Mesh{}, httpbin, tt.r, p); got.Verdict != tt.want {
			t.Errorf("%+v: got %v, want %v", *tt.r, got.Verdict, tt.want)
		}
	}
}

// TestStageOfImpossible: nothing can match, neither in DENY nor in ALLOW, so that it is
// ALLOW that denies.
func TestStageOfImpossible(t *testing.T) {
	never := `rules: [{when: [{key: "request.headers[x-%s]", values: [a], notValues: [a]}]}]}`
	got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(openHeaders),
		ap(t, "foo/deny", `{action: DENY, `+fmt.Sprintf(never, "a")), ap(t, "foo/allow", `{`+fmt.Sprintf(never, "b")))
	if got.Verdict != Denied || got.Stage != ActionAllow {
		t.Errorf("got %+v", got)
	}
}

// TestFactThatTurnsNothing: of two facts that were not seen, only one can turn the
// verdict, and only that is missing.
func TestFactThatTurnsNothing(t *testing.T) {
	p := ap(t, "foo/p", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8], notIpBlocks: [10.0.0.0/8]}}]}, {from: [{source: {principals: [x/ns/a/sa/b]}}]}]}`)
	r := with(func(r *Request) {
		r.Principal, r.SourceIP = UnseenBecause[string]("the Pod"), UnseenBecause[netip.Addr]("the address")
	})
	e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{p}).Explain(r)
	if e.Verdict != Undetermined || !slices.Equal(e.Missing, []string{"the Pod"}) {
		t.Errorf("got %v, missing %q", e.Verdict, e.Missing)
	}
}

// TestQueryOfFirstField: two fields on one request target, of which the first sees it
// without its query.
func TestQueryOfFirstField(t *testing.T) {
	p := ap(t, "foo/p", `{rules: [{to: [{operation: {paths: ["/a"]}}], when: [{key: "request.headers[:path]", notValues: ["/a"]}]}]}`)
	if got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(openPath), p); got.Verdict != Conditional {
		t.Errorf("got %v", got.Verdict)
	}
}

// TestRuleTraces: a rule that the data plane has matches if its fields do; one that it
// has not never does.
func TestRuleTraces(t *testing.T) {
	p := ap(t, "foo/p", `{rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {methods: [PUT]}}]}, {to: [{operation: {methods: [GET]}}], when: [{key: nonsense, values: [a]}]}]}`)
	var got []Truth
	for _, r := range Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{p}).Explain(get()).Policies[0].Rules {
		got = append(got, r.Matches)
	}
	if !slices.Equal(got, []Truth{True, False, False}) {
		t.Errorf("got %v", got)
	}
}

// TestJustEnoughTerms: as many alternatives as are listed are all listed, however they
// come about.
func TestJustEnoughTerms(t *testing.T) {
	list := func(n int, format string) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(format, i))
		}
		return strings.Join(out, ", ")
	}
	header := `{when: [{key: "request.headers[x-%d]", values: [a]}]}`
	deny := `{key: "request.headers[y-%d]", values: [a]}`
	grid := `{rules: [{from: [` + list(8, `{source: {principals: [p/ns/a/sa/b%d]}}`) + `], to: [` + list(8, `{operation: {hosts: [h%d]}}`) + `]}]}`
	r := with(openHeaders, func(r *Request) { r.Principal, r.Host = Attr[string]{}, Attr[string]{} })
	for name, ps := range map[string][]Policy{
		"of rules":       {ap(t, "foo/a", `{rules: [`+list(maxTerms, header)+`]}`)},
		"of one rule":    {ap(t, "foo/a", grid)},
		"with a denial":  {ap(t, "foo/a", `{rules: [`+list(8, header)+`]}`), ap(t, "foo/d", `{action: DENY, rules: [{when: [`+list(8, deny)+`]}]}`)},
		"one denies all": {ap(t, "foo/d", `{action: DENY, rules: [`+list(maxTerms, header)+`]}`)},
	} {
		e := Compile(EnvoyHTTP, Mesh{}, httpbin, ps).Explain(r)
		if e.Verdict != Conditional || len(e.Conditions) != maxTerms || slices.Contains(e.Notes, noteConditions) {
			t.Errorf("%s: %v, %d conditions, notes %q", name, e.Verdict, len(e.Conditions), e.Notes)
		}
	}
}

func TestCase(t *testing.T) {
	for i := range 256 {
		b, l, u := byte(i), byte(i), byte(i)
		if i < 0x80 {
			l, u = strings.ToLower(string(rune(b)))[0], strings.ToUpper(string(rune(b)))[0]
		}
		if lower(b) != l || upper(b) != u {
			t.Errorf("%q: lower gives %q, upper %q", b, lower(b), upper(b))
		}
		folded, plain := literalCell(b, true), literalCell(b, false)
		for j := range 256 {
			c := byte(j)
			if got, want := folded.set.has(c), c == b || c == l || c == u; got != want {
				t.Errorf("%q, folded, has %q: %v", b, c, got)
			}
			if got, want := plain.set.has(c), c == b; got != want {
				t.Errorf("%q has %q: %v", b, c, got)
			}
		}
	}
}

// TestAnyIsNoNewline: a newline is no character to a dot, wherever it stands.
func TestAnyIsNoNewline(t *testing.T) {
	x := stringTest("*")
	for v, want := range map[string]bool{"a": true, "": false, "\n": false, "\na": false, "a\n": false, "\xff": false} {
		if got := x.str(v); got != want {
			t.Errorf("%q: got %v", v, got)
		}
	}
}

// TestFirstOfEquallyNear: of alternatives that lack as much, it is the first.
func TestFirstOfEquallyNear(t *testing.T) {
	p := ap(t, "foo/p", `{rules: [{from: [{source: {namespaces: [aa]}}, {source: {namespaces: [bb]}}, {source: {namespaces: [cc]}}]}]}`)
	e := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{p}).Explain(get())
	if len(e.Near) != 1 || len(e.Near[0].Lacks) != 1 || !slices.Equal(e.Near[0].Lacks[0].Wanted, []string{"aa"}) {
		t.Errorf("got %+v", e.Near)
	}
}
