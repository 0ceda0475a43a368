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
	for _, tt := range []struct {
		value, iss, sub string
		want            Verdict
	}{
		{"/s", "", "s", Allowed},
		{"/s", "/s", "", Denied},
		{"/*", "", "s", Allowed},
		{"/*", "/x", "s", Denied},
	} {
		p := ap(t, "foo/p", `{rules: [{from: [{source: {requestPrincipals: ["`+tt.value+`"]}}]}]}`)
		r := with(token(map[string]any{"iss": tt.iss, "sub": tt.sub}))
		if got := decide(t, EnvoyHTTP, Mesh{}, httpbin, r, p); got.Verdict != tt.want {
			t.Errorf("%+v: got %v", tt, got.Verdict)
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

func TestHexDigit(t *testing.T) {
	for i := range 256 {
		at := strings.IndexByte("0123456789abcdef0123456789ABCDEF", byte(i))
		got, ok := hexDigit(byte(i))
		if ok != (at >= 0) || ok && int(got) != strings.IndexByte("0123456789abcdef", lower(byte(i))) {
			t.Errorf("%d: got %d, %v", i, got, ok)
		}
	}
}

func TestLastAddress(t *testing.T) {
	for block, want := range map[string]string{
		"0.0.0.0/0": "255.255.255.255", "10.0.0.0/7": "11.255.255.255", "10.1.2.0/24": "10.1.2.255", "10.1.2.2/31": "10.1.2.3", "10.1.2.3/32": "10.1.2.3",
		"::/0": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::/10": "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::1/128": "::1",
	} {
		if got := last(netip.MustParsePrefix(block)); got.String() != want {
			t.Errorf("%s: got %s, want %s", block, got, want)
		}
	}
}

// TestSameTests: two lists are the same only if nothing of their tests differs.
func TestSameTests(t *testing.T) {
	base := test{op: opExact, text: "a"}
	differ := map[string]func(x *test){
		"op": func(x *test) { x.op = opPrefix }, "inner": func(x *test) { x.inner = opAny }, "text": func(x *test) { x.text = "b" }, "more": func(x *test) { x.more = "b" },
		"fold": func(x *test) { x.fold = true }, "full": func(x *test) { x.full = true }, "list": func(x *test) { x.list = true },
		"cidr": func(x *test) { x.cidr = netip.MustParsePrefix("::/0") }, "port": func(x *test) { x.port = 1 },
	}
	f := field{tests: []test{base}}
	if !f.sameTests(&field{tests: []test{base}}) {
		t.Error("the same is not the same")
	}
	for name, change := range differ {
		other := base
		change(&other)
		if f.sameTests(&field{tests: []test{other}}) {
			t.Errorf("%s makes no difference", name)
		}
	}
}

// TestOrderOfUnknowns: what the question left open comes before what was not seen.
func TestOrderOfUnknowns(t *testing.T) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", `{rules: [{from: [{source: {principals: [a], ipBlocks: [10.0.0.0/8]}}], to: [{operation: {methods: [GET], hosts: [h]}}]}]}`)})
	e := newEnv(&Request{Principal: UnseenBecause[string]("a"), Host: UnseenBecause[string]("b")})
	a := p.answers(&e)
	unknowns, _ := p.unknowns(&e, &a)
	var got []kind
	for _, u := range unknowns {
		got = append(got, u.key.kind)
	}
	if want := []kind{kindSourceIP, kindMethod, kindPrincipal, kindHost}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWordsOfClaimAreNotIndexed: rules on a claim of words are asked, however many
// they are.
func TestWordsOfClaimAreNotIndexed(t *testing.T) {
	var ps []Policy
	for i := range 2 * minIndexed {
		ps = append(ps, ap(t, fmt.Sprint("foo/p", i), fmt.Sprintf(`{rules: [{when: [{key: "request.auth.claims[scope]", values: [s%d]}]}]}`, i)))
	}
	if got := decide(t, EnvoyHTTP, Mesh{}, httpbin, with(token(map[string]any{"scope": "x s3"})), ps...); got.Verdict != Allowed {
		t.Errorf("got %+v", got)
	}
}

// TestShortConditions: what follows from the rest is not said, nor an alternative that
// another one covers.
func TestShortConditions(t *testing.T) {
	for spec, want := range map[string]string{
		`{rules: [{to: [{operation: {paths: ["/a"]}}], when: [{key: "request.headers[:path]", values: ["/a*"]}]}]}`: "allowed if path is /a; otherwise denied",
		`{rules: [{to: [{operation: {paths: ["/a*"]}}], when: [{key: "request.headers[:path]", values: ["/a"]}]}]}`: "allowed if header :path is /a; otherwise denied",
		`{rules: [{to: [{operation: {paths: ["/a*"], notPaths: ["/b"]}}]}]}`:                                        "allowed if path is /a*; otherwise denied",
		`{rules: [{to: [{operation: {paths: ["/a/b"]}}]}, {to: [{operation: {paths: ["/a*"]}}]}]}`:                  "allowed if path is /a*; otherwise denied",
		`{rules: [{to: [{operation: {paths: ["/a*"]}}]}, {to: [{operation: {paths: ["/a/b"]}}]}]}`:                  "allowed if path is /a*; otherwise denied",
	} {
		if got := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", spec)}).Explain(with(openPath)).Words(); got != want {
			t.Errorf("%s: got %q, want %q", spec, got, want)
		}
	}
}

// TestUnreadProvider: where the mesh config was not read, the provider may be none, or
// speak HTTP, or gRPC. On a connection that is not HTTP, one that speaks HTTP has no effect.
func TestUnreadProvider(t *testing.T) {
	c := custom{stage: stage{}, mode: customUnknown, provider: "a"}
	for _, tt := range []struct {
		d    Dialect
		kind string
		want Truth
	}{
		{EnvoyHTTP, providerNone, True},
		{EnvoyHTTP, providerHTTP, False},
		{EnvoyHTTP, providerGRPC, False},
		{EnvoyTCP, providerNone, True},
		{EnvoyTCP, providerHTTP, False},
		{EnvoyTCP, providerGRPC, True},
	} {
		r := with()
		r.Authorizers = map[string]bool{"a": tt.d == EnvoyHTTP}
		e := newEnv(r)
		e.over = map[key]value{{kindProvider, "a"}: {text: tt.kind}}
		if got := c.denies(&e, tt.d); got != tt.want {
			t.Errorf("%v, %s: got %v, want %v", tt.d, tt.kind, got, tt.want)
		}
	}
	r := with()
	r.Authorizers = map[string]bool{"a": false}
	e := newEnv(r)
	e.over = map[key]value{{kindProvider, "a"}: {text: providerHTTP}}
	if got := c.denies(&e, EnvoyHTTP); got != True {
		t.Errorf("one that speaks HTTP and refuses: got %v", got)
	}
}

func TestWordsOfTargetRefs(t *testing.T) {
	p := ap(t, "foo/p", `{targetRefs: [{kind: Service, name: a}], rules: [{}]}`)
	for d, want := range map[Dialect]string{
		Ztunnel:   "it has targetRefs, which are for waypoints and gateways",
		EnvoyHTTP: "it has targetRefs, and the workload is no gateway of the Gateway API",
	} {
		e := Compile(d, Mesh{}, httpbin, []Policy{p}).Explain(get())
		if len(e.Skipped) != 1 || e.Skipped[0].Words != want {
			t.Errorf("%v: got %+v", d, e.Skipped)
		}
	}
}

// TestNamespacesAreIndexed: in all dialects.
func TestNamespacesAreIndexed(t *testing.T) {
	var ps []Policy
	for i := range minIndexed {
		ps = append(ps, ap(t, fmt.Sprint("foo/p", i), fmt.Sprintf(`{rules: [{from: [{source: {namespaces: [n%d]}}]}]}`, i)))
	}
	for _, d := range []Dialect{EnvoyHTTP, EnvoyTCP, Ztunnel} {
		p, e := Compile(d, Mesh{}, httpbin, ps), newEnv(with(from("cluster.local/ns/n2/sa/x")))
		if asked, all := checkBlocks(t, p, &e); asked != 1 || all != len(ps) {
			t.Errorf("%v: asked %d of %d rules", d, asked, all)
		}
	}
}
