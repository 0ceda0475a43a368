package matrix

import (
	"regexp"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// FuzzRule reads rules of --fail-on: what a rule says of itself is the same rule.
func FuzzRule(f *testing.F) {
	for _, text := range []string{"foo -> bar", "* => !shop", "deploy/a.b, !mesh -> svc/*.c:80", "outside->*", "a ->", "->", "a - > b", "! -> !", "a/b/c -> d", "a => b -> c", "\x1b -> \u202e"} {
		f.Add(text)
	}
	sources := []Source{{Name: "pod/a-1.b", Workload: "deploy/a.b", Namespace: "b"}, {Name: "deploy/shop.shop", Workload: "deploy/shop.shop", Namespace: "shop"}, {Name: diagnose.AnyWorkload, Workload: diagnose.AnyWorkload}, {Name: diagnose.Anybody, Workload: diagnose.Anybody}}
	targets := []Target{{Name: "svc/x.c:80", Namespace: "c"}, {Name: "svc/db.shop:5432", Namespace: "shop"}}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\n\r\x00") {
				t.Errorf("the error is %q", err)
			}
			return
		}
		again, err := ParseRule(r.String())
		if err != nil {
			t.Fatalf("%q says that it is %q: %v", text, r.String(), err)
		}
		if r.certain != again.certain {
			t.Errorf("%q and %q", text, r.String())
		}
		for _, s := range sources {
			if r.from.Source(s) != again.from.Source(s) {
				t.Errorf("%q and %q choose otherwise of %v", text, r.String(), s)
			}
		}
		for _, s := range targets {
			if r.to.Target(s) != again.to.Target(s) {
				t.Errorf("%q and %q choose otherwise of %v", text, r.String(), s)
			}
		}
	})
}

// FuzzGlob compares the matching of * with that of a regular expression.
func FuzzGlob(f *testing.F) {
	for _, p := range []string{"", "*", "a*b", "*a*a*", "**", "deploy/*.foo"} {
		f.Add(p, "deploy/aab.foo")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		parts := strings.Split(pattern, "*")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(p)
		}
		want, err := regexp.Compile(`(?s)\A` + strings.Join(parts, `.*`) + `\z`)
		if err != nil || strings.ToValidUTF8(text, "") != text {
			return
		}
		if got := glob(pattern, text); got != want.MatchString(text) {
			t.Errorf("%q matches %q: %v", pattern, text, got)
		}
	})
}
