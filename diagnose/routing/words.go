package routing

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// atom words a condition: "path starts with /api", "header x-team is not a".
func (c condition) atom() authz.Atom {
	a := authz.Atom{Attribute: c.attribute, Not: c.not}
	for _, t := range c.tests {
		a.OneOf = append(a.OneOf, t.patterns()...)
	}
	if len(c.tests) == 1 {
		a.Words = c.attribute + " " + c.tests[0].words(c.not)
		return a
	}
	is := " is one of "
	if c.not {
		is = " is not one of "
	}
	a.Words = c.attribute + is + strings.Join(a.OneOf, ", ")
	return a
}

// patterns writes a test with stars where it can be; a regex stays as it is.
func (t test) patterns() []string {
	switch t.op {
	case opPresent:
		return []string{"*"}
	case opPrefix:
		return []string{t.text + "*"}
	case opSegment:
		return []string{t.text, t.text + "/*"}
	case opSuffix:
		return []string{"*" + t.text}
	case opExact, opRegex, opBlock:
		return []string{t.text}
	}
	return []string{t.text}
}

// words is the predicate of a sentence.
func (t test) words(not bool) string {
	pick := func(yes, no string) string {
		if not {
			return no
		}
		return yes
	}
	w := ""
	switch t.op {
	case opPresent:
		return pick("is present", "is absent")
	case opExact:
		if t.text == "" {
			return pick("is empty", "is not empty")
		}
		w = pick("is ", "is not ") + t.text
	case opPrefix:
		w = pick("starts with ", "does not start with ") + t.text
	case opSegment:
		w = pick("is ", "is neither ") + t.text + pick(" or starts with ", " nor starts with ") + t.text + "/"
	case opSuffix:
		w = pick("ends in ", "does not end in ") + t.text
	case opRegex:
		w = pick("matches the regex ", "does not match the regex ") + t.text
	case opBlock:
		w = pick("is in ", "is not in ") + t.text
	}
	if t.fold && (t.op == opExact || t.op == opPrefix || t.op == opSegment) && strings.HasPrefix(t.text, "/") {
		w += " in any case"
	}
	return w
}
