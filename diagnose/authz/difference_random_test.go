package authz

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

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
	if p.d = Compare(p.before, p.after, q); r.IntN(6) == 0 {
		s := newSolver(q)
		s.steps = r.IntN(100)
		p.d = s.compare(p.before, p.after)
	}
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
	for i := range rounds(4000) {
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
	if n := rounds(4000); inexact > n/20 || wide > n/20 || same > n*3/4 || opened < 5*n || closed < 5*n || other < n/4 {
		t.Error("the cases are not what they should be")
	}
}
