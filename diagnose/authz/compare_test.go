package authz

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// moreKeys are of attributes that hang together with others, or of which Envoy knows
// more than of most.
var moreKeys = []string{
	"request.headers[x-forwarded-client-cert]", "request.headers[user-agent]", "request.headers[x-request-id]",
	"request.auth.claims[scope]", "request.auth.claims[sub]", "remote.ip", "request.headers[:method]",
}

// moreRule is a random rule with what the others lack.
func moreRule(r *rand.Rand) *securityv1beta1.Rule {
	out := randomRule(r)
	for _, f := range out.From {
		f.Source.NotServiceAccounts, f.Source.NotTrustDomains = pick(r, someAccounts), pick(r, someDomains)
		f.Source.RemoteIpBlocks = pick(r, someBlocks)
		if r.IntN(3) > 0 {
			// Few fields, so that what is left matches now and then.
			f.Source = &securityv1beta1.Source{Principals: f.Source.Principals, NotNamespaces: f.Source.NotNamespaces, NotRequestPrincipals: pick(r, someTokens), NotServiceAccounts: f.Source.NotServiceAccounts}
		}
	}
	for range r.IntN(2) {
		c := &securityv1beta1.Condition{Key: moreKeys[r.IntN(len(moreKeys))]}
		values := someStrings
		switch c.Key {
		case "remote.ip":
			values = someBlocks
		case "request.headers[:method]":
			values = someMethods
		}
		c.Values, c.NotValues = pick(r, values), pick(r, values)
		out.When = append(out.When, c)
	}
	return out
}

func morePolicies(r *rand.Rand) []Policy {
	out := randomPolicies(r)
	for i := range out {
		for j := range out[i].Spec.GetRules() {
			out[i].Spec.Rules[j] = moreRule(r)
		}
	}
	return out
}

// changed makes another list of policies out of one: one more, one less, one that is
// different, or one rule or part of it.
func changed(r *rand.Rand, ps []Policy) []Policy {
	out, more := slices.Clone(ps), morePolicies(r)
	i := r.IntN(len(out))
	switch r.IntN(6) {
	case 0:
		return more
	case 1:
		return slices.Delete(out, i, i+1)
	case 2:
		more[0].Name = "q"
		return append(out, more[0])
	case 3:
		out[i].Spec = more[0].Spec
		return out
	}
	s, other := out[i].Spec.DeepCopy(), moreRule(r)
	if out[i].Spec = s; len(s.Rules) == 0 {
		s.Rules = append(s.Rules, other)
		return out
	}
	switch j := r.IntN(len(s.Rules)); r.IntN(4) {
	case 0:
		s.Rules = slices.Delete(s.Rules, j, j+1)
	case 1:
		s.Rules[j].From = other.From
	case 2:
		s.Rules[j].To = other.To
	case 3:
		s.Rules[j].When = other.When
	}
	return out
}

func oneOf[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// filled is q with a value for all that it does not say.
func filled(r *rand.Rand, q *Request) *Request {
	out := *q
	fill(r, &out.Principal, fullIdentities, true)
	fill(r, &out.SourceIP, fullAddrs(), false)
	fill(r, &out.RemoteIP, fullAddrs(), false)
	fill(r, &out.DestinationIP, fullAddrs(), false)
	fill(r, &out.DestinationPort, fullPorts, false)
	fill(r, &out.SNI, fullStrings, true)
	fill(r, &out.Method, append([]string{"CONNECT"}, fullMethods...), false)
	fill(r, &out.Host, fullHosts, false)
	m, _ := out.Method.Get()
	fill(r, &out.Path, fullPaths, m == "CONNECT")
	if out.Claims.State() == StateOpen || out.Claims.State() == StateUnseen {
		fill(r, &out.Claims, fullClaims, true)
		if claims, ok := out.Claims.Get(); ok && r.IntN(2) == 0 {
			claims = maps.Clone(claims)
			claims["scope"] = oneOf(r, []any{"a", "b", "x ab", "", []any{"a", "b"}, 1.0})
			out.Claims = Known(claims)
		}
	}
	fillHeaders(r, &out, q.Headers)
	out.Authorizers = maps.Clone(q.Authorizers)
	for _, name := range []string{"a", "missing"} {
		if _, told := out.Authorizers[name]; !told {
			if out.Authorizers == nil {
				out.Authorizers = map[string]bool{}
			}
			out.Authorizers[name] = r.IntN(2) == 0
		}
	}
	return &out
}

func fill[T any](r *rand.Rand, a *Attr[T], full []T, absent bool) {
	if a.state == StateOpen || a.state == StateUnseen {
		if *a = Known(oneOf(r, full)); absent && r.IntN(4) == 0 {
			*a = Absent[T]()
		}
	}
}

// fillHeaders: the proxy takes the client's certificate from nobody, and adds an ID.
func fillHeaders(r *rand.Rand, out *Request, given Headers) {
	values := maps.Clone(given.Values)
	if values == nil {
		values = map[string][]string{}
	}
	for _, name := range []string{"x-a", "user-agent", "x-request-id", "x-forwarded-client-cert"} {
		_, told := values[name]
		v := slices.Clone(oneOf(r, [][]string{{}, {"a"}, {"ab"}, {"b"}, {"x"}, {""}, {"a", "b"}, {"xb"}, {"ax"}}))
		switch {
		case told && (name != "x-request-id" || len(values[name]) > 0):
		case name == "x-request-id":
			values[name] = []string{oneOf(r, fullStrings)}
		case given.Closed && (name != "x-forwarded-client-cert" || out.Principal.State() == StateAbsent):
			values[name] = nil
		default:
			values[name] = v
		}
	}
	out.Headers = Headers{Values: values, Closed: true}
}

// unsaid are values of what no request says.
func unsaid(r *rand.Rand) map[key]value {
	kinds := []value{{text: providerNone}, {text: providerHTTP}, {text: providerGRPC}}
	return map[key]value{
		{kindMetadata, "experimental.envoy.filters.a[k]"}: oneOf(r, []value{{absent: true}, {text: "a"}, {text: "b"}, {isList: true, list: []string{"a"}}}),
		{kindProvider, "a"}:       oneOf(r, kinds),
		{kindProvider, "missing"}: oneOf(r, kinds),
	}
}

// pair is two programs and what came of their comparison.
type pair struct {
	before, after *Program
	d             Difference
	about         string
}

func randomPair(r *rand.Rand, i int) (pair, *Request) {
	ps := morePolicies(r)
	qs := changed(r, ps)
	d := Dialect(r.IntN(3))
	e := d
	if r.IntN(8) == 0 {
		e = Dialect(r.IntN(3))
	}
	mesh := Mesh{Providers: map[string]Provider{"a": {GRPC: r.IntN(2) == 0}}, TrustDomainAliases: []string{"td"}}
	if r.IntN(4) == 0 {
		mesh.ProvidersUnknown = "forbidden"
	}
	p := pair{before: Compile(d, mesh, httpbin, ps), after: Compile(e, mesh, httpbin, qs)}
	switch r.IntN(20) {
	case 0:
		p.before = nil
	case 1:
		p.after = nil
	case 2:
		p.after = AllowAll()
	}
	q := &Request{}
	if r.IntN(2) == 0 {
		q = randomRequest(r)
		q.RemoteIP = randomAttr(r, fullAddrs(), false)
	}
	p.d = Compare(p.before, p.after, q)
	p.about = fmt.Sprintf("%d: %v to %v\n%s\nbecomes\n%s\nrequest %+v\nopens %v, closes %v, %+v", i, d, e, show(ps), show(qs), *q, p.d.Opens, p.d.Closes, p.d.Notes)
	return p, q
}

// verdicts of both programs for a request of which everything is known.
func (p *pair) verdicts(q *Request, over map[key]value) (before, after Verdict) {
	ask := func(p *Program) Verdict {
		if p == nil {
			return Denied
		}
		e := newEnv(q)
		e.over = over
		a := p.answers(&e)
		return a.verdict()
	}
	return ask(p.before), ask(p.after)
}

// check decides one request with both programs, and looks for it among the conditions.
// It returns what changed.
func (p *pair) check(t *testing.T, q *Request, over map[key]value) (opens, closes bool) {
	t.Helper()
	before, after := p.verdicts(q, over)
	opens, closes = before == Denied && after == Allowed, before == Allowed && after == Denied
	if !opens && !closes && before != after {
		t.Fatalf("%s\nnot decided: %+v with %v: %v and %v", p.about, *q, over, before, after)
	}
	e := newEnv(q)
	e.over = over
	for _, side := range []struct {
		as      []alternative
		changes bool
	}{{p.d.opens, opens}, {p.d.closes, closes}} {
		in := False
		for _, a := range side.as {
			in = Or(in, a.when.eval(&e))
		}
		switch {
		case !in.Decided():
			t.Fatalf("%s\nnot decided: %+v with %v", p.about, *q, over)
		case p.d.Exact && side.changes && in == False:
			t.Fatalf("%s\nnot listed: %+v with %v: %v becomes %v", p.about, *q, over, before, after)
		case !p.d.Wider && in == True && !side.changes:
			t.Fatalf("%s\nlisted, and does not change: %+v with %v: %v and %v", p.about, *q, over, before, after)
		}
	}
	return opens, closes
}

// checkExamples fills in what the examples leave open: all must change.
func (p *pair) checkExamples(t *testing.T, r *rand.Rand) {
	t.Helper()
	opens, closes := p.d.Examples()
	if len(opens) != len(p.d.Opens) || len(closes) != len(p.d.Closes) {
		t.Fatalf("%s\n%d and %d examples", p.about, len(opens), len(closes))
	}
	for i, x := range slices.Concat(opens, closes) {
		a := slices.Concat(p.d.opens, p.d.closes)[i]
		for range 5 {
			if x == nil {
				break
			}
			q, over := filled(r, x), unsaid(r)
			e := newEnv(q)
			e.over = over
			if yes, no := p.check(t, q, over); a.when.eval(&e) != True || i < len(opens) && !yes || i >= len(opens) && !no {
				t.Fatalf("%s\nexample %d is none: %+v\nas %+v with %v", p.about, i, *x, *q, over)
			}
		}
	}
}

// near is q with one attribute anew.
func near(r *rand.Rand, q *Request, free *Request) *Request {
	out := *q
	switch r.IntN(6) {
	case 0:
		out.Principal = free.Principal
	case 1:
		out.Method, out.Path = free.Method, free.Path
	case 2:
		out.Claims = free.Claims
	case 3:
		out.Host, out.SNI = free.Host, free.SNI
	case 4:
		out.SourceIP, out.RemoteIP, out.DestinationIP, out.DestinationPort = free.SourceIP, free.RemoteIP, free.DestinationIP, free.DestinationPort
	case 5:
		out.Authorizers = free.Authorizers
	}
	out.Headers = free.Headers
	return filled(r, &out)
}

// TestCompareAgainstBruteForce compares random pairs of programs, and decides random
// requests with both, half of them beside the examples.
func TestCompareAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var inexact, wide, opened, closed, same, many, other int
	count := func(n *int, b bool) { *n += int(bit(b)) }
	for i := range rounds(6000) {
		p, q := randomPair(r, i)
		n := len(p.d.Opens) + len(p.d.Closes)
		count(&inexact, !p.d.Exact)
		count(&wide, p.d.Wider)
		count(&same, n == 0)
		count(&many, n > 10)
		p.checkExamples(t, r)
		for range 60 {
			opens, closes := p.check(t, filled(r, q), unsaid(r))
			count(&opened, opens)
			count(&closed, closes)
		}
		opens, closes := p.d.Examples()
		for _, x := range slices.Concat(opens, closes) {
			for range 8 {
				if x != nil {
					a, b := p.check(t, near(r, x, q), unsaid(r))
					count(&other, !a && !b)
				}
			}
		}
	}
	t.Logf("%d not exact, %d wide, %d without a change, %d of many conditions; %d requests open, %d close, %d near one that changes do not", inexact, wide, same, many, opened, closed, other)
	if n := rounds(6000); inexact > n/200 || wide > n/50 || same > n*3/4 || opened < 5*n || closed < 5*n || other < n/4 {
		t.Error("the cases are not what they should be")
	}
}
