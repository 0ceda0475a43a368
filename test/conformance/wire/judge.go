package wire

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// Finding is what came of one request.
type Finding struct {
	Label string
	// LeftOut tells why nothing was sent or compared.
	LeftOut string
	// Verdict is the plugin's, with what decided: Denied policy.
	Verdict string
	// Mismatch tells in what the two differ.
	Mismatch string

	got  answer
	want []end
}

// end is how a request ends: at whom, and why.
type end struct{ what, hop string }

// How a request ends.
const (
	reached = "Allowed"
	policy  = "Denied by a policy"
	token   = "Denied by the JWT filter"
	refused = "Denied: the connection is refused"
	route   = "Denied: no route"
)

func (e end) String() string { return e.what + " at " + e.hop }

// ask sends a case's request to each proxy to which it may come first.
func (b *Batch) ask(c *Case) []Finding {
	want, leftOut := expected(c)
	if leftOut != "" {
		return []Finding{{Label: c.Label, LeftOut: leftOut}}
	}
	var out []Finding
	var seen []string
	for _, w := range c.Ways {
		if len(w.Stations) == 0 {
			out = append(out, Finding{Label: c.Label, LeftOut: "no proxy on the way"})
			continue
		}
		s := w.Stations[0]
		switch {
		case slices.Contains(seen, s.Pod):
		case c.World.Takes(c.World.Pod(s.Pod), s.Address, s.Transport) == nil:
			out = append(out, Finding{Label: c.Label, LeftOut: "the first proxy is no Envoy"})
		default:
			out = append(out, Finding{Label: c.Label, want: want, got: b.send(c, s)})
		}
		seen = append(seen, s.Pod)
	}
	return out
}

// expected are the ends that the plugin's answers name.
func expected(c *Case) (out []end, leftOut string) {
	if c.Diagnosis == nil {
		return nil, "no Diagnosis"
	}
	for i := range c.Diagnosis.Status.Answers {
		a := &c.Diagnosis.Status.Answers[i]
		switch a.Verdict {
		case diagnose.Undetermined, diagnose.Conditional:
			return nil, "the verdict is " + a.Verdict.String()
		case diagnose.Allowed:
			for _, d := range a.Destinations {
				name := d.Namespace + "/" + d.Name
				if d.Namespace == "" || c.World.Pod(name) == nil {
					name = outside
				}
				out = append(out, end{reached, name})
			}
		case diagnose.Denied:
			e, why := denial(c, a)
			if why != "" {
				return nil, why
			}
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		return nil, "no answer"
	}
	return out, ""
}

// outside stands for everybody who is no Pod.
const outside = "(outside)"

func denial(c *Case, a *diagnose.Answer) (e end, leftOut string) {
	e = end{policy, a.Reason.Hop}
	pod := c.World.Pod(a.Reason.Hop)
	switch {
	case pod == nil || a.Reason.Hop == c.Call.Source:
		return e, "decided by the source's own proxy, or by none"
	case facts.KindOf(pod) == xds.Ztunnel:
		return e, "decided by ztunnel"
	case facts.KindOf(pod) == "":
		return e, "decided where no proxy is"
	}
	switch a.Reason.Stage {
	case diagnose.StageJWT:
		e.what = token
	case diagnose.StageMTLS:
		e.what = refused
	case diagnose.StageRoute:
		e.what = route
	case diagnose.StageNetworkPolicy:
		return e, "decided by a NetworkPolicy"
	case diagnose.StageCustom, diagnose.StageDeny, diagnose.StageAllow:
	}
	return e, ""
}

// settle reads what the client could not see from the log, and compares.
func (f *Finding) settle(lines map[uint16][]envoy.LogLine) {
	if f.LeftOut != "" {
		return
	}
	got := f.got.end(lines[f.got.id])
	f.Verdict = got.what
	if slices.ContainsFunc(f.want, func(w end) bool { return w.matches(got) }) {
		return
	}
	var words []string
	for _, w := range f.want {
		words = append(words, w.String())
	}
	f.Mismatch = "the plugin says " + strings.Join(words, " or ") + "; Envoy: " + got.String() + ": " + f.got.String()
}

const byPolicy = "rbac_access_denied"

// end is how the request ended.
func (a answer) end(lines []envoy.LogLine) end {
	switch {
	case a.echo, a.status == 200 && a.why == arrived:
		return end{reached, a.hop}
	case strings.HasPrefix(a.why, byPolicy):
		return end{policy, a.hop}
	case strings.HasPrefix(a.why, "jwt_authn"):
		return end{token, a.hop}
	}
	for _, l := range lines {
		if strings.HasPrefix(l.Details, byPolicy) || strings.Contains(l.Flags, byPolicy) {
			return end{policy, l.Hop}
		}
	}
	switch {
	case a.status == 0, strings.HasPrefix(a.why, "upstream_reset"), strings.HasPrefix(a.why, "connection_termination"):
		return end{refused, a.hop}
	}
	return end{route, a.hop}
}

// matches reports whether an end is the one that was expected. A connection that the
// next one refuses is an answer of the proxy before.
func (e end) matches(got end) bool {
	switch {
	case e.what == reached && e.hop == outside:
		return got.what == reached && !strings.Contains(got.hop, "/")
	case e.what == refused:
		return got.what == refused
	case e.what == route && got.what == refused: // a listener that has no chain for it
		return e.hop == got.hop
	}
	return e == got
}
