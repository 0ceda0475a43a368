package cmd

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"

// didYouMean returns `, did you mean x?` for the nearest candidate, or the empty
// string where none is near.
func didYouMean(got string, candidates []string) string {
	best := spell.Closest(got, candidates, spell.Distance)
	if best == "" || best == got {
		return ""
	}
	return ", did you mean " + best + "?"
}
