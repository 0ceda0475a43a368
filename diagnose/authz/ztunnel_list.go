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
func (c *nodeRule) accountTests(v string) (test, bool) {
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
func (c *nodeRule) list(l *clause, path string, of subject, make1 func(string) (test, bool), values []string, not bool) {
	if len(values) == 0 {
		return
	}
	f := field{subject: of, not: not, path: path, wanted: values}
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
	} else {
		c.useless(&f)
	}
	l.fields = append(l.fields, f)
}

// unseen adds a list of an attribute that istiod does not translate: it is of HTTP.
func (c *nodeRule) unseen(l *clause, path string, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	why := c.name + " does not see it"
	c.lost(path, why)
	l.fields = append(l.fields, field{path: path, wanted: values, not: not, ignored: why})
}

// account adds a list of service accounts, which vanish where they are not looked at.
func (c *nodeRule) account(l *clause, path string, values []string, not bool) {
	if c.accounts {
		c.list(l, path, c.identity, c.accountTests, values, not)
		return
	}
	c.vanish(l, path, " does not know service accounts", values, not)
}

// trust adds a list of trust domains, which vanish even from an ALLOW rule.
func (c *nodeRule) trust(l *clause, path string, values []string, not bool) {
	c.vanish(l, path, noTrustDomains, values, not)
}

const noTrustDomains = " does not look at trust domains"

// vanish adds a list that counts for nothing, while the rest of its entry stays.
func (c *nodeRule) vanish(l *clause, path, why string, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	why = c.name + why
	c.out.notes = append(c.out.notes, path+": left out: "+why)
	l.fields = append(l.fields, field{path: path, wanted: values, not: not, ignored: why, vanished: true})
}

// lost notes what istiod does not translate.
func (c *nodeRule) lost(path, why string) {
	switch {
	case !c.allow:
		c.out.notes = append(c.out.notes, path+": left out: "+why)
	case c.out.dropped == "":
		c.out.dropped = path + ": " + why
	}
}

// close makes an alternative with nothing left match nothing.
func (c *nodeRule) close(l clause, at string) clause {
	if !l.bare() {
		i := slices.IndexFunc(l.fields, func(f field) bool { return f.vanished })
		switch {
		case i < 0:
		case strings.HasSuffix(l.fields[i].ignored, noTrustDomains):
			c.out.notes = append(c.out.notes, at+": it matches identities of any trust domain")
		default:
			c.out.notes = append(c.out.notes, at+": it matches identities of any service account")
		}
		return l
	}
	l.never = true
	c.out.notes = append(c.out.notes, at+": nothing of it is left, so it never matches")
	return l
}

// noOp notes a rule of which one part can never match.
func (c *nodeRule) noOp() {
	for _, g := range c.out.groups {
		if !slices.ContainsFunc(g, func(l clause) bool { return !l.never }) && c.out.dropped == "" {
			does := "denies"
			if c.allow {
				does = "allows"
			}
			c.out.notes = append(c.out.notes, "the rule never matches in "+c.name+": it "+does+" nothing")
			return
		}
	}
}

func (c *nodeRule) add(group []clause) {
	if len(group) > 0 {
		c.out.groups = append(c.out.groups, group)
	}
}
