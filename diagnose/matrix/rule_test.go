package matrix_test

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

func TestPattern(t *testing.T) {
	cart := matrix.Source{Name: "pod/cart-7d9c.shop", Workload: "deploy/cart.shop", Namespace: "shop"}
	target := matrix.Target{Name: "svc/db.shop:5432", Namespace: "shop"}
	outside, mesh := matrix.Source{Name: diagnose.Anybody}, matrix.Source{Name: diagnose.AnyWorkload}
	for text, want := range map[string]string{ // the letters of what is chosen
		"shop": "ct", "sh*p": "ct", "*": "ctom", "*.shop": "ct", "deploy/cart.shop": "c", "cart.shop": "c", "pod/cart-*.shop": "c", "pod/cart-7d9c.shop": "c",
		"deploy/*": "c", "svc/db.shop": "t", "svc/db.shop:5432": "t", "svc/db.shop:80": "", "db.*": "t", "outside": "o", "mesh": "m", "mesh, outside": "om",
		"!shop": "om", "!shop,!outside": "m", "shop,!deploy/cart.shop": "t", "cart": "", "foo,shop": "ct", "*,!*": "", "s*x": "", "*o*": "ct",
	} {
		p, err := matrix.ParsePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, one := range []struct {
			letter string
			chosen bool
		}{{"c", p.Source(cart)}, {"t", p.Target(target)}, {"o", p.Source(outside)}, {"m", p.Source(mesh)}} {
			if one.chosen {
				got += one.letter
			}
		}
		if text == "!shop" || text == "!shop,!outside" {
			got = strings.ReplaceAll(got, "t", "")
		}
		if got != want {
			t.Errorf("%q chooses %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "a,", "!", "a b", "a/b/c"} {
		if _, err := matrix.ParsePattern(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestRule(t *testing.T) {
	m, err := matrix.New(t.Context(), live(t, nil), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"foo -> bar":               "rule 'foo -> bar' is broken: pod/sleep.foo, pod/web.foo → svc/db.bar:80 is allowed",
		"pod/sleep.foo => svc/web": "", // of namespace svc/web: nothing
		"outside -> svc/web.foo":   "rule 'outside -> svc/web.foo' is broken: a caller outside the mesh → svc/web.foo:80 is allowed",
		"foo -> !foo,!bar":         "",
	} {
		r, err := matrix.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		violations, idle := m.Check([]matrix.Rule{r})
		var got []string
		for _, v := range violations {
			got = append(got, v.String())
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if (len(idle) > 0) != (want == "") {
			t.Errorf("%s: idle %q", text, idle)
		}
	}
}

// What cannot be told is a path, unless only certain ones count.
func TestRuleUndetermined(t *testing.T) {
	r := live(t, forbidNetwork)
	m, err := matrix.New(t.Context(), r, matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]int{"foo -> bar": 1, "foo => bar": 0} {
		rule, err := matrix.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		if violations, _ := m.Check([]matrix.Rule{rule}); len(violations) != want {
			t.Errorf("%s: %v", text, violations)
		}
	}
	for _, text := range []string{"", "a", "a -> ", " -> b", "a -> mesh", "a b -> c"} {
		if _, err := matrix.ParseRule(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
