package routing

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// op is how a test compares.
type op uint8

const (
	opPresent op = iota // whatever the value
	opExact
	opPrefix
	opSegment // the prefix of a path, which ends where a segment does
	opSuffix
	opRegex
	opBlock // an address in a CIDR block
)

// test is one comparison with a value.
type test struct {
	op    op
	text  string
	fold  bool // ignores case
	re    *regexp.Regexp
	block netip.Prefix
	why   string // it cannot be carried out
}

// regex tests the whole value, as Envoy's safe_regex does.
func regex(pattern string) test {
	re, err := regexp.Compile(`\A(?:` + pattern + `)\z`)
	t := test{op: opRegex, text: pattern, re: re}
	if err != nil {
		t.why = "what the regex " + pattern + " matches: it cannot be read"
	}
	return t
}

// hostTest matches a domain of a virtual host or a server name, perhaps a wildcard.
func hostTest(pattern string) test {
	switch {
	case pattern == "*":
		return test{op: opPresent}
	case wildcard(pattern):
		return test{op: opSuffix, text: strings.ToLower(pattern[1:]), fold: true}
	}
	return test{op: opExact, text: strings.ToLower(pattern), fold: true}
}

func (t test) match(v string) bool {
	text := t.text
	if t.fold {
		v, text = strings.ToLower(v), strings.ToLower(text)
	}
	switch t.op {
	case opPresent:
		return true
	case opExact:
		return v == text
	case opPrefix:
		return strings.HasPrefix(v, text)
	case opSegment:
		return v == text || strings.HasPrefix(v, text+"/")
	case opSuffix:
		return len(v) > len(text) && strings.HasSuffix(v, text)
	case opRegex:
		return t.re != nil && t.re.MatchString(v)
	case opBlock:
		a, err := netip.ParseAddr(v)
		return err == nil && t.block.Contains(a.Unmap())
	}
	return false
}

// within reports whether what t matches is certainly matched by o too.
func (t test) within(o test) bool {
	if t.op == o.op && t.text == o.text && t.block == o.block && (o.fold || !t.fold) {
		return true
	}
	switch {
	case o.op == opPresent:
		return true
	case t.fold && !o.fold:
		return false
	case t.op == opExact:
		return o.match(t.text)
	case t.op == opPrefix || t.op == opSegment:
		return o.op == opPrefix && o.match(t.text) || o.op == opSegment && t.op == opSegment && o.match(t.text)
	case t.op == opSuffix:
		return o.op == opSuffix && strings.HasSuffix(t.text, o.text)
	case t.op == opBlock:
		return o.op == opBlock && o.block.Bits() <= t.block.Bits() && o.block.Contains(t.block.Addr())
	}
	return false
}

// apart reports whether nothing is matched by both.
func (t test) apart(o test) bool {
	starts := func(t test) bool { return t.op == opPrefix || t.op == opSegment }
	switch {
	case t.op == opExact && (!t.fold || o.fold):
		return o.why == "" && !o.match(t.text)
	case o.op == opExact && (!o.fold || t.fold):
		return t.why == "" && !t.match(o.text)
	case starts(t) && starts(o) && t.fold == o.fold:
		return !test{op: opPrefix, text: t.text, fold: t.fold}.match(o.text) && !test{op: opPrefix, text: o.text, fold: t.fold}.match(t.text)
	case t.op == opBlock && o.op == opBlock:
		return !t.block.Overlaps(o.block)
	}
	return false
}

// condition asks whether one of the tests matches an attribute.
type condition struct {
	attribute string // as an Atom calls it
	tests     []test
	not       bool
	list      bool // the attribute may have several values at once
	truth     authz.Truth
	missing   string // the fact that is not seen
}

// ask evaluates a condition on an attribute that has all of the values at once: a
// claim may be a list, anything else is one value.
func ask(attribute string, not bool, values []string, state authz.State, why string, tests ...test) condition {
	c := condition{attribute: attribute, tests: tests, not: not}
	switch state {
	case authz.StateOpen:
		c.truth = authz.Open
	case authz.StateUnseen:
		c.truth, c.missing = authz.Unseen, why
	case authz.StateKnown:
		for _, v := range values {
			if slices.ContainsFunc(tests, func(t test) bool { return t.match(v) }) {
				c.truth = authz.True
			}
		}
		if i := slices.IndexFunc(tests, func(t test) bool { return t.why != "" }); i >= 0 && c.truth == authz.False {
			c.truth, c.missing = authz.Unseen, tests[i].why
		}
	case authz.StateAbsent:
	}
	if not {
		c.truth = authz.Not(c.truth)
	}
	return c
}

// askAttr is ask for an attribute with one value.
func askAttr(attribute string, not bool, v authz.Attr[string], tests ...test) condition {
	value, _ := v.Get()
	return ask(attribute, not, []string{value}, v.State(), v.Why(), tests...)
}

// negated is the opposite.
func (c condition) negated() condition {
	c.not, c.truth = !c.not, authz.Not(c.truth)
	return c
}

// same reports whether two conditions ask for the same.
func (c condition) same(o condition) bool {
	return c.attribute == o.attribute && c.not == o.not && c.atom().Words == o.atom().Words
}

// implies reports whether c makes o certain.
func (c condition) implies(o condition) bool {
	switch {
	case c.attribute != o.attribute:
		return false
	case c.not && o.not:
		c, o = o, c
	case c.not:
		return false
	case o.not:
		return !c.list && all(c.tests, func(t test) bool { return all(o.tests, t.apart) })
	}
	return all(c.tests, func(t test) bool { return slices.ContainsFunc(o.tests, t.within) })
}

// all reports whether f is true of every element.
func all[T any](list []T, f func(T) bool) bool {
	return !slices.ContainsFunc(list, func(e T) bool { return !f(e) })
}
