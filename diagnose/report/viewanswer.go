package report

import (
	"slices"
	"strconv"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// AnswerView is the answer for one group of sources and endpoints.
type AnswerView struct {
	Look
	// Whose tells which part of the sources and endpoints it is for; empty where it is
	// the only answer. Summary, Symptom and Missing are then empty, too, if the View says the
	// same.
	Whose, Summary, Symptom string
	Sources, Endpoints      []string
	DecidedBy               string
	Given                   string     // what has to hold for the request to take this way
	Share                   string     // how many of the requests do: 90 %
	Chain                   []LinkView // how a denial comes about
	Conditions              []ConditionsView
	Hops                    []HopView
	Missing                 []string
}

// LinkView is a step of how a denial comes about.
type LinkView struct{ Number, Says, Object, Field, Code string }

// ConditionsView are the alternatives that lead to a verdict.
type ConditionsView struct {
	Heading      string // Allowed if
	Alternatives []string
}

// HopView is a station of the way.
type HopView struct {
	Look
	Number, Role, Name, Says string
	Finding                  string // its code
	Facts                    []Fact
	Notes                    []string
	Stages                   []StageView
	Skipped                  []SkippedView
	Network                  bool // the network between two others
	Transport                string
}

// SkippedView is a policy that does not apply to a hop, and why.
type SkippedView struct{ Policy, Action, Reason, Words string }

func viewAnswer(a diagnose.Answer, s diagnose.Status) AnswerView {
	v := AnswerView{
		Look: viewLook(a.Verdict), Summary: a.Summary, Symptom: a.Symptom, Sources: a.Sources,
		DecidedBy: reasonWords(a.Reason), Given: givenWords(a.Given, true), Share: shareWords(a.Share), Missing: a.Missing,
		Chain: viewChain(a.Chain), Conditions: conditionViews(a.Conditions, true),
	}
	if len(s.Answers) > 1 {
		v.Whose = whose(a, s.Answers, 3)
	} else {
		v.Summary, v.Symptom = unlessSaid(a.Summary, s.Summary), unlessSaid(a.Symptom, s.Symptom)
		if slices.Equal(a.Missing, s.Missing) {
			v.Missing = nil
		}
	}
	for _, d := range a.Destinations {
		v.Endpoints = append(v.Endpoints, endpointWords(d))
	}
	for i, h := range a.Hops {
		v.Hops = append(v.Hops, viewHop(i+1, h))
	}
	return v
}

func viewChain(links []diagnose.Link) []LinkView {
	var out []LinkView
	for i, l := range links {
		out = append(out, LinkView{strconv.Itoa(i + 1), l.Says, l.Object, l.Field, l.Code})
	}
	return out
}

func unlessSaid(s, said string) string {
	if s == said {
		return ""
	}
	return s
}

func givenWords(all []authz.Atom, exact bool) string {
	if len(all) == 0 {
		return ""
	}
	return allOf(authz.Condition{All: all}, exact)
}

func shareWords(share int) string {
	if share <= 0 {
		return ""
	}
	return strconv.Itoa(share) + " %"
}

func viewHop(number int, h diagnose.Hop) HopView {
	v := HopView{
		Look: viewLook(h.Verdict), Number: strconv.Itoa(number), Role: string(h.Role), Name: hopName(h), Says: h.Says, Finding: h.Finding,
		Facts: hopFacts(h), Notes: h.Notes, Network: h.Role == diagnose.RoleNetwork, Transport: h.Transport,
	}
	for _, st := range h.Stages {
		stage := viewStage(st)
		stage.Repeats = repeats(st, h)
		v.Stages = append(v.Stages, stage)
	}
	for _, s := range h.Skipped {
		v.Skipped = append(v.Skipped, SkippedView{s.Policy.String(), s.Action.String(), string(s.Reason), s.Words})
	}
	return v
}

// hopFacts is what is known of a hop beside its line. The network has no data plane and
// no principal, so of it they are not missing.
func hopFacts(h diagnose.Hop) []Fact {
	plane, principal := h.DataPlane, h.Principal
	if h.Role != diagnose.RoleNetwork {
		plane, principal = orNone(plane), orNone(principal)
	}
	port := ""
	if h.Port != 0 {
		port = strconv.Itoa(int(h.Port))
	}
	return facts(
		Fact{"data plane", plane}, Fact{"principal", principal}, Fact{"port", port}, Fact{"protocol", h.Protocol},
		Fact{"mode", h.Mode}, Fact{"transport", h.Transport}, Fact{"host", h.Host}, Fact{"path", h.Path},
	)
}
