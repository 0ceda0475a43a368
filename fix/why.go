package fix

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// whyNot says why nothing is proposed for a denial: what it would take, and that nobody
// can tell it from what is there; it ends without a period.
func whyNot(d *diagnose.Diagnosis) string {
	summary := strings.TrimRight(d.Status.Summary, ".")
	holds := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(summary, w) {
				return true
			}
		}
		return false
	}
	why := "no change of an object that this program knows how to make lets it through"
	switch {
	case holds("not ready"):
		why = "no change of a policy or a route makes a Pod ready: look at its events and its logs"
	case holds("extensionProviders", "authorizer"):
		why = "who is to be asked, and what it would answer, no object here tells"
	case holds("direct response", "redirects"):
		why = "a route answers in place of the workload, as somebody has written it: what it was to do instead cannot be told"
	case holds("answers 404 itself", "answers 500 itself", "no server for it", "no DestinationRule in sight has", "there is no such Service", "which no ServiceEntry registers"):
		why = "what is asked for is not there, and nothing that is there is near enough to be what was meant"
	}
	return why + ": " + summary
}
