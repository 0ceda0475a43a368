package netpol

import (
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
)

// why words the result in one sentence.
func (a ask) why(r Result) string {
	switch {
	case !a.subject.Pod:
		return "allows: " + a.subject.String() + " is no Pod, and policies select only Pods"
	case r.Verdict == Allowed && len(r.Selecting) == 0 && r.Policy == "":
		return "allows: none selects " + a.subject.String() + " for " + a.way()
	case r.Verdict == Allowed:
		return "allows: " + r.Field + " of " + r.Policy + " admits " + a.traffic()
	case r.Verdict == Denied:
		return selectors(r.Selecting) + " " + a.subject.String() + " and no " + a.way() + " rule admits " + a.traffic()
	}
	return "whether " + a.way() + " policies admit " + a.traffic() + " is not known: missing " + strings.Join(r.Missing, "; ")
}

func (a ask) way() string { return strings.ToLower(string(a.direction)) }

// traffic words the connection from the other end: "foo/sleep on port 80".
func (a ask) traffic() string {
	if a.direction == networkingv1.PolicyTypeIngress {
		return a.peer.String() + " on " + a.c.portString()
	}
	return "traffic to " + a.peer.String() + " on " + a.c.portString()
}

// selectors words a list of policies with its verb, and keeps it short.
func selectors(names []string) string {
	const shown = 3
	switch n := len(names); {
	case n == 1:
		return names[0] + " selects"
	case n <= shown:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1] + " select"
	default:
		return strings.Join(names[:shown-1], ", ") + " and " + strconv.Itoa(n-shown+1) + " more select"
	}
}
