package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// withoutEcho leaves out an address of which the same is told as of every caller outside.
func withoutEcho(all []Reach) []Reach {
	return slices.DeleteFunc(all, func(r Reach) bool {
		return len(r.Sources) == 1 && strings.HasPrefix(r.Sources[0], "ip/") && slices.ContainsFunc(all, func(o Reach) bool {
			return slices.Contains(o.Sources, diagnose.Anybody) && o.Target == r.Target && slices.Equal(o.If, r.If)
		})
	})
}

// sourcesOf are those who ask.
func sourcesOf(d *diagnose.Diagnosis) []string {
	var out []string
	for _, a := range d.Status.Answers {
		out = append(out, a.Sources...)
	}
	return unique(out)
}

// reach is how one source fares with a target.
type reach struct {
	verdict diagnose.Verdict
	all     bool     // every way is allowed
	some    bool     // one is, of some requests
	open    []string // where the request decides: what lets it through, in words
	shut    []string // and what does not
	pinned  func(diagnose.Question) bool
	words   string // all of it, to compare
}

// reaches tells for each source how it fares.
func reaches(d *diagnose.Diagnosis) map[string]reach {
	out := map[string]reach{}
	for _, a := range d.Status.Answers {
		for _, source := range a.Sources {
			r, seen := out[source]
			if !seen {
				r = reach{verdict: a.Verdict, all: true, pinned: func(diagnose.Question) bool { return true }}
			}
			r.join(a)
			out[source] = r
		}
	}
	return out
}

// join adds an answer to what a source gets.
func (r *reach) join(a diagnose.Answer) {
	r.all = r.all && a.Verdict == diagnose.Allowed && len(a.Given) == 0
	var given []string
	for _, atom := range a.Given {
		given = append(given, atom.Words)
	}
	switch a.Verdict {
	case diagnose.Undetermined:
		r.verdict = diagnose.Undetermined
		r.pin(nil)
	case diagnose.Allowed:
		r.some = true
		if len(given) > 0 {
			r.open = append(r.open, strings.Join(given, " and "))
		}
		r.pin(a.Given)
	case diagnose.Conditional:
		r.some = true
		if !slices.ContainsFunc(a.Conditions, func(c authz.Condition) bool { return c.Verdict == diagnose.Allowed }) {
			r.pin(nil) // nothing tells what is let through
		}
		for _, c := range a.Conditions {
			words := slices.Clone(given)
			for _, atom := range c.All {
				words = append(words, atom.Words)
			}
			if c.Verdict != diagnose.Allowed {
				r.shut = append(r.shut, strings.Join(words, " and "))
				continue
			}
			r.open = append(r.open, strings.Join(words, " and "))
			r.pin(slices.Concat(a.Given, c.All))
		}
	case diagnose.Denied:
	}
	var ends []string
	for _, d := range a.Destinations {
		ends = append(ends, d.Namespace+"/"+d.Name+d.Address)
	}
	r.words += fmt.Sprint(a.Verdict, ends, given, a.Share, a.Missing)
	for _, c := range a.Conditions {
		r.words += fmt.Sprint(c)
	}
	r.words += ";"
}
