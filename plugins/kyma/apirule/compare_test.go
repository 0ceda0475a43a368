package apirule

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// named gives generated objects the names that the API server would.
func (s *story) named() (policies []*securityv1.AuthorizationPolicy, authentications []*securityv1.RequestAuthentication) {
	for i, p := range s.policies {
		p = p.DeepCopy()
		p.Name = fmt.Sprintf("%sp%d", p.GenerateName, i)
		policies = append(policies, p)
	}
	for i, a := range s.authentications {
		a = a.DeepCopy()
		a.Name = fmt.Sprintf("%sa%d", a.GenerateName, i)
		authentications = append(authentications, a)
	}
	return policies, authentications
}

// TestRoundTrip: what was generated is recognised, and is no drift.
func TestRoundTrip(t *testing.T) {
	for _, s := range stories(t, "controller", "derived") {
		t.Run(s.name, func(t *testing.T) {
			policies, authentications := s.named()
			slices.Reverse(policies) // an API server has them by name
			got, err := Compare(s.rule, s, policies, authentications)
			if err != nil {
				t.Fatal(err)
			}
			if got.Release != s.release || !got.Compared {
				t.Errorf("release %s, compared %v; want release %s", got.Release, got.Compared, s.release)
			}
			for _, d := range got.Differences {
				t.Errorf("%s: %s", d.Field, d.Words)
			}
			wanted, err := generate(s.rule, s, s.release)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range wanted {
				o, ok := Recognise(m.policy, policies)
				if !ok || o.Owner != s.rule.Ref || o.Strategy != m.part.strategy {
					t.Errorf("rule %d, %s: recognised as %s of %s", m.part.rule, m.part.strategy, o.Strategy, o.Owner)
				}
				if at := o.RuleIn(s.rule, m.policy); at != m.part.rule && o.Strategy != InCluster {
					t.Errorf("of rule %d: recognised as of rule %d", m.part.rule, at)
				}
				if o.Legacy != (s.release < Since350) || o.Release > s.release || o.Index < 0 || o.Hash == "" {
					t.Errorf("rule %d: %+v", m.part.rule, o)
				}
			}
		})
	}
}

// wants compares and reports whether one of the differences is at or around a field.
func wants(t *testing.T, s *story, policies []*securityv1.AuthorizationPolicy, authentications []*securityv1.RequestAuthentication, what, field string) {
	t.Helper()
	got, err := Compare(s.rule, s, policies, authentications)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(got.Differences, func(d Difference) bool {
		near := strings.HasPrefix(field, d.Field) || strings.HasPrefix(d.Field, field)
		return d.Field != "" && near && d.Words != "" && d.Object.Name != ""
	}) {
		t.Errorf("%s: want a difference at %s, got %+v", what, field, got.Differences)
	}
}

// TestMutations breaks every value of every generated object, and expects a difference
// that names the field.
func TestMutations(t *testing.T) {
	broken := 0
	for _, s := range stories(t, "controller", "derived") {
		t.Run(s.name, func(t *testing.T) {
			policies, authentications := s.named()
			for i, p := range policies {
				for _, m := range mutants[securityv1.AuthorizationPolicy](t, p) {
					with := slices.Clone(policies)
					with[i] = m.object
					if ReleaseOf(with) != s.release {
						continue // what is left is what an older release writes
					}
					broken++
					wants(t, s, with, authentications, p.Name+" "+m.what, m.field)
				}
			}
			for i, a := range authentications {
				for _, m := range mutants[securityv1.RequestAuthentication](t, a) {
					with := slices.Clone(authentications)
					with[i] = m.object
					broken++
					wants(t, s, policies, with, a.Name+" "+m.what, m.field)
				}
			}
		})
	}
	if broken < 400 {
		t.Errorf("%d mutants are few", broken)
	}
}

// TestLabelsLost: without their labels policies are still taken for what they are, and the
// labels are all that differs.
func TestLabelsLost(t *testing.T) {
	for _, s := range stories(t, "controller", "derived") {
		policies, authentications := s.named()
		for _, p := range policies {
			delete(p.Labels, HashLabel)
		}
		slices.Reverse(policies)
		got, err := Compare(s.rule, s, policies, authentications)
		if err != nil || len(got.Differences) != len(policies) {
			t.Errorf("%s: %d policies, %d differences, %v", s.name, len(policies), len(got.Differences), err)
		}
		for _, d := range got.Differences {
			if d.Drift != Changed || d.Field != "metadata.labels["+HashLabel+"]" {
				t.Errorf("%s: %s %s: %s", s.name, d.Object, d.Field, d.Words)
			}
		}
	}
}
