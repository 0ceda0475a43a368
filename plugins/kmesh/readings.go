package kmesh

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// readings finds policies of which Kmesh makes something else than was written, where
// that turns the answer.
func readings(leg diagnose.Leg) []diagnose.Remark {
	var out []diagnose.Remark
	for _, got := range leg.Policies {
		if want, ok := leg.Misread(got); ok {
			out = append(out, reading(got, want)...)
		}
	}
	return out
}

// reading words one of them.
func reading(got authz.PolicyTrace, want authz.Truth) []diagnose.Remark {
	name := fmt.Sprintf("%s policy %s", got.Action, got.Policy)
	would := map[authz.Truth]string{authz.True: "would match", authz.False: "would not match", authz.Open: "may match"}[want] + " this request as it is written"
	does := map[bool]string{true: "matches", false: "does not match"}[got.Matches == authz.True]
	remark := func(kind diagnose.FindingKind, field, message string) []diagnose.Remark {
		return []diagnose.Remark{{Kind: kind, Message: message, Field: field, Objects: []string{got.Policy.String()}}}
	}
	if field, ok := got.Field(func(f authz.FieldTrace) bool { return vanishes(f) && f.Ignored != "" }); ok {
		return remark(findingVanished, field, fmt.Sprintf("%s %s. Kmesh leaves %s out, and the policy %s.", name, would, short(field), does))
	}
	if field, ok := got.Field(authz.FieldTrace.IsHTTP); ok {
		return remark(findingDenyInKmesh, field, fmt.Sprintf("%s %s. Kmesh sees no HTTP: without %s the policy %s.", name, would, short(field), does))
	}
	if field, ok := got.Field(neverMatches); ok {
		return remark(findingNever, field, fmt.Sprintf("%s %s. In Kmesh it %s: %s.", name, would, does, why(got, field)))
	}
	return nil
}

func short(field string) string { return strings.TrimPrefix(field, "spec.") }

// vanishes reports whether a field is one of those that Kmesh does not know.
func vanishes(f authz.FieldTrace) bool {
	return strings.HasSuffix(f.Field, "rustDomains") || strings.HasSuffix(f.Field, "erviceAccounts")
}

// why tells why the list of that field matches nobody.
func why(p authz.PolicyTrace, field string) string {
	for _, r := range p.Rules {
		for _, f := range r.Fields {
			if f.Field == field {
				return cmp.Or(f.Never, f.Slip)
			}
		}
	}
	return ""
}
