package diagnose

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// inTurn joins what CUSTOM policies say and what the others say of the request as
// the JWT filter leaves it. The first that denies decides; without CUSTOM policies
// it is what the others say.
func inTurn(custom, others authz.Explanation) authz.Explanation {
	if len(custom.Policies) == 0 {
		return others
	}
	out := others
	switch {
	case custom.Verdict == Denied, others.Verdict != Denied && custom.Verdict == Undetermined:
		out.Decision, out.Report, out.Near = custom.Decision, custom.Report, nil
		out.Conditions, out.Missing = nil, custom.Missing
	case others.Verdict == Allowed && custom.Verdict == Conditional:
		out.Decision, out.Conditions = custom.Decision, custom.Conditions
	}
	out.Policies = append(slices.Clone(custom.Policies), others.Policies...)
	out.Skipped = slices.Clone(others.Skipped)
	out.Skipped = append(out.Skipped, custom.Skipped...)
	slices.SortFunc(out.Skipped, func(a, b authz.Skipped) int { return strings.Compare(a.Policy.String(), b.Policy.String()) })
	out.Notes = unique(append(slices.Clone(custom.Notes), others.Notes...))
	return out
}
