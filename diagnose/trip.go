package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// conclude makes the answer of a whole way out of those of its legs: the first
// that denies is the reason.
func (t trip) conclude() Answer {
	var out Answer
	t.masked()
	for i, w := range t.legs {
		w = w.copied()
		t.misplacedAtGateway(i, w)
		var a Answer
		if t.end != nil && i == len(t.legs)-1 {
			a = w.ends(t.end, i == 0)
		} else {
			a = w.conclude()
		}
		t.tell(i, a.Hops)
		if i == 0 {
			out = a
			continue
		}
		out = out.then(w.behindProxy(a))
	}
	out.Given, out.Share = t.given, t.share
	if out.Verdict == Denied {
		out.Missing = nil
	}
	return out.confess()
}

// tell puts the notes on the proxy that opens a leg on its hop: the first of the
// way, or else the last of the leg before.
func (t trip) tell(leg int, hops []Hop) {
	for _, n := range t.notes {
		switch {
		case n.leg == 0 && leg == 0 && len(hops) > 0:
			hops[0].Notes = append(hops[0].Notes[:len(hops[0].Notes):len(hops[0].Notes)], n.words)
		case n.leg == leg+1 && len(hops) > 0:
			last := &hops[len(hops)-1]
			last.Notes = append(last.Notes[:len(last.Notes):len(last.Notes)], n.words)
		}
	}
}

// then joins the answer of the legs so far with that of the next. The first denial
// is the cause; before that, what is least certain.
func (a Answer) then(next Answer) Answer {
	out := a
	out.Hops = append(out.Hops[:len(out.Hops):len(out.Hops)], next.Hops...)
	out.Verdict = both(a.Verdict, next.Verdict)
	out.gates = slices.Concat(a.gates, next.gates)
	findings := func(first, second []Finding) []Finding { return append(first[:len(first):len(first)], second...) }
	switch {
	case a.Verdict == Denied:
		return out
	case next.Verdict == Allowed && a.Verdict == Allowed:
		out.Reason, out.findings = next.Reason, findings(next.findings, a.findings)
		if a.Reason.Policy == "" { // nothing to tell of the hop before
			out.Summary = next.Summary
		} else {
			out.Summary = a.Summary + " Behind it: " + lower(next.Summary)
		}
	case next.Verdict == Denied, rank(next.Verdict) < rank(a.Verdict):
		out.Summary, out.Symptom, out.Reason, out.Conditions = next.Summary, next.Symptom, next.Reason, next.Conditions
		out.Chain = next.Chain
		out.findings = findings(next.findings, a.findings)
	case next.Verdict == Conditional && a.Verdict == Conditional:
		out.Summary = strings.TrimSuffix(a.Summary, ".") + "; and behind it: " + lower(next.Summary)
		out.Conditions = nil // each has its own
		out.findings = findings(a.findings, next.findings)
	default:
		out.findings = findings(a.findings, next.findings)
	}
	out.Missing = inOrder(append(a.Missing[:len(a.Missing):len(a.Missing)], next.Missing...))
	if out.Verdict == Undetermined && len(out.Missing) > 0 {
		out.Summary = undetermined(out.Missing)
	}
	return out
}

func lower(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || strings.ContainsAny(first, "/.[") || strings.ToUpper(first) == first {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// behindProxy words the answer of a leg that a proxy opens, for a reader who thinks
// of the source.
func (w *walk) behindProxy(a Answer) Answer {
	if a.Verdict != Denied {
		return a
	}
	kind := "gateway"
	if w.src.presence.Plane == mesh.Waypoint {
		kind = "waypoint"
	}
	seen := "without an identity"
	if w.client.TLS == mesh.MutualTLS && w.src.pod != nil {
		seen = "as " + mesh.Principal(w.srcCfg, w.src.pod)
	}
	if a.Reason.Stage != StageRoute {
		a.Summary += fmt.Sprintf(" The request comes there from the %s %s, %s.", kind, w.src.who(), seen)
		a.Chain = slices.Insert(slices.Clone(a.Chain), 0, Link{Says: fmt.Sprintf("the request comes from the %s %s, %s", kind, w.src.who(), seen)})
	}
	a.Symptom, _, _ = strings.Cut(a.Symptom, " (503")
	if a.Symptom != "" && a.Symptom[0] > '9' && w.m.speaksHTTP() {
		a.Symptom = "503 from the " + kind + " (" + a.Symptom + ")"
	}
	if n := len(a.Chain); n > 0 && a.Symptom != "" {
		a.Chain = append(slices.Clone(a.Chain[:n-1]), symptomLink(a.Symptom))
	}
	return a
}

// ends is the answer of a leg at whose end, or at whose source if it was not walked,
// the way ends.
func (w *walk) ends(end *ending, first bool) Answer {
	if len(w.hops) == 0 && first {
		w.sourceHop()
	}
	a := w.conclude()
	last := &a.Hops[len(a.Hops)-1]
	if w.mayEndElsewhere(a, end) {
		return a
	}
	last.add(Stage{Name: StageRoute, Verdict: end.verdict, Says: end.says, Policy: end.policy, Field: end.field})
	if a.Verdict == Denied {
		return a
	}
	hop := strings.Trim(last.Namespace+"/"+last.Name, "/")
	next := Answer{Verdict: end.verdict, Summary: upper(end.says) + ".", Missing: end.missing, gates: []gate{endGate(end.verdict)}}
	switch end.verdict {
	case Denied:
		next.Reason, next.Symptom = Reason{Hop: hop, Stage: StageRoute, Policy: end.policy, Field: end.field}, end.symptom
		w.findings = nil
		w.find(findingRoute, last, next.Summary, end.policy, end.help...)
		w.askPlatformsEarly(next.Reason, next.Symptom)
		next.findings = w.findings
		next.Chain = symptomLast([]Link{{Says: end.says, Object: end.policy, Field: end.field, Code: findingRoute.code}}, end.symptom)
	case Undetermined:
		next.Summary = undetermined(end.missing)
	case Allowed, Conditional:
	}
	return a.then(next)
}
