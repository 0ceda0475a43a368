package fix

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// whyNot says why nothing is proposed for a denial: what it would take, and that nobody
// can tell it from what is there; it ends without a period. open is what a draft leads to
// that depends on the request; nil for none.
func whyNot(d, open *diagnose.Diagnosis) string {
	summary := strings.TrimRight(d.Status.Summary, ".")
	if d.Status.Verdict == diagnose.Conditional {
		open = d
	}
	if words := leftOpen(open); words != "" {
		return "what is repaired lets some requests through and not others, by what the question leaves open: say " + words + ", and it is proved for just that request: " + summary
	}
	holds := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(summary, w) })
	}
	why := "no change of an object that this program knows how to make lets it through"
	declined := declines(d)
	switch {
	case declined != "":
		why = declined
	case holds("not ready"):
		why = "no change of a policy or a route makes a Pod ready: look at its events and its logs"
	case holds("restart it"):
		why = "the Pod has to start anew to get its proxy, which no change of an object makes it do"
	case holds("extensionProviders", "authorizer"):
		why = "who is to be asked, and what it would answer, no object here tells"
	case holds("direct response", "redirects"):
		why = "a route answers in place of the workload, as somebody has written it: what it was to do instead cannot be told"
	case holds("answers 404 itself", "answers 500 itself", "no server for it", "no DestinationRule in sight has", "there is no such Service", "which no ServiceEntry registers"):
		why = "what is asked for is not there, and nothing that is there is near enough to be what was meant"
	}
	return why + ": " + summary
}

// declines is what a platform says of the stage that denies; empty if none does.
func declines(d *diagnose.Diagnosis) string {
	for _, p := range diagnose.Platforms() {
		declining, ok := p.(Declining)
		for _, a := range d.Status.Answers {
			if ok && a.Verdict == diagnose.Denied {
				why := ""
				if diagnose.Attempt(func() { why = declining.Decline(a.Reason.Stage) }); why != "" {
					return why
				}
			}
		}
	}
	return ""
}

// leftOpen are the options that would say what conditions are about, "--method and
// --header x-team"; empty if there are none.
func leftOpen(d *diagnose.Diagnosis) string {
	if d == nil {
		return ""
	}
	var out []string
	for _, a := range d.Status.Answers {
		for _, c := range a.Conditions {
			for _, atom := range c.All {
				out = append(out, option(atom.Attribute))
			}
		}
	}
	out = unique(out)
	slices.Sort(out)
	return strings.Join(out, " and ")
}

// option says an attribute of a request on the command line; empty where none does.
func option(attribute string) string {
	name, rest, _ := strings.Cut(attribute, " ")
	switch {
	case name == "method", name == "path", name == "host", name == "sni":
		return "--" + name
	case name == "header":
		return "--header " + rest
	case name == "claim", attribute == "request principal", strings.HasPrefix(name, "request.auth."):
		return "--claim or --token"
	case attribute == "source IP", attribute == "remote IP":
		return "--source-ip"
	}
	return ""
}
