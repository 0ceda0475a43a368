package routing

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// option is one of several things that are tried in order: what it asks for, all of
// it, and what follows.
type option struct {
	object string // whose it is, for words
	field  string // the match in it: spec.http[0].match[0]
	when   []condition
	then   []Branch
}

// truth of all conditions together.
func (o option) truth() authz.Truth {
	t := authz.True
	for _, c := range o.when {
		t = authz.And(t, c.truth)
	}
	return t
}

// undecided are the conditions that depend on what the question left open.
func (o option) undecided() []condition {
	var out []condition
	for _, c := range o.when {
		if c.truth == authz.Open {
			out = append(out, c)
		}
	}
	return out
}

// missing are the facts that decide and are not seen.
func (o option) missing() []string {
	var out []string
	for _, c := range o.when {
		if c.truth == authz.Unseen {
			out = append(out, c.missing)
		}
	}
	return out
}

// choose tries options in order, as Envoy tries the routes of a virtual host: the
// first that matches is taken. One that certainly matches cuts off those behind it;
// one that can never be reached, since an earlier one matches all that it does, is
// left out. If none certainly matches, otherwise is what remains.
func choose(options []option, otherwise []Branch) []Branch {
	var out []Branch
	var before []option
	for _, o := range options {
		t := o.truth()
		if t == authz.False || slices.ContainsFunc(before, o.behind) {
			continue
		}
		given, missing := none(before, o)
		for _, c := range o.undecided() {
			given = append(given, c.atom())
		}
		out = append(out, under(given, append(missing, o.missing()...), o.then)...)
		if t == authz.True {
			return out
		}
		before = append(before, o)
		if complete(before) {
			return out
		}
	}
	given, missing := none(before, option{})
	return append(out, under(given, missing, otherwise)...)
}

// behind reports whether o is never reached: whatever it matches p does.
func (o option) behind(p option) bool {
	return len(p.missing()) == 0 && len(p.rest(o)) == 0
}

// rest are the conditions of p that those of o leave undecided.
func (o option) rest(p option) []condition {
	var out []condition
	for _, c := range o.undecided() {
		if !slices.ContainsFunc(p.undecided(), func(d condition) bool { return d.implies(c) }) {
			out = append(out, c)
		}
	}
	return out
}

// none is what has to hold so that no earlier option matches where o does, but for
// what o's own conditions, or another of these, make certain. A match of several
// conditions fails in several ways, which only words can tell.
func none(before []option, o option) (given []authz.Atom, missing []string) {
	var fail []condition
	var words []authz.Atom
	for _, p := range before {
		no := slices.ContainsFunc(p.undecided(), func(c condition) bool {
			return slices.ContainsFunc(o.undecided(), func(d condition) bool { return d.implies(c.negated()) })
		})
		if no {
			continue
		}
		missing = append(missing, p.missing()...)
		switch rest := p.rest(o); {
		case len(rest) == 1 && len(p.missing()) == 0:
			fail = append(fail, rest[0].negated())
		case len(rest) > 0:
			words = append(words, authz.Atom{Attribute: "route", Words: "no earlier route of " + p.object + " matches"})
		}
	}
	for i, c := range fail {
		weaker := func(j int) bool { return i != j && fail[j].implies(c) && (!c.implies(fail[j]) || j < i) }
		if !slices.ContainsFunc(indices(fail), weaker) {
			given = append(given, c.atom())
		}
	}
	return append(given, words...), missing
}

func indices[T any](list []T) []int {
	out := make([]int, len(list))
	for i := range list {
		out[i] = i
	}
	return out
}

// complete reports whether two options are each other's opposite, so that one of
// them is taken.
func complete(before []option) bool {
	last := before[len(before)-1]
	if len(last.undecided()) != 1 || len(last.missing()) > 0 {
		return false
	}
	return slices.ContainsFunc(before, func(p option) bool {
		return len(p.undecided()) == 1 && len(p.missing()) == 0 && p.undecided()[0].same(last.undecided()[0].negated())
	})
}

// under puts conditions in front of what branches ask for already.
func under(given []authz.Atom, missing []string, branches []Branch) []Branch {
	out := make([]Branch, 0, len(branches))
	for _, b := range branches {
		b.Given = distinct(append(slices.Clone(given), b.Given...), func(a, b authz.Atom) bool { return a.Words == b.Words })
		b.Missing = distinct(append(slices.Clone(missing), b.Missing...), func(a, b string) bool { return a == b })
		out = append(out, b)
	}
	return out
}

// distinct leaves out what was there before; nil for nothing.
func distinct[T any](list []T, same func(a, b T) bool) []T {
	var out []T
	for _, e := range list {
		if !slices.ContainsFunc(out, func(o T) bool { return same(e, o) }) {
			out = append(out, e)
		}
	}
	return out
}
