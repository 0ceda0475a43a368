package report

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// conditions lists the alternatives by the verdict that they lead to.
func (t *text) conditions(indent int, all []ConditionsView) {
	for _, v := range all {
		t.heading(indent, v.Heading)
		or := 0
		if len(v.Alternatives) > 1 {
			or = len("or ")
		}
		for i, c := range v.Alternatives {
			lead := cell{text: "or", width: or}
			if i == 0 {
				lead.text = ""
			}
			t.item(indent+gap, []cell{lead}, c, "")
		}
	}
}

// conditionViews groups conditions by their verdicts. With exact, they are told as the
// policies write them, too.
func conditionViews(all []authz.Condition, exact bool) []ConditionsView {
	var out []ConditionsView
	for _, v := range []diagnose.Verdict{diagnose.Allowed, diagnose.Denied, diagnose.Conditional, diagnose.Undetermined} {
		word := lookOf(v).word
		some := ConditionsView{Heading: word[:1] + strings.ToLower(word[1:]) + " if"}
		for _, c := range all {
			if c.Verdict == v {
				some.Alternatives = append(some.Alternatives, allOf(c, exact))
			}
		}
		if len(some.Alternatives) > 0 {
			out = append(out, some)
		}
	}
	return out
}

// allOf words one alternative.
func allOf(c authz.Condition, exact bool) string {
	var out []string
	for _, a := range c.All {
		s := a.Words
		if s == "" {
			s = atomWords(a)
		} else if exact && s != atomWords(a) {
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
