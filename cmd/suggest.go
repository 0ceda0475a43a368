package cmd

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// didYouMean returns `, did you mean x?` for the nearest candidate, or else the only one
// that got begins, or the empty string where none is near.
func didYouMean(got string, candidates []string) string {
	best := spell.Closest(got, candidates, spell.Distance)
	if best == "" {
		best = onlyLonger(got, candidates)
	}
	if best == "" || best == got {
		return ""
	}
	return ", did you mean " + best + "?"
}

// onlyLonger is the one candidate that begins with got; empty if there are several, or
// got is too short to mean one.
func onlyLonger(got string, candidates []string) string {
	found := ""
	for _, c := range candidates {
		switch {
		case len(strings.TrimLeft(got, "-")) < 3 || !strings.HasPrefix(c, got):
		case found != "":
			return ""
		default:
			found = c
		}
	}
	return found
}
