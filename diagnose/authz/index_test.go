package authz

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// naive is p without its index: it asks every rule.
func naive(p *Program) *Program {
	out := *p
	out.blocks = nil
	return &out
}

// oddRules have values at which the index has to be careful.
func oddRules(r *rand.Rand) *securityv1beta1.Rule {
	out := randomRule(r)
	one := func(values ...string) []string { return []string{values[r.IntN(len(values))]} }
	when := func(key string, values []string) {
		out.When = append(out.When, &securityv1beta1.Condition{Key: key, Values: values})
	}
	source := func(s *securityv1beta1.Source) {
		out.From = append(out.From, &securityv1beta1.Rule_From{Source: s})
	}
	switch r.IntN(9) {
	case 0:
		source(&securityv1beta1.Source{Namespaces: one("ns", "sa", "", "foo/sa", "foo", "bar")})
	case 1:
		source(&securityv1beta1.Source{ServiceAccounts: one("foo/sleep", "foo/sleep/x", "/x", "ns/x", "x")})
	case 2:
		source(&securityv1beta1.Source{Principals: one("", "nonsense", "td/ns/ns/sa/x", "cluster.local/ns/foo/*", "cluster.local/*", sleep)})
	case 3:
		source(&securityv1beta1.Source{RequestPrincipals: one("i/s", "i/*", "*/s", "x/*")})
	case 4:
		out.To = append(out.To, &securityv1beta1.Rule_To{Operation: &securityv1beta1.Operation{Hosts: one("A.b", "\xffA", strings.Repeat("x", 97), "a.b:80")}})
	case 5:
		out.To = append(out.To, &securityv1beta1.Rule_To{Operation: &securityv1beta1.Operation{Paths: one("/a/*", "/a/b*", "/a/b/*", "/a", "/a/b/{*}", "/a/b/{**}", "/*")}})
	case 6:
		when("request.headers[x-a]", one("a", "b", "", "a*"))
	case 7:
		when("request.auth.claims[g]", one("a", "b", "", "a*"))
	case 8:
		when("request.headers[:path]", one("/a", "/a?x", "/a*"))
	}
	return out
}

func oddRequest(r *rand.Rand) *Request {
	q := randomRequest(r)
	pickOne := func(at *Attr[string], values ...string) {
		if r.IntN(3) == 0 {
			*at = Known(values[r.IntN(len(values))])
		}
	}
	pickOne(&q.Principal, sleep, "ns/ns/foo/sa/x", "td/ns/ns/sa/x", "td/ns/foo/sa/x/y", "nonsense", "", "td/ns/foo", "td/ns//sa/x", "td/ns/sa/sa/x", "spiffe://"+sleep, "td/nx/foo/sa/x", "td/ns/foo/sx/x")
	pickOne(&q.Host, "A.B", "\xffa", strings.Repeat("X", 97), strings.Repeat("x", 96))
	pickOne(&q.Path, "/a/b/c", "/a/b/c/d?x", "/a/b", "/a/", "/", "/a#b", "/a?x#y", "")
	if r.IntN(8) == 0 {
		q.Principal, q.PeerName = Absent[string](), []string{"", "x/ns/foo/", "sleep"}[r.IntN(3)]
	}
	if r.IntN(8) == 0 {
		q.Path, q.Host, q.DestinationPort, q.Method = Absent[string](), Absent[string](), Absent[uint16](), Absent[string]()
	}
	return q
}

func manyRandom(r *rand.Rand) []Policy {
	var out []Policy
	for i := range r.IntN(100) {
		p := randomPolicies(r)[0]
		p.Name = fmt.Sprint("p", i)
		for range 1 + r.IntN(3) {
			p.Spec.Rules = append(p.Spec.Rules, oddRules(r))
		}
		out = append(out, p)
	}
	return out
}

// TestIndexAgainstWalk compares the indexed program with the walk over all its
// rules, at every rule: none that may match is left out.
func TestIndexAgainstWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	asked, rules := 0, 0
	for i := range rounds(400) {
		ps := manyRandom(r)
		p := Compile(Dialect(i%5), Mesh{TrustDomainAliases: []string{"td"}, Providers: map[string]Provider{"a": {GRPC: true}}}, httpbin, ps)
		for range 40 {
			q := oddRequest(r)
			e := newEnv(q)
			if got, want := p.answers(&e), naive(p).answers(&e); got != want {
				t.Fatalf("%v: got %+v, want %+v\n%s\nrequest %+v", p.dialect, got, want, show(ps), *q)
			}
			a, n := checkBlocks(t, p, &e)
			asked, rules = asked+a, rules+n
		}
	}
	t.Logf("asked %d of %d rules", asked, rules)
	if asked*4 > rules*3 {
		t.Error("the index leaves out too little")
	}
}

// checkBlocks makes sure of each rule, and counts those that are asked.
func checkBlocks(t *testing.T, p *Program, e *env) (asked, all int) {
	t.Helper()
	for _, st := range p.enforcing() {
		for i, r := range st.rules {
			if p.blocks == nil {
				continue
			}
			var s scan
			s.start(p, e)
			at := st.at + i
			in := s.candidates(e, at/blockSize)>>(at%blockSize)&1 != 0
			if !in && r.eval(e) != False {
				t.Fatalf("%v: %s is left out\n%+v\nrequest %+v", p.dialect, r.key, *r, *e.r)
			}
			all++
			asked += bits.OnesCount64(truthBit(in))
		}
	}
	return asked, all
}

// TestIndexedDecisions compares Decide with the walk and with Explain.
func TestIndexedDecisions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	seen := map[string]int{}
	policies, requests := realistic(t)
	for i := range 600 {
		ps := slices.Clone(policies)
		for range r.IntN(8) {
			ps = append(ps, renamedTo(randomPolicies(r)[0], fmt.Sprint("r", len(ps))))
		}
		r.Shuffle(len(ps), func(i, j int) { ps[i], ps[j] = ps[j], ps[i] })
		p := Compile(Dialect(i%5), Mesh{Providers: map[string]Provider{"a": {}}}, httpbin, ps)
		q := requests[r.IntN(len(requests))]
		if r.IntN(2) == 0 {
			q = known(oddRequest(r))
		}
		got := p.Decide(q)
		if want, e := naive(p).Decide(q), p.Explain(q); got != want || got != e.Decision {
			t.Fatalf("%v: Decide gives %+v, the walk %+v, Explain %+v\n%s\nrequest %+v", p.dialect, got, want, e.Decision, show(ps), *q)
		}
		seen[got.Verdict.String()+" by "+got.Stage.String()]++
	}
	t.Log(seen)
	for _, k := range []string{"Allowed by ALLOW", "Denied by ALLOW", "Denied by DENY"} {
		if seen[k] < 20 {
			t.Errorf("only %d are %s", seen[k], k)
		}
	}
}

func renamedTo(p Policy, name string) Policy {
	p.Name = name
	return p
}

// known makes a request of which nothing is open.
func known(q *Request) *Request {
	full := get()
	for _, at := range []struct{ to, from *Attr[string] }{{&q.Principal, &full.Principal}, {&q.SNI, &full.SNI}, {&q.Method, &full.Method}, {&q.Host, &full.Host}, {&q.Path, &full.Path}} {
		if at.to.state == StateOpen || at.to.state == StateUnseen {
			*at.to = *at.from
		}
	}
	q.SourceIP, q.DestinationIP, q.DestinationPort = full.SourceIP, full.DestinationIP, full.DestinationPort
	if q.Claims.state != StateKnown {
		q.Claims = full.Claims
	}
	q.Headers.Closed, q.Authorizers = true, map[string]bool{"a": true}
	return q
}

func TestPrefixes(t *testing.T) {
	heads := map[string]uint64{"": 1, "/a": 2, "/a/": 4, "/a/b": 8, "/ab": 16, "/b/c": 32, "/a/b/c": 64}
	for v, want := range map[string]uint64{
		"": 1, "/": 1, "/a": 3, "/a/": 7, "/a/b": 15, "/a/c": 7, "/ab": 19, "/abc": 19, "/aa": 3, "/b": 1, "/b/c/d": 33, "/a/b/c": 79, "/a/b/d": 15, "/c": 1, "~": 1,
	} {
		if got := newPrefixes(heads).find(v); got != want {
			t.Errorf("%q: got %b, want %b", v, got, want)
		}
	}
	for v, want := range map[string]uint64{"/a/x": 3, "/a": 1, "/b": 4, "/ba": 4, "/": 0, "/c": 0} {
		if got := newPrefixes(map[string]uint64{"/a": 1, "/a/": 2, "/b": 4}).find(v); got != want {
			t.Errorf("%q: got %b, want %b", v, got, want)
		}
	}
	if got := newPrefixes(nil).find("/a"); got != 0 {
		t.Errorf("of none: %b", got)
	}
}

// TestIndexIsUsed: of a thousand policies few are asked.
func TestIndexIsUsed(t *testing.T) {
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, thousand(t))
	e := newEnv(with(hdr("x-team", "t3")))
	if asked, all := checkBlocks(t, p, &e); asked > 20 || all < 1000 {
		t.Errorf("asked %d of %d rules", asked, all)
	}
	if p = Compile(EnvoyHTTP, Mesh{}, httpbin, thousand(t)[:minIndexed-1]); p.blocks != nil {
		t.Error("few rules are indexed")
	}
	if p = Compile(EnvoyHTTP, Mesh{}, httpbin, thousand(t)[:minIndexed]); p.blocks == nil {
		t.Error("enough rules are not indexed")
	}
}

// TestOrderOfDimensions: what most rules ask for is looked up first.
func TestOrderOfDimensions(t *testing.T) {
	var ps []Policy
	for i := range 8 {
		operation := fmt.Sprintf(`paths: ["/%d"]`, i)
		if i < 6 {
			operation += ", methods: [GET]"
		}
		if i < 4 {
			operation += ", hosts: [a]"
		}
		if i < 3 {
			operation += ", ports: ['80']"
		}
		when := ""
		if i < 4 {
			when = `, when: [{key: "request.headers[b]", values: [x]}, {key: "request.headers[a]", values: [x]}]`
		}
		ps = append(ps, ap(t, fmt.Sprint("foo/p", i), `{rules: [{to: [{operation: {`+operation+`}}]`+when+`}]}`))
	}
	var got []key
	for _, d := range Compile(EnvoyHTTP, Mesh{}, httpbin, ps).blocks[0].dimensions {
		got = append(got, d.subject.key())
	}
	want := []key{{kindPath, ""}, {kindMethod, ""}, {kindHost, ""}, {kindHeader, "a"}, {kindHeader, "b"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestConcurrentDecide is for the race detector.
func TestConcurrentDecide(t *testing.T) {
	policies, requests := realistic(t)
	p := Compile(EnvoyHTTP, Mesh{}, httpbin, policies)
	var group sync.WaitGroup
	for _, r := range requests {
		want := naive(p).Decide(r)
		for range 4 {
			group.Go(func() {
				for range 100 {
					if got := p.Decide(r); got != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
				}
			})
		}
	}
	group.Wait()
}
