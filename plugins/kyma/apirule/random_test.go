package apirule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// dice draws APIRules.
type dice struct{ *rand.Rand }

func one[T any](d dice, list ...T) T { return list[d.IntN(len(list))] }

// some draws a few of a list, at least so many, in its order.
func some(d dice, least int, list ...string) []string {
	var out []string
	for len(out) < least || out == nil && d.IntN(2) == 0 {
		out = slices.DeleteFunc(slices.Clone(list), func(string) bool { return d.IntN(2) == 0 })
	}
	return out
}

func (d dice) tokens() *JWT {
	out := &JWT{}
	for _, issuer := range some(d, 1, "https://a.example", "b@example.com") {
		out.Authentications = append(out.Authentications, Authentication{Issuer: issuer, JwksURI: one(d, "https://x/keys", "https://y/keys"), FromParams: some(d, 0, "token")})
	}
	for range d.IntN(3) {
		out.Authorizations = append(out.Authorizations, Authorization{some(d, 0, "read", "write"), some(d, 0, "web", "app")})
	}
	return out
}

func (d dice) rule() Rule {
	out := Rule{
		Path:    one(d, "/", "/*", "/{**}", "/a", "/a/{*}", "/a/{**}", "/b"),
		Methods: some(d, 1, "GET", "POST", "PUT", "DELETE"),
	}
	switch d.IntN(3) {
	case 0:
		out.NoAuth = true
	case 1:
		out.JWT = d.tokens()
	default:
		out.ExtAuth = &External{Authorizers: some(d, 1, "first", "second", "third")}
		if d.IntN(2) == 0 {
			out.ExtAuth.Restrictions = d.tokens()
		}
	}
	if d.IntN(4) == 0 {
		out.Service = &Service{Ref: Ref{one(d, "", "store"), "other"}}
	}
	return out
}

// rule: no two have a path and a method in common, which the controller refuses.
func (d dice) apiRule() *APIRule {
	out := &APIRule{Ref: Ref{"shop", "cart"}, Version: V2, Hosts: []string{one(d, "cart", "*.example.com")}, Service: &Service{Ref: Ref{"", "cart"}}}
	for range 1 + d.IntN(4) {
		out.Rules = append(out.Rules, d.rule())
		last := len(out.Rules) - 1
		for i := range last {
			if templated(out.Rules[i].Path) == templated(out.Rules[last].Path) && out.shares(i, last) {
				out.Rules = out.Rules[:last]
				break
			}
		}
	}
	return out
}

// TestRandom: of whatever APIRule, what is generated is recognised, comes from its rule,
// and is no drift.
func TestRandom(t *testing.T) {
	w := world{map[string]string{"app": "a", "version": "v1"}, true, "example.com"}
	for n := range uint64(3000) {
		d := dice{rand.New(rand.NewPCG(1, n))} //nolint:gosec // the same every time
		r := d.apiRule()
		release := one(d, Before310, Internal, Since310, Since350)
		all, err := generate(r, w, release)
		if err != nil {
			t.Fatal(err)
		}
		policies, authentications, err := GenerateAs(r, w, release)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range policies {
			p.Name = fmt.Sprintf("p%d", i)
		}
		for _, m := range all {
			o, ok := Recognise(m.policy, policies)
			if !ok || o.Owner != r.Ref || o.Strategy != m.part.strategy {
				t.Errorf("%d: rule %d: %s is recognised as %s", n, m.part.rule, m.part.strategy, o.Strategy)
			}
			if got := o.RuleIn(r, m.policy); got != m.part.rule && o.Strategy != InCluster {
				t.Errorf("%d: rule %d is recognised as %d", n, m.part.rule, got)
			}
		}
		d.Shuffle(len(policies), func(i, j int) { policies[i], policies[j] = policies[j], policies[i] })
		got, err := Compare(r, w, policies, authentications)
		if err != nil || len(got.Differences) > 0 || got.Release != release {
			t.Fatalf("%d: %s read as %s: %+v %v", n, release, got.Release, got.Differences, err)
		}
	}
}
