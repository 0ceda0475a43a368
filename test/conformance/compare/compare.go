// Package compare holds a Diagnosis against what istiod told the proxies.
package compare

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
)

// Outcome is what came of one question.
type Outcome struct {
	// Same counts the facts on which both agree, by what they are about.
	Same map[string]int
	// Silent counts the facts about which the Diagnosis says nothing.
	Silent map[string]int
	// Open says what the Diagnosis does not evaluate yet; nothing is compared then.
	Open string
	// Differs lists where the two differ.
	Differs []Difference
}

// Difference is a fact that is not as the Diagnosis has it.
type Difference struct{ What, Want, Got string }

func (d Difference) String() string { return d.What + ": want " + d.Want + ", got " + d.Got }

// notYet is what a Diagnosis says of what it does not evaluate.
const (
	notYet = "not evaluated yet"
	byHost = "it routes HTTP by the Host header"
)

// Compare compares what becomes of a request with what the Diagnosis says of it.
func Compare(ways []facts.Way, d *diagnose.Diagnosis) Outcome {
	o := Outcome{Same: map[string]int{}, Silent: map[string]int{}}
	if slices.ContainsFunc(ways, func(w facts.Way) bool { return w.End == facts.NotHTTP }) {
		o.Open = "what is not HTTP and is taken for it"
		return o
	}
	if o.Open = notEvaluated(d); o.Open != "" {
		return o
	}
	o.ends(ways, d)
	for i := range d.Status.Answers {
		a := &d.Status.Answers[i]
		if through := stopped(ways, a); len(through) > 0 {
			o.answer(through, a)
			continue
		}
		for _, end := range a.Destinations {
			if mine := to(ways, end); len(mine) > 0 {
				o.answer(mine, a)
			}
		}
	}
	return o
}

// stopped are the ways of an answer that a gateway or a waypoint denies; where they
// would have led, the Diagnosis does not have to say.
func stopped(ways []facts.Way, a *diagnose.Answer) []facts.Way {
	if a.Verdict != diagnose.Denied || a.Reason.Hop == "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ways), func(w facts.Way) bool {
		return !slices.ContainsFunc(w.Stations, func(s facts.Station) bool {
			return s.Pod == a.Reason.Hop && s.Role != string(diagnose.RoleDestination)
		})
	})
}

// notEvaluated finds what is not evaluated.
func notEvaluated(d *diagnose.Diagnosis) string {
	missing := slices.Clone(d.Status.Missing)
	for i := range d.Status.Answers {
		missing = append(missing, d.Status.Answers[i].Missing...)
	}
	for _, m := range missing {
		if strings.Contains(m, byHost) {
			return "Host header"
		}
		if !strings.Contains(m, notYet) {
			continue
		}
		for _, kind := range []string{"waypoints", "VirtualServices", "Sidecar", "gateways"} {
			if strings.Contains(m, kind) {
				return kind
			}
		}
		return "something else"
	}
	return ""
}

// name is how a Way calls a destination.
func name(d diagnose.Destination) string {
	if d.Name == "" {
		return d.Address
	}
	return d.Namespace + "/" + d.Name
}

// to are the ways that end there; all that lead out, if it is no Pod.
func to(ways []facts.Way, end diagnose.Destination) []facts.Way {
	return slices.DeleteFunc(slices.Clone(ways), func(w facts.Way) bool {
		if w.Outside {
			return end.Namespace != "" && !isOutside([]facts.Way{w}, end.Address)
		}
		return w.End != name(end)
	})
}

// isPod tells a Pod from an address and from words.
func isPod(end string) bool { return strings.Count(end, "/") == 1 && !strings.ContainsAny(end, " :") }

// ends compares where the request may end. An answer that some proxy gives itself
// is not among the destinations.
func (o *Outcome) ends(ways []facts.Way, d *diagnose.Diagnosis) {
	var want, got []string
	for _, w := range ways {
		if isPod(w.End) {
			want = append(want, w.End)
		}
	}
	for i := range d.Status.Answers {
		a := &d.Status.Answers[i]
		if a.Verdict == diagnose.Denied && a.Reason.Stage == diagnose.StageRoute {
			continue
		}
		if through := stopped(ways, a); len(through) > 0 {
			for _, w := range through {
				if isPod(w.End) {
					got = append(got, w.End)
				}
			}
			continue
		}
		for _, e := range a.Destinations {
			if e.Namespace != "" && !isOutside(ways, e.Address) {
				got = append(got, name(e))
			}
		}
	}
	o.equal("destinations", list(want), list(got))
	for _, w := range ways {
		if w.Outside {
			if open(w) {
				o.equal("let out of the cluster: "+w.End, "true", fmt.Sprint(d.Status.Verdict != diagnose.Denied))
			}
			continue
		}
		if !isPod(w.End) && len(want) == 0 {
			denied := d.Status.Verdict == diagnose.Denied
			o.equal("refused on the way: "+w.End, "true", fmt.Sprint(denied || w.End == "redirect"))
		}
	}
}

// isOutside reports whether a way leads out to an address: a WorkloadEntry has a name
// and is no Pod.
func isOutside(ways []facts.Way, address string) bool {
	return slices.ContainsFunc(ways, func(w facts.Way) bool {
		at, err := netip.ParseAddrPort(w.End)
		return err == nil && w.Outside && at.Addr().String() == address
	})
}

// list is a set in words.
func list(set []string) string {
	slices.Sort(set)
	set = slices.Compact(set)
	if len(set) == 0 {
		return "none"
	}
	return strings.Join(set, ", ")
}

// equal compares one fact.
func (o *Outcome) equal(what, want, got string) {
	if want != got {
		o.Differs = append(o.Differs, Difference{what, want, got})
		return
	}
	kind, _, _ := strings.Cut(what, ":")
	o.Same[kind]++
}

// said is equal for what the Diagnosis may leave out.
func (o *Outcome) said(what, want, got string) {
	if got == "" && want != "" {
		o.Silent[what]++
		return
	}
	o.equal(what, want, got)
}

// Failed is the outcome of a question that the plugin calls senseless.
func Failed(err error) Outcome {
	return Outcome{Differs: []Difference{{"answer", "a Diagnosis", err.Error()}}}
}
