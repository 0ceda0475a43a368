package authz

import (
	"math/rand/v2"
	"slices"
	"testing"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// listOf are lists of values on attributes that hang together.
type listOf struct {
	key    string // of a condition, or of a list of a source or operation
	values []string
}

var together = [][]listOf{
	{
		{"source.principal", append([]string{"td/ns/*", "*/ns/bar/sa/x", "x/ns/*", "*x"}, somePrincipals...)},
		{"source.namespace", append([]string{"ns", "sa", "x"}, someNamespaces...)},
		{"source.serviceAccount", append([]string{"x/x", "ns/sa"}, someAccounts...)},
		{"source.trustDomain", append([]string{"x", "ns"}, someDomains...)},
		{"request.headers[x-forwarded-client-cert]", append([]string{sleep}, someStrings...)},
	},
	{{"paths", append([]string{"/a/*", "/{*}", "/a/b"}, somePaths...)}, {"request.headers[:path]", append([]string{"/a/b*", "/a*x"}, somePaths...)}, {"methods", append([]string{"CONNECT", "C*"}, someMethods...)}},
	{{"hosts", append([]string{"A.*", "a.x"}, someHosts...)}, {"request.headers[host]", append([]string{"A.*", "A.b"}, someHosts...)}},
	{{"request.headers[x-a]", append([]string{"ab", "x"}, someStrings...)}, {"request.headers[x-a]", []string{"b", "a*"}}},
	{{"request.headers[user-agent]", append([]string{"ab", "x"}, someStrings...)}, {"request.headers[x-request-id]", someStrings}},
	{
		{"request.auth.claims[g]", someStrings},
		{"request.auth.claims[g][h]", someStrings},
		{"request.auth.claims[iss]", someStrings},
		{"request.auth.claims[sub]", []string{"s", "*", "x*"}},
		{"request.auth.principal", someTokens},
		{"request.auth.claims[scope]", someStrings},
	},
	{{"connection.sni", []string{"a", "A", "a*", "*b", "*", ""}}},
	{{"source.ip", someBlocks}, {"source.ip", []string{"10.1.0.0/24", "0.0.0.0/0"}}},
	{{"destination.port", []string{"80", "8080", "1"}}},
	{{"experimental.envoy.filters.a[k]", []string{"a", "[a]", "*b", "[*]", "*"}}},
}

// field compiles a list, or its opposite; nil if nothing is left of it.
func (l *listOf) field(d Dialect, values []string, not bool) *field {
	c := &securityv1beta1.Condition{Key: l.key, Values: values}
	if not {
		c.Values, c.NotValues = nil, values
	}
	o := &securityv1beta1.Operation{}
	spec := &securityv1beta1.AuthorizationPolicy{Rules: []*securityv1beta1.Rule{{When: []*securityv1beta1.Condition{c}}}}
	switch l.key {
	case "paths":
		o.Paths, o.NotPaths = c.Values, c.NotValues
	case "methods":
		o.Methods, o.NotMethods = c.Values, c.NotValues
	case "hosts":
		o.Hosts, o.NotHosts = c.Values, c.NotValues
	}
	if l.key == "paths" || l.key == "methods" || l.key == "hosts" {
		spec.Rules[0] = &securityv1beta1.Rule{To: []*securityv1beta1.Rule_To{{Operation: o}}}
	}
	p := Compile(d, Mesh{TrustDomainAliases: []string{"td"}}, httpbin, []Policy{{Namespace: "foo", Name: "p", Spec: spec}})
	if len(p.allow.rules) == 0 {
		return nil
	}
	f := &p.allow.rules[0].groups[0][0].fields[0]
	if f.ignored != "" {
		return nil
	}
	return f
}

// world are requests without unknowns, and which of them satisfy a literal.
type world struct {
	requests []env
	truths   map[signed][]bool
}

func newWorld(r *rand.Rand, q *Request, n int) *world {
	w := &world{truths: map[signed][]bool{}}
	for range n {
		full := filled(r, q)
		if r.IntN(8) == 0 && full.Principal.State() == StateKnown {
			full.Principal = Known(oneOf(r, []string{"x/ns/ns/sa/x", "ns/ns/x/sa/x", "x/ns/x/sa/sa", "x/ns/sa/sa/x", "x/ns/ns/sa/sa", "ns/ns/ns/sa/sa"}))
		}
		e := newEnv(full)
		e.over = unsaid(r)
		w.requests = append(w.requests, e)
	}
	return w
}

// some looks for a request that satisfies a cube.
func (w *world) some(s *solver, c cube) *env {
	for i := range w.requests {
		if !slices.ContainsFunc(c, func(l signed) bool { return !w.of(s, l)[i] }) {
			return &w.requests[i]
		}
	}
	return nil
}

func (w *world) of(s *solver, l signed) []bool {
	out := w.truths[l]
	if out == nil {
		for i := range w.requests {
			out = append(out, s.term(cube{l}).eval(&w.requests[i]) == True)
		}
		w.truths[l] = out
	}
	return out
}

// literals are all that one or two of the values of each list make.
func literals(s *solver, lists []listOf) cube {
	var out cube
	for _, l := range lists {
		for i := range l.values {
			for _, values := range [][]string{l.values[i : i+1], l.values[i:min(i+2, len(l.values))]} {
				for _, d := range []Dialect{EnvoyHTTP, Ztunnel} {
					if f := l.field(d, values, false); f != nil && !f.eval(&s.e).Decided() {
						out = union(out, cube{s.intern(f), s.intern(f).not()})
					}
				}
			}
		}
	}
	return out
}

// TestSolverAgainstBruteForce asks for all pairs of literals on attributes that hang
// together, and for some of three and more: what is said to be impossible is not
// satisfied by any request that is tried, and the witness of what is not satisfies it.
func TestSolverAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	possible, excluded := 0, 0
	for _, lists := range together {
		for _, q := range []*Request{{}, {Headers: Headers{Closed: true}}, {Method: Known("CONNECT")}, {Method: Known("GET")}} {
			s := newSolver(q)
			w := newWorld(r, q, 3000)
			all := literals(s, lists)
			ask := func(c cube) {
				s.steps = maxCompare
				words := allWords(s.term(c).atoms())
				if in, ok := s.withAll(nil, c); ok {
					possible++
					s.checkWitness(t, r, q, in, words)
				} else if excluded++; w.some(s, c) != nil {
					t.Fatalf("%q is said to be impossible: %+v", words, *w.some(s, c).r)
				}
			}
			for i, a := range all {
				for _, b := range all[i+1:] {
					if q.Method.State() == StateOpen && !q.Headers.Closed || r.IntN(8) == 0 {
						ask(cube{a, b})
					}
				}
			}
			for range min(rounds(300), 300*len(all)) {
				var c cube
				for range 3 + r.IntN(3) {
					c = union(c, cube{oneOf(r, all)})
				}
				ask(c)
			}
		}
	}
	t.Log(possible, excluded)
	if possible < 5000 || excluded < 1000 {
		t.Errorf("%d possible, %d excluded", possible, excluded)
	}
}

func (s *solver) checkWitness(t *testing.T, r *rand.Rand, q *Request, c cube, words string) {
	t.Helper()
	values, ok := s.witness(c)
	if !ok {
		t.Fatalf("%q: no witness", words)
	}
	x := comparison{solver: s}
	example := x.request(values)
	if example != nil && q.Headers.Closed && example.Principal.State() == StateAbsent && len(example.Headers.Values["x-forwarded-client-cert"]) > 0 {
		t.Fatalf("%q: a certificate of nobody", words)
	}
	for range 5 {
		e := newEnv(q)
		e.over = unsaid(r)
		if example != nil {
			e = newEnv(filled(r, example))
			e.over = unsaid(r)
		} else {
			e.over = map[key]value{}
			for _, g := range values {
				e.set(g.key, g.value)
			}
		}
		if s.term(c).eval(&e) != True {
			t.Fatalf("%q is not satisfied by %+v: %+v", words, values, *e.r)
		}
	}
}
