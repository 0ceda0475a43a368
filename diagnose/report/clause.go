package report

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// fieldClause words one field, briefly.
func fieldClause(policy authz.Ref, f authz.FieldTrace) clause {
	c := clause{policy: policy.String(), field: fieldName(f), wanted: wanted(f, maxReasons), got: got(f)}
	if f.Ignored != "" {
		c.below = append(c.below, "ignored: "+f.Ignored)
	}
	if f.Slip != "" {
		c.below = append(c.below, "likely a slip: "+f.Slip)
	}
	if f.Never != "" && f.Never != f.Slip {
		c.below = append(c.below, "never: "+f.Never)
	}
	return c
}

// fieldName is the field's path, with the key of a condition behind it.
func fieldName(f authz.FieldTrace) string {
	if f.Key == "" {
		return f.Field
	}
	return f.Field + " (" + f.Key + ")"
}

// wanted words the values of a field, of many only the first shown.
func wanted(f authz.FieldTrace, shown int) string {
	var vs []string
	for _, v := range f.Wanted {
		vs = append(vs, value(v))
	}
	s := names(vs, shown)
	switch {
	case len(vs) == 0:
		s = "nothing"
	case f.Not && len(vs) == 1:
		return "not " + s
	case f.Not:
		return "none of " + s
	}
	return s
}

// got words what the request has for a field.
func got(f authz.FieldTrace) string {
	switch {
	case f.Got != "":
		return value(f.Got)
	case f.Matches == authz.Open:
		return "not given"
	case f.Matches == authz.Unseen:
		return "not seen"
	}
	return "none"
}

// value quotes a value whose bounds one could not see otherwise.
func value(s string) string {
	if s == "" || strings.TrimSpace(s) != s || strings.Contains(s, "  ") || strings.Contains(s, ", ") {
		return `"` + s + `"`
	}
	return s
}
