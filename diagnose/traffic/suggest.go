package traffic

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// didYouMean returns `, did you mean x?` for the candidate that is nearest to got,
// or nothing if none is near.
func didYouMean(got string, candidates []string) string {
	best := spell.Closest(strings.ToLower(got), candidates, away)
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// away is how far a word in lower case is from a candidate. One that begins like
// it is near: deny for denied.
func away(got, candidate string) int {
	word := strings.ToLower(candidate)
	d := spell.Distance(got, word)
	if same := commonPrefix(got, word); same >= 3 && same >= len(got)-1 {
		return min(d, 1)
	}
	return d
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
