package authz

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	securityv1beta1 "istio.io/api/security/v1beta1"
)

// The vocabulary of the random policies, and values that tell apart all that
// the policies of that vocabulary can.
var (
	someMethods    = []string{"GET", "POST", "P*", "*T", "get"}
	somePaths      = []string{"/a", "/a*", "*/b", "/a/{*}", "/{**}/b", "*", "/a?x", "/A"}
	someHosts      = []string{"a.b", "*.b", "a.*", "*", "a.b:80"}
	somePrincipals = []string{sleep, "cluster.local/ns/foo/*", "*/sa/sleep", "*", "td/ns/bar/sa/x"}
	someNamespaces = []string{"foo", "b*", "*", "f*o"}
	someAccounts   = []string{"sleep", "foo/sleep", "bar/x"}
	someDomains    = []string{"cluster.local", "t*", "*"}
	someBlocks     = []string{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/0", "nonsense", "10.1.2.99/24"}
	somePorts      = []string{"80", "8080", "http", "08080"}
	someTokens     = []string{"*", "i/s", "i/*", "*/s", "i"}
	someStrings    = []string{"a", "a*", "*b", "*"}
	someKeys       = []string{
		"request.headers[x-a]", "request.headers[:path]", "request.headers[host]", "request.auth.claims[g]",
		"request.auth.claims[g][h]", "request.auth.claims[iss]", "connection.sni", "source.namespace", "destination.port", "destination.ip",
		"experimental.envoy.filters.a[k]", "nonsense", "request.auth.principal", "source.principal", "source.trustDomain",
	}
)

var (
	fullMethods = []string{"GET", "POST", "PX", "XT", "PT", "T", "P", "X", "get"}
	fullPaths   = func() []string {
		var out []string
		for _, p := range []string{"/a", "/ab", "/a/b", "/a/x", "/a/[", "/b", "/x/b", "/[/b", "/x", "/a[/b", "/A", "/a/{*}", "/{**}/b"} {
			for _, q := range []string{"", "?x", "?b", "?/b", "?y"} {
				out = append(out, p+q)
			}
		}
		return out
	}()
	fullHosts      = []string{"a.b", "A.b", "x.b", "a.x", "a.x.b", "", "x", "a.b:80", "a.X.b", "X.B", "A.x", "A.B:80", "A.x.b", "x.B", "A.B", "a.B", "x.X", "a", "b", "xb", "ab", "axb", "ax", "aX", "Xa"}
	fullIdentities = []string{
		sleep, "cluster.local/ns/foo/sa/x", "cluster.local/ns/bar/sa/sleep", "cluster.local/ns/bar/sa/x", "td/ns/bar/sa/x", "td/ns/foo/sa/sleep",
		"x/ns/foo/sa/sleep", "x/ns/foo/sa/x", "x/ns/x/sa/x", "x/ns/b/sa/sleep", "x/ns/x/sa/sleep", "td/ns/fxo/sa/x", "cluster.local/ns/x/sa/x", "cluster.local/ns/x/sa/sleep", "td/ns/x/sa/x", "td/ns/b/sa/x", "cluster.local/ns/fo/sa/x",
		"x/ns/fxo/sa/sleep", "x/ns/fxo/sa/x", "x/ns/bar/sa/x", "x/ns/bx/sa/x", "td/ns/foo/sa/x", "td/ns/x/sa/sleep", "td/ns/bar/sa/sleep", "x/ns/bar/sa/sleep", "cluster.local/ns/fxo/sa/x", "cluster.local/ns/fxo/sa/sleep", "td/ns/fxo/sa/sleep", "cluster.local/ns/b/sa/x", "cluster.local/ns/b/sa/sleep", "td/ns/b/sa/sleep", "x/ns/b/sa/x",
	}
	fullAddresses = []string{"10.1.2.3", "10.1.2.4", "10.1.3.1", "10.2.0.1", "11.0.0.1", "fe80::1", "10.0.0.1"}
	fullPorts     = []uint16{80, 8080, 1}
	fullStrings   = []string{"a", "ab", "b", "x", "", "axb", "xb", "ax"}
)

func pick(r *rand.Rand, from []string) []string {
	if r.IntN(3) > 0 {
		return nil
	}
	out := []string{from[r.IntN(len(from))]}
	if r.IntN(3) == 0 {
		out = append(out, from[r.IntN(len(from))])
	}
	return out
}

func randomRule(r *rand.Rand) *securityv1beta1.Rule {
	out := &securityv1beta1.Rule{}
	for range r.IntN(3) {
		out.From = append(out.From, &securityv1beta1.Rule_From{Source: &securityv1beta1.Source{
			Principals: pick(r, somePrincipals), NotPrincipals: pick(r, somePrincipals), Namespaces: pick(r, someNamespaces), NotNamespaces: pick(r, someNamespaces),
			ServiceAccounts: pick(r, someAccounts), TrustDomains: pick(r, someDomains), IpBlocks: pick(r, someBlocks), NotIpBlocks: pick(r, someBlocks),
			RequestPrincipals: pick(r, someTokens),
		}})
	}
	for range r.IntN(3) {
		out.To = append(out.To, &securityv1beta1.Rule_To{Operation: &securityv1beta1.Operation{
			Methods: pick(r, someMethods), NotMethods: pick(r, someMethods), Paths: pick(r, somePaths), NotPaths: pick(r, somePaths),
			Hosts: pick(r, someHosts), NotHosts: pick(r, someHosts), Ports: pick(r, somePorts), NotPorts: pick(r, somePorts),
		}})
	}
	for range r.IntN(2) {
		c := &securityv1beta1.Condition{Key: someKeys[r.IntN(len(someKeys))]}
		values := someStrings
		switch c.Key {
		case "source.namespace":
			values = someNamespaces
		case "source.principal":
			values = somePrincipals
		case "source.trustDomain":
			values = someDomains
		case "destination.port":
			values = somePorts
		case "destination.ip":
			values = someBlocks
		case "request.headers[:path]":
			values = somePaths
		case "request.headers[host]":
			values = someHosts
		case "request.auth.principal":
			values = someTokens
		case "experimental.envoy.filters.a[k]":
			values = []string{"a", "[a]", "*b", "[*]"}
		}
		c.Values, c.NotValues = pick(r, values), pick(r, values)
		out.When = append(out.When, c)
	}
	return out
}

func randomPolicies(r *rand.Rand) []Policy {
	var out []Policy
	for i := range 1 + r.IntN(3) {
		p := Policy{Namespace: "foo", Name: fmt.Sprint("p", i), Spec: &securityv1beta1.AuthorizationPolicy{}}
		p.Spec.Action = []securityv1beta1.AuthorizationPolicy_Action{0, 0, 1, 1, 2, 3}[r.IntN(6)]
		if p.Action() == ActionCustom {
			p.Spec.ActionDetail = &securityv1beta1.AuthorizationPolicy_Provider{
				Provider: &securityv1beta1.AuthorizationPolicy_ExtensionProvider{Name: []string{"a", "a", "missing"}[r.IntN(3)]},
			}
		}
		for range r.IntN(3) {
			p.Spec.Rules = append(p.Spec.Rules, randomRule(r))
		}
		if r.IntN(8) == 0 {
			p.Annotations = map[string]string{DryRunAnnotation: "true"}
		}
		out = append(out, p)
	}
	return out
}

// randomAttr leaves an attribute open, unseen, absent or known.
func randomAttr[T any](r *rand.Rand, full []T, absent bool) Attr[T] {
	switch r.IntN(6) {
	case 0, 1:
		return Attr[T]{}
	case 2:
		return UnseenBecause[T]("why")
	case 3:
		if absent {
			return Absent[T]()
		}
	}
	return Known(full[r.IntN(len(full))])
}

func fullAddrs() []netip.Addr {
	var out []netip.Addr
	for _, a := range fullAddresses {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

var fullClaims = func() []map[string]any {
	var out []map[string]any
	for _, iss := range []string{"i", "x", "a", "ab", "b"} {
		for _, sub := range []any{"s", "x", "", 5.0} {
			for _, g := range []any{
				nil, "a", "ab", "b", "x",
				[]any{"a", "b"},
				[]any{"x"},
				"", "xb", "ax",
				map[string]any{"h": "a"},
				map[string]any{"h": "ab"},
				map[string]any{"h": []any{"a", "b"}},
				map[string]any{"h": "b"},
				map[string]any{"h": "x"},
			} {
				m := map[string]any{"iss": iss, "sub": sub}
				if g != nil {
					m["g"] = g
				}
				out = append(out, m)
			}
		}
	}
	return out
}()

func randomRequest(r *rand.Rand) *Request {
	q := &Request{
		Principal: randomAttr(r, fullIdentities, true), SourceIP: randomAttr(r, fullAddrs(), false), DestinationIP: randomAttr(r, fullAddrs(), false),
		DestinationPort: randomAttr(r, fullPorts, false), Method: randomAttr(r, fullMethods, false), Path: randomAttr(r, fullPaths, false),
		Host: randomAttr(r, fullHosts, false), SNI: randomAttr(r, fullStrings, true), Claims: randomAttr(r, fullClaims, true),
		Headers: Headers{Closed: r.IntN(2) == 0}, RemoteIP: Known(netip.MustParseAddr("1.1.1.1")),
	}
	if r.IntN(3) == 0 {
		q.Headers.Values = map[string][]string{"x-a": []string{"a", "b"}[:r.IntN(3)]}
	}
	if r.IntN(2) == 0 {
		q.Authorizers = map[string]bool{"a": r.IntN(2) == 0}
	}
	return q
}

// completion is a request without unknowns, but for metadata.
type completions struct {
	all    []func(q *Request, e *env)
	unseen bool
}

func complete[T any](a Attr[T], at func(q *Request) *Attr[T], full []T, absent bool) *completions {
	if a.state == StateKnown || a.state == StateAbsent {
		return nil
	}
	out := &completions{unseen: a.state == StateUnseen}
	for _, v := range full {
		out.all = append(out.all, func(q *Request, _ *env) { *at(q) = Known(v) })
	}
	if absent {
		out.all = append(out.all, func(q *Request, _ *env) { *at(q) = Absent[T]() })
	}
	return out
}

// allCompletions lists the ways to fill in each unknown of q that some field of
// the program looks at.
func allCompletions(p *Program, q *Request) []*completions {
	used := map[kind]bool{}
	asked := map[string]bool{}
	for _, c := range p.policies {
		for _, r := range c.rules {
			for _, g := range r.groups {
				for _, l := range g {
					for _, f := range l.fields {
						used[f.subject.kind] = used[f.subject.kind] || f.ignored == ""
					}
				}
			}
		}
		asked[c.provider] = c.action == ActionCustom
	}
	var out []*completions
	add := func(ok bool, c *completions) {
		if ok && c != nil {
			out = append(out, c)
		}
	}
	add(used[kindPrincipal], complete(q.Principal, func(q *Request) *Attr[string] { return &q.Principal }, fullIdentities, true))
	add(used[kindSourceIP], complete(q.SourceIP, func(q *Request) *Attr[netip.Addr] { return &q.SourceIP }, fullAddrs(), false))
	add(used[kindDestinationIP], complete(q.DestinationIP, func(q *Request) *Attr[netip.Addr] { return &q.DestinationIP }, fullAddrs(), false))
	add(used[kindDestinationPort], complete(q.DestinationPort, func(q *Request) *Attr[uint16] { return &q.DestinationPort }, fullPorts, false))
	add(used[kindMethod], complete(q.Method, func(q *Request) *Attr[string] { return &q.Method }, fullMethods, false))
	add(used[kindPath], complete(q.Path, func(q *Request) *Attr[string] { return &q.Path }, fullPaths, false))
	add(used[kindHost], complete(q.Host, func(q *Request) *Attr[string] { return &q.Host }, fullHosts, false))
	add(used[kindSNI], complete(q.SNI, func(q *Request) *Attr[string] { return &q.SNI }, fullStrings, true))
	add(used[kindClaim] || used[kindRequestPrincipal], complete(q.Claims, func(q *Request) *Attr[map[string]any] { return &q.Claims }, fullClaims, true))
	if _, s := q.Headers.Get("x-a"); used[kindHeader] && s == StateOpen {
		c := &completions{}
		for _, v := range [][]string{{}, {"a"}, {"ab"}, {"b"}, {"x"}, {""}, {"a", "b"}, {"xb"}, {"ax"}} {
			c.all = append(c.all, func(q *Request, _ *env) { q.Headers.Values = map[string][]string{"x-a": v} })
		}
		out = append(out, c)
	}
	if _, told := q.Authorizers["a"]; !told && asked["a"] {
		c := &completions{unseen: true}
		for _, v := range []bool{true, false} {
			c.all = append(c.all, func(q *Request, _ *env) { q.Authorizers = map[string]bool{"a": v} })
		}
		out = append(out, c)
	}
	if used[kindMetadata] {
		c := &completions{unseen: true}
		for _, v := range []value{{absent: true}, {text: "a"}, {text: "b"}, {text: "x"}, {isList: true, list: []string{"a"}}, {isList: true, list: []string{"b"}}} {
			c.all = append(c.all, func(_ *Request, e *env) { e.over = map[key]value{{kindMetadata, "experimental.envoy.filters.a[k]"}: v} })
		}
		out = append(out, c)
	}
	return out
}

// bruteForce asks for every completion. mixed says that with all open attributes
// fixed both verdicts occur. each sees every completion.
func bruteForce(p *Program, q *Request, cs []*completions, each func(e *env, v Verdict)) (allowed, denied, mixed bool) {
	var open, unseen []*completions
	for _, c := range cs {
		if c.unseen {
			unseen = append(unseen, c)
		} else {
			open = append(open, c)
		}
	}
	order := slices.Concat(open, unseen)
	chosen := make([]func(*Request, *env), len(order))
	var walk func(i int) (a, d bool)
	walk = func(i int) (a, d bool) {
		if i == len(order) {
			full := *q
			extra := env{}
			for _, f := range chosen {
				f(&full, &extra)
			}
			e := newEnv(&full)
			e.over = extra.over
			ans := p.answers(&e)
			v := ans.verdict()
			each(&e, v)
			return v == Allowed, v == Denied
		}
		for _, f := range order[i].all {
			chosen[i] = f
			x, y := walk(i + 1)
			a, d = a || x, d || y
		}
		if i == len(open) && len(unseen) > 0 && a && d {
			mixed = true
		}
		return a, d
	}
	allowed, denied = walk(0)
	return allowed, denied, mixed
}

func expected(allowed, denied, mixed bool) Verdict {
	switch {
	case mixed:
		return Undetermined
	case allowed && denied:
		return Conditional
	case denied:
		return Denied
	}
	return Allowed
}

// TestExactAgainstBruteForce compares the partial evaluation with the evaluation
// of every completion, on random programs and requests, and the conditions with
// the verdict of each completion.
func TestExactAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := map[Verdict]int{}
	for i := range rounds(12000) {
		ps, q := randomPolicies(r), randomRequest(r)
		p := Compile(Dialect(r.IntN(3)), Mesh{Providers: map[string]Provider{"a": {GRPC: true}}}, httpbin, ps)
		cs := allCompletions(p, q)
		n := 1
		for _, c := range cs {
			n *= len(c.all)
		}
		if n > 5000 {
			continue
		}
		got := p.Decide(q)
		if e := p.Explain(q); e.Decision != got {
			t.Fatalf("%d: Explain decides %+v, Decide %+v", i, e.Decision, got)
		}
		verdicts[got.Verdict]++
		want := expected(bruteForce(p, q, cs, func(*env, Verdict) {}))
		if got.Verdict != want {
			t.Fatalf("%d: %v decides %v, want %v\n%s\nrequest %+v", i, p.dialect, got.Verdict, want, show(ps), *q)
		}
		if got.Verdict == Conditional {
			checkTerms(t, p, q, cs, show(ps))
		}
	}
	t.Log(verdicts)
	for v := Undetermined; v <= Conditional; v++ {
		if verdicts[v] < 50 {
			t.Errorf("only %d random cases are %v", verdicts[v], v)
		}
	}
}

func show(ps []Policy) string {
	var out []string
	for _, p := range ps {
		out = append(out, fmt.Sprintf("%s dryRun=%v %v", p.Name, p.DryRun(), p.Spec))
	}
	return strings.Join(out, "\n")
}

func checkTerms(t *testing.T, p *Program, q *Request, cs []*completions, about string) {
	t.Helper()
	e := newEnv(q)
	live := p.residue(&e)
	a := live.answers(&e)
	unknowns, _ := live.unknowns(&e, &a)
	terms, verdict, notes := live.terms(q, unknowns, true)
	if len(notes) > 0 {
		return
	}
	if len(terms) == 0 {
		t.Fatalf("no conditions\n%s\nrequest %+v", about, *q)
	}
	bruteForce(p, q, cs, func(e *env, v Verdict) {
		holds := false
		for _, x := range terms {
			all := true
			for _, l := range x {
				all = all && (l.f.eval(e) == True) != l.flip
			}
			holds = holds || all
		}
		if holds != (v == verdict) {
			t.Fatalf("conditions %q say %v, but the verdict is %v\n%s\nrequest %+v\ncompletion %+v", p.Explain(q).Words(), holds, v, about, *q, *e.r)
		}
	})
}

func TestExactCorrelations(t *testing.T) {
	tests := []struct {
		name, spec string
		request    *Request
		want       Verdict
		words      string
	}{
		{"values and notValues", `{rules: [{to: [{operation: {methods: [GET]}}]}, {to: [{operation: {notMethods: [GET]}}]}]}`, with(openMethod), Allowed, ""},
		{"impossible", `{rules: [{to: [{operation: {methods: [GET], notMethods: [GET]}}]}]}`, with(openMethod), Denied, ""},
		{"within a pattern", `{rules: [{to: [{operation: {paths: ["/a/b"], notPaths: ["/a*"]}}]}]}`, with(openPath), Denied, ""},
		{"every path starts with a slash", `{rules: [{to: [{operation: {paths: ["/*"]}}]}]}`, with(openPath), Allowed, ""},
		{"template within prefix", `{rules: [{to: [{operation: {paths: ["/a/{*}"], notPaths: ["/a/*"]}}]}]}`, with(openPath), Denied, ""},
		{
			"prefix within template", `{rules: [{to: [{operation: {paths: ["/a/*"], notPaths: ["/a/{**}"]}}]}]}`, with(openPath), Conditional,
			"allowed if path is /a/* and path is not /a/{**}; otherwise denied",
		},
		{
			"path and method", `{rules: [{to: [{operation: {methods: [GET], paths: ["/get"]}}]}]}`, with(openMethod, openPath), Conditional,
			"allowed if method is GET and path is /get; otherwise denied",
		},
		{
			"the known half goes", `{rules: [{to: [{operation: {methods: [GET], paths: ["/get", "/x"]}}]}]}`, with(openPath), Conditional,
			"allowed if path is one of /get, /x; otherwise denied",
		},
		{
			"deny", `{action: DENY, rules: [{when: [{key: "request.headers[x-debug]", values: ["*"]}]}]}`, with(openHeaders), Conditional,
			"denied if header x-debug is present; otherwise allowed",
		},
		{"header added by the proxy", `{action: DENY, rules: [{when: [{key: "request.headers[x-request-id]", notValues: ["*"]}]}]}`, get(), Allowed, ""},
		{
			"value of it", `{action: DENY, rules: [{when: [{key: "request.headers[x-request-id]", notValues: ["1"]}]}]}`, get(), Conditional,
			"denied if header x-request-id is not 1; otherwise allowed",
		},
		{
			"header twice", `{rules: [{when: [{key: "request.headers[x-a]", values: [a]}, {key: "request.headers[x-a]", values: [b]}]}]}`, with(openHeaders), Conditional,
			"allowed if header x-a is a and header x-a is b; otherwise denied",
		},
		{
			"no header twice that Envoy joins", `{rules: [{when: [{key: "request.headers[user-agent]", values: [a]}, {key: "request.headers[user-agent]", values: [b]}]}]}`,
			with(openHeaders), Denied, "",
		},
		{
			"SNI in lower case", `{rules: [{when: [{key: connection.sni, values: ["*b", A]}, {key: connection.sni, values: ["a*", A]}]}]}`,
			with(func(r *Request) { r.SNI = Attr[string]{} }), Conditional, "allowed if SNI is one of *b, A and SNI is one of a*, A; otherwise denied",
		},
		{
			"a peer without identity has a name", `{rules: [{from: [{source: {namespaces: [yy], notTrustDomains: ["*"]}}]}]}`,
			with(func(r *Request) { r.Principal, r.PeerName = Attr[string]{}, "x/ns/yy/z" }), Conditional, "allowed if trust domain is absent; otherwise denied",
		},
		{"ports", `{rules: [{to: [{operation: {ports: ["80"], notPorts: ["80"]}}]}]}`, with(func(r *Request) { r.DestinationPort = Attr[uint16]{} }), Denied, ""},
		{"blocks", `{rules: [{from: [{source: {ipBlocks: [10.1.0.0/16], notIpBlocks: [10.0.0.0/8]}}]}]}`, with(func(r *Request) { r.SourceIP = Attr[netip.Addr]{} }), Denied, ""},
		{"two halves of IPv4, and IPv6", `{rules: [{from: [{source: {ipBlocks: [0.0.0.0/1, 128.0.0.0/1, "::/0"]}}]}]}`, with(func(r *Request) { r.SourceIP = Attr[netip.Addr]{} }), Allowed, ""},
		{"unseen identity", `{rules: [{from: [{source: {principals: ["*"]}}]}]}`, with(func(r *Request) { r.Principal = UnseenBecause[string]("pods: forbidden") }), Undetermined, ""},
		{
			"identity of a namespace", `{rules: [{from: [{source: {principals: ["cluster.local/ns/foo/sa/sleep"], notNamespaces: [foo]}}]}]}`,
			with(func(r *Request) { r.Principal = Attr[string]{} }), Denied, "",
		},
		{
			"claim is string or object", `{rules: [{when: [{key: "request.auth.claims[a]", values: [x]}, {key: "request.auth.claims[a][b]", values: [x]}]}]}`,
			with(func(r *Request) { r.Claims = Attr[map[string]any]{} }), Denied, "",
		},
		{
			"a token has an issuer", `{rules: [{when: [{key: "request.auth.claims[a]", values: [x]}, {key: "request.auth.claims[iss]", notValues: ["*", ""]}]}]}`,
			with(func(r *Request) { r.Claims = Attr[map[string]any]{} }), Denied, "",
		},
		{"connect", `{rules: [{to: [{operation: {notPaths: ["/*"]}}]}]}`, with(openPath, method("CONNECT")), Conditional, "allowed if path is not /*; otherwise denied"},
		{
			"audiences and presenter", `{rules: [{when: [{key: request.auth.audiences, values: [a]}, {key: request.auth.presenter, values: ["*"]}]}]}`,
			with(func(r *Request) { r.Claims = Attr[map[string]any]{} }), Conditional, "allowed if claim aud is a and claim azp is present; otherwise denied",
		},
		{
			"addresses, port and SNI", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8], notRemoteIpBlocks: [10.0.0.0/8], trustDomains: [a], serviceAccounts: [b], namespaces: [foo], notRequestPrincipals: ["i/*"]}}],
			to: [{operation: {ports: ["80"], hosts: [h]}}], when: [{key: connection.sni, values: [s]}, {key: destination.ip, values: [10.1.1.1]}, {key: remote.ip, notValues: [10.1.1.1]}, {key: source.ip, values: [10.2.0.0/16]}, {key: source.serviceAccount, values: [b]}, {key: "request.headers[:method]", values: [GET]}, {key: "request.headers[:path]", values: ["/a"]}]}]}`,
			&Request{}, Conditional, "allowed if request principal is not i/* and source namespace is foo and service account is b and trust domain is a and source IP is in 10.0.0.0/8 and remote IP is not in 10.0.0.0/8 and host is h and port is 80 and SNI is s and destination IP is 10.1.1.1 and remote IP is not 10.1.1.1 and source IP is in 10.2.0.0/16 and method is GET and header :path is /a; otherwise denied",
		},
		{
			"or", `{rules: [{to: [{operation: {paths: ["/a"]}}, {operation: {methods: [GET]}}]}]}`, with(openPath, openMethod), Conditional,
			"allowed if path is /a, or if method is GET; otherwise denied",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{ap(t, "foo/p", tt.spec)})
			e := p.Explain(tt.request)
			if e.Verdict != tt.want || e.Words() != tt.words {
				t.Errorf("got %v %q, want %v %q", e.Verdict, e.Words(), tt.want, tt.words)
			}
			if got := p.Decide(tt.request); got != e.Decision {
				t.Errorf("Decide gives %+v, Explain %+v", got, e.Decision)
			}
		})
	}
}

func openMethod(r *Request)  { r.Method = Attr[string]{} }
func openPath(r *Request)    { r.Path = Attr[string]{} }
func openHeaders(r *Request) { r.Headers = Headers{} }

func TestConditionsExcludeDenials(t *testing.T) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, []Policy{
		ap(t, "foo/allow", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`),
		ap(t, "foo/deny", `{action: DENY, rules: [{to: [{operation: {paths: ["/admin"]}}]}]}`),
	})
	e := p.Explain(with(openMethod, openPath))
	want := []Condition{{Verdict: Allowed, All: []Atom{
		{Attribute: "method", OneOf: []string{"GET"}, Words: "method is GET"},
		{Attribute: "path", Not: true, OneOf: []string{"/admin"}, Words: "path is not /admin"},
	}}}
	if diff := cmp.Diff(want, e.Conditions); diff != "" {
		t.Error(diff)
	}
}

func TestMissingFacts(t *testing.T) {
	ps := []Policy{
		ap(t, "foo/allow", `{rules: [{from: [{source: {principals: ["*"]}}], to: [{operation: {ports: ["80"]}}]}]}`),
		ap(t, "foo/ask", `{action: CUSTOM, provider: {name: a}, rules: [{}]}`),
	}
	r := with(func(r *Request) {
		r.Principal = UnseenBecause[string]("pods in foo: forbidden")
		r.DestinationPort = UnseenBecause[uint16]("services: forbidden")
	})
	e := Compile(EnvoyHTTP, Mesh{Providers: map[string]Provider{"a": {}}}, httpbin, ps).Explain(r)
	want := []string{"pods in foo: forbidden", "services: forbidden", "the answer of the external authorizer a"}
	if diff := cmp.Diff(want, e.Missing); diff != "" || e.Verdict != Undetermined || e.Stage != ActionCustom {
		t.Errorf("%+v: %s", e.Decision, diff)
	}
	e = Compile(EnvoyHTTP, Mesh{ProvidersUnknown: "the mesh config: forbidden"}, httpbin, ps[1:]).Explain(r)
	want = []string{"the answer of the external authorizer a", "the mesh config: forbidden"}
	if diff := cmp.Diff(want, e.Missing); diff != "" || e.Verdict != Undetermined {
		t.Errorf("%+v: %s", e.Decision, diff)
	}
}
