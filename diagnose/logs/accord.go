package logs

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// Accord says how what the log tells and what the objects say go together.
type Accord string

// The accords.
const (
	Agrees      Accord = "Agrees"      // it would be denied again, for the same reason
	OtherCause  Accord = "OtherCause"  // it would be denied, but for another reason
	Contradicts Accord = "Contradicts" // it would be allowed now
	Explains    Accord = "Explains"    // the objects say why it broke
	Unexplained Accord = "Unexplained" // the objects allow what broke
	Open        Accord = "Open"        // the objects leave it open
)

// read takes what the Diagnosis says of the endpoint that the line is of, and compares.
func (a *Answer) read(g *Group) {
	s := a.Diagnosis.Status
	a.Verdict, a.Summary = s.Verdict, s.Summary
	if i := slices.IndexFunc(s.Answers, func(one diagnose.Answer) bool { return endsAt(one, g.Target) }); i >= 0 {
		a.Verdict, a.Summary, a.Reason = s.Answers[i].Verdict, s.Answers[i].Summary, s.Answers[i].Reason
	} else if len(s.Answers) > 0 {
		a.Reason = s.Answers[0].Reason
	}
	switch {
	case a.Verdict == diagnose.Conditional:
		a.Accord, a.Note = Open, "the objects say that it depends on what the line does not tell"
	case a.Verdict == diagnose.Undetermined:
		a.Accord, a.Note = Open, "whether it would be denied could not be determined"
	case g.Effect == DryRun:
		a.dryRun()
	case g.Effect == Broken:
		a.broken()
	case a.Verdict == diagnose.Allowed:
		a.Accord = Contradicts
		a.Note = "the log says denied" + by(g.Event) + ", the objects say allowed: what decides it has changed since, or the proxy is out of sync"
	default:
		a.denied(g.Event)
	}
}

func (a *Answer) dryRun() {
	a.Accord, a.Note = Agrees, "the policies that enforce would let it through, as they did"
	if a.Verdict == diagnose.Denied {
		a.Accord, a.Note = Contradicts, "the log says let through, the objects say denied: what decides it has changed since, or the proxy is out of sync"
	}
}

func (a *Answer) broken() {
	a.Accord, a.Note = Unexplained, "the objects say allowed: no policy explains it, so look at the application, the network and the proxies"
	if a.Verdict == diagnose.Denied {
		a.Accord, a.Note = Explains, "it would be denied, which explains it"
	}
}

// denied compares two denials.
func (a *Answer) denied(e Event) {
	a.Accord, a.Note = Agrees, "it would be denied again"
	want, known := stages[e.Reason]
	other := known && a.Reason.Stage != "" && !slices.Contains(want, a.Reason.Stage)
	if e.Reason == PolicyMatched && e.Policy != "" && a.Reason.Policy != "" {
		other = other || e.Policy != a.Reason.Policy
		other = other || e.Rule >= 0 && a.Reason.Rule != nil && *a.Reason.Rule != e.Rule
	}
	if other {
		a.Accord, a.Note = OtherCause, "it would be denied, but not as the log says"+by(e)
	}
}

// stages are where a denial of that reason comes from.
var stages = map[Reason][]diagnose.StageName{
	PolicyMatched: {diagnose.StageDeny, diagnose.StageCustom},
	NoneAllowed:   {diagnose.StageAllow},
	Authorizer:    {diagnose.StageCustom},
	BadToken:      {diagnose.StageJWT},
	Plaintext:     {diagnose.StageMTLS},
}

// by names who denied, where the line does.
func by(e Event) string {
	switch {
	case e.Policy != "" && e.Rule >= 0:
		return " by " + e.Policy + " rule " + number(uint16(e.Rule))
	case e.Policy != "":
		return " by " + e.Policy
	case e.Reason == NoneAllowed:
		return " for want of an ALLOW policy that matches"
	}
	return ""
}
