package authz

import (
	"fmt"
	"slices"
	"strings"
)

// stringTests: a star at either end. Trust domains are not migrated.
func stringTests(v string) (test, bool) { return stringTest(v), true }

// namespaceTests compare with the identity's namespace, a star in the middle
// being literal.
func namespaceTests(v string) (test, bool) {
	t := stringTest(v)
	t.inner, t.op = t.op, opIdentityNS
	return t, true
}

// accountTests ignore the trust domain and cut at the first slash.
func (c *ztunnelRule) accountTests(v string) (test, bool) {
	ns, sa, ok := strings.Cut(v, "/")
	if !ok {
		ns, sa = c.namespace, v
	}
	return test{op: opIdentitySA, text: ns, more: sa}, true
}

func blockTests(v string) (test, bool) {
	p, ok := parseBlock(v)
	return cidrTest(p), ok
}

func portTests(v string) (test, bool) {
	p, ok := parsePort(v)
	return test{op: opPort, port: p}, ok
}

// list adds the valid values; the others are silently left out, in ALLOW too.
func (c *ztunnelRule) list(l *clause, path string, k kind, make1 func(string) (test, bool), values []string, not bool) {
	if len(values) == 0 {
		return
	}
	f := field{subject: subject{kind: k}, not: not, path: path, wanted: values}
	for i, v := range values {
		t, ok := make1(v)
		if !ok {
			f.notes = append(f.notes, fmt.Sprintf("%q is not valid and left out", v))
			continue
		}
		f.tests, f.of = append(f.tests, t), append(f.of, i)
	}
	if len(f.tests) == 0 {
		f.ignored = whyInvalid
	}
	l.fields = append(l.fields, f)
}

// unseen adds a list of an attribute that ztunnel does not see.
func (c *ztunnelRule) unseen(l *clause, path string, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	c.lost(path, whyL7)
	l.fields = append(l.fields, field{path: path, wanted: values, not: not, ignored: whyL7})
}

// trust adds a list of trust domains, which vanish even from an ALLOW rule.
func (c *ztunnelRule) trust(l *clause, path string, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	c.out.notes = append(c.out.notes, path+": left out: "+whyTrustZ)
	l.fields = append(l.fields, field{path: path, wanted: values, not: not, ignored: whyTrustZ})
}

// lost notes what ztunnel does not know.
func (c *ztunnelRule) lost(path, why string) {
	switch {
	case !c.allow:
		c.out.notes = append(c.out.notes, path+": left out: "+why)
	case c.out.dropped == "":
		c.out.dropped = path + ": " + why
	}
}

// close makes an alternative with nothing left match nothing.
func (c *ztunnelRule) close(l clause, at string) clause {
	if !l.bare() {
		if slices.ContainsFunc(l.fields, func(f field) bool { return f.ignored == whyTrustZ }) {
			c.out.notes = append(c.out.notes, at+": it matches identities of any trust domain")
		}
		return l
	}
	l.never = true
	c.out.notes = append(c.out.notes, at+": nothing of it is left, so it never matches")
	return l
}

// noOp notes a rule of which one part can never match.
func (c *ztunnelRule) noOp() {
	for _, g := range c.out.groups {
		if !slices.ContainsFunc(g, func(l clause) bool { return !l.never }) && c.out.dropped == "" {
			does := "denies"
			if c.allow {
				does = "allows"
			}
			c.out.notes = append(c.out.notes, "the rule never matches in ztunnel: it "+does+" nothing")
			return
		}
	}
}

func (c *ztunnelRule) add(group []clause) {
	if len(group) > 0 {
		c.out.groups = append(c.out.groups, group)
	}
}
