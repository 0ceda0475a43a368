package authz

import (
	"slices"
	"strings"
)

// outline is what a string or identity has for certain that satisfies a test. Two
// outlines often tell what else only the product of two automata does.
type outline struct {
	head, tail string
	whole      bool   // it is all of head
	ns, sa     string // of an identity; empty if any
}

// outline of a test on values of kind k.
func (t *test) outline(k kind) outline {
	var o outline
	switch t.op {
	case opExact:
		o = outline{head: t.text, tail: t.text, whole: true}
	case opPrefix, opTrustDomain:
		if t.nfa == nil {
			o.head = t.text
		}
	case opSuffix:
		o.tail = t.text
	case opTemplate:
		o.head = t.more
	case opNamespace:
		if t.bare {
			o.ns = t.more
		}
	case opServiceAccount:
		o.ns, o.sa = strings.TrimSuffix(t.text[len("/ns/"):], "/"), strings.TrimPrefix(t.more, "sa/")
	case opIdentityNS:
		if t.inner == opExact {
			o.ns = t.text
		}
	case opIdentitySA:
		o.ns, o.sa = t.text, t.more
	case opPresent, opAny, opCIDR, opPort, opIssSub:
		// They tell nothing.
	}
	if k == kindHost {
		o.head, o.tail = lowered(o.head), lowered(o.tail)
	}
	if (k == kindPrincipal || k == kindIdentity) && o.ns == "" {
		o.parts()
	}
	if !plainName(o.ns) || !plainName(o.sa) {
		o.ns, o.sa = "", ""
	}
	return o
}

// parts reads the parts of an identity, which is TD/ns/NS/sa/SA, from its ends.
func (o *outline) parts() {
	if _, rest, found := strings.Cut(o.head, "/ns/"); found {
		if ns, _, found := strings.Cut(rest, "/"); found {
			o.ns = ns
		}
	}
	if i := strings.LastIndexByte(o.tail, '/'); i >= 0 {
		o.sa = o.tail[i+1:]
	}
}

// plainName reports whether an identity has v in one place only: Envoy's regex finds
// a namespace that is called like the words between the names elsewhere, too.
func plainName(v string) bool {
	return v != "ns" && v != "sa" && !strings.ContainsFunc(v, func(r rune) bool { return r >= 0x80 || !nameByte.has(byte(r)) })
}

// excludes reports whether no value has both outlines.
func (o *outline) excludes(p *outline) bool {
	differ := func(a, b string) bool { return a != "" && b != "" && a != b }
	return apart(o.head, o.whole, p.head, p.whole, strings.HasPrefix) || apart(o.tail, o.whole, p.tail, p.whole, strings.HasSuffix) ||
		differ(o.ns, p.ns) || differ(o.sa, p.sa)
}

// apart reports whether a string cannot begin, or end, with both a and b.
func apart(a string, aWhole bool, b string, bWhole bool, begins func(s, with string) bool) bool {
	return (aWhole || !begins(b, a)) && (bWhole || !begins(a, b)) && a != b
}

// excludedPair reports whether it shows that no value satisfies two literals on one
// attribute. The opposite says nothing.
func (s *solver) excludedPair(a, b signed) bool {
	f, g := s.preds[a>>1].f, s.preds[b>>1].f
	return a&1 == 0 && excludedBy(f, g, b&1 != 0) || b&1 == 0 && excludedBy(g, f, a&1 != 0)
}

// valuesExcluded reports whether it shows that each value that l names is excluded by
// another of the literals.
func (s *solver) valuesExcluded(ls cube, l signed) bool {
	f := s.preds[l>>1].f
	if l&1 != 0 || !single(f) {
		return false
	}
	for i := range f.tests {
		one := field{subject: f.subject, tests: f.tests[i : i+1]}
		if !slices.ContainsFunc(ls, func(o signed) bool {
			g := s.preds[o>>1].f
			return o != l && g.subject.kind == f.subject.kind && excludedBy(&one, g, o&1 != 0)
		}) {
			return false
		}
	}
	return true
}

// excludedBy: where f holds, g, or its opposite, does not.
func excludedBy(f, g *field, opposite bool) bool {
	if opposite {
		return implied(f, g)
	}
	return single(f) && every(f, g, excludesTest)
}

// single reports whether the attribute has one value at most.
func single(f *field) bool {
	switch f.subject.kind {
	case kindPrincipal, kindIdentity, kindSNI, kindMethod, kindHost, kindPath:
		return true
	default:
		return false
	}
}

func every(f, g *field, is func(t, u *test, k kind) bool) bool {
	for i := range f.tests {
		for j := range g.tests {
			if !is(&f.tests[i], &g.tests[j], f.subject.kind) {
				return false
			}
		}
	}
	return true
}

// excludesTest: of a path, one test may see the query and the other one not.
func excludesTest(t, u *test, k kind) bool {
	a, b := t.outline(k), u.outline(k)
	return t.full == u.full && a.excludes(&b)
}

// implied reports whether each test of f implies one of g.
func implied(f, g *field) bool {
	for i := range f.tests {
		if !slices.ContainsFunc(g.tests, func(u test) bool { return f.tests[i].implies(&u, f.subject.kind) }) {
			return false
		}
	}
	return true
}

// implies reports whether it shows that what satisfies t satisfies u.
func (t *test) implies(u *test, k kind) bool {
	if t.full != u.full || t.list != u.list || t.fold != u.fold && k == kindHost {
		return false
	}
	a, b := t.outline(k), u.outline(k)
	switch u.op {
	case opPresent:
		return true
	case opExact:
		return a.whole && a.head == b.head && (k != kindHost || u.fold || t.text == u.text)
	case opPrefix, opTrustDomain:
		return u.nfa == nil && strings.HasPrefix(a.head, b.head) && (k != kindHost || u.fold)
	case opSuffix:
		return strings.HasSuffix(a.tail, b.tail) && (k != kindHost || u.fold)
	case opNamespace, opIdentityNS:
		return b.ns != "" && a.ns == b.ns
	case opServiceAccount, opIdentitySA:
		return b.sa != "" && a.ns == b.ns && a.sa == b.sa
	case opAny, opTemplate, opCIDR, opPort, opIssSub:
		return false
	}
	return false
}
