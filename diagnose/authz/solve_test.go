package authz

import (
	"math/rand/v2"
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

// TestSolverAgainstBruteForce adds literals on attributes that hang together to a
// cube. What excludes the next one is not satisfied by any request that is tried, and
// the witness of what does not satisfies it.
func TestSolverAgainstBruteForce(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	possible, excluded := 0, 0
	for range rounds(12000) {
		q := &Request{Headers: Headers{Closed: r.IntN(2) == 0}}
		if r.IntN(3) == 0 {
			q.Method = Known(oneOf(r, []string{"GET", "CONNECT"}))
		}
		s := newSolver(q)
		lists := oneOf(r, together)
		var c cube
		ok := true
		for range 1 + r.IntN(5) {
			l := oneOf(r, lists)
			values := []string{oneOf(r, l.values)}
			if r.IntN(3) == 0 {
				values = append(values, oneOf(r, l.values))
			}
			d := EnvoyHTTP
			if r.IntN(5) == 0 {
				d = Ztunnel
			}
			f := l.field(d, values, r.IntN(2) == 0)
			if f == nil || f.eval(&s.e).Decided() {
				continue
			}
			next := s.intern(f)
			c = union(c, cube{next})
			if in, with := s.withAll(nil, c); !with {
				ok = false
			} else if len(in) != len(c) {
				t.Fatalf("%v becomes %v", c, in)
			}
			if !ok {
				break
			}
		}
		words := allWords(s.term(c).atoms())
		if ok {
			possible++
			s.checkWitness(t, r, q, c, words)
			continue
		}
		excluded++
		for range 300 {
			full := filled(r, q)
			e := newEnv(full)
			e.over = unsaid(r)
			if s.term(c).eval(&e) == True {
				t.Fatalf("%q is said to be impossible: %+v", words, *full)
			}
		}
	}
	if n := rounds(12000) / 4; possible < n || excluded < n {
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
