package report

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// conditions lists the alternatives by the verdict that they lead to.
func (t *text) conditions(indent int, all []authz.Condition) {
	for _, v := range []diagnose.Verdict{diagnose.Allowed, diagnose.Denied, diagnose.Conditional, diagnose.Undetermined} {
		var some []authz.Condition
		for _, c := range all {
			if c.Verdict == v {
				some = append(some, c)
			}
		}
		if len(some) == 0 {
			continue
		}
		word := lookOf(v).word
		t.heading(indent, word[:1]+strings.ToLower(word[1:])+" if")
		or := 0
		if len(some) > 1 {
			or = len("or ")
		}
		for i, c := range some {
			lead := cell{text: "or", width: or}
			if i == 0 {
				lead.text = ""
			}
			t.item(indent+gap, []cell{lead}, t.allOf(c), "")
		}
	}
}

// allOf words one alternative.
func (t *text) allOf(c authz.Condition) string {
	var out []string
	for _, a := range c.All {
		s := a.Words
		if s == "" {
			s = atomWords(a)
		} else if t.full && s != atomWords(a) {
			s += " (" + atomWords(a) + ")"
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return "whatever else the request holds"
	}
	return strings.Join(out, " and ")
}

func atomWords(a authz.Atom) string {
	var vs []string
	for _, v := range a.OneOf {
		vs = append(vs, value(v))
	}
	is := " is "
	if a.Not {
		is = " is not "
	}
	switch len(vs) {
	case 0:
		return a.Attribute + is + "present"
	case 1:
		return a.Attribute + is + vs[0]
	}
	return a.Attribute + is + "one of " + strings.Join(vs, ", ")
}
