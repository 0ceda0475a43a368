package fix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// many is how many sources of a Reach are named.
const many = 4

// Facts are what one should know of a candidate before one applies it, each with its name:
// what it opens and closes and for whom, what speaks against it, what is left to do.
func (c Candidate) Facts() []report.Fact {
	out := []report.Fact{
		{Name: "opens", Words: reachWords(c.Effect.Opens, "nothing else")},
		{Name: "closes", Words: reachWords(c.Effect.Closes, "nothing")},
		{Name: "unsure", Words: reachWords(c.Effect.Unsure, "")},
		{Name: "among", Words: c.Effect.Scope},
		{Name: "danger", Words: c.Danger},
	}
	for _, step := range c.Afterwards {
		out = append(out, report.Fact{Name: "then", Words: step})
	}
	for _, change := range c.Changes {
		if change.Owner != nil {
			out = append(out, report.Fact{Name: "owner", Words: ownerWords(change)})
		}
	}
	return slices.DeleteFunc(out, func(f report.Fact) bool { return f.Words == "" })
}

// Plain reports whether a candidate does what was asked for and nothing else, as far as is
// known, and nothing speaks against it.
func (c Candidate) Plain() bool { return c.Effect.None() && c.Danger == "" }

// Radius is what else a candidate does in a few words: "opens 3, closes nothing, danger".
// What is counted are sources with what they reach.
func (c Candidate) Radius() string {
	words := []string{"opens " + count(c.Effect.Opens, "nothing else"), "closes " + count(c.Effect.Closes, "nothing")}
	if len(c.Effect.Unsure) > 0 {
		words = append(words, "unsure "+count(c.Effect.Unsure, ""))
	}
	if c.Danger != "" {
		words = append(words, "danger")
	}
	return strings.Join(words, ", ")
}

// count is how many sources reach something, or none.
func count(all []Reach, none string) string {
	n := 0
	for _, r := range all {
		n += len(r.Sources)
	}
	if n == 0 {
		return none
	}
	return strconv.Itoa(n)
}

// ownerWords tell what keeps an object as it is.
func ownerWords(c Change) string {
	if c.Owner.Made {
		return fmt.Sprintf("%s makes %s of %s: a change there does not last", c.Owner.Manager, c.Object(), c.Owner)
	}
	return fmt.Sprintf("%s applies %s from %s: make the change there as well, or it is undone", c.Owner.Manager, c.Object(), c.Owner)
}

// reachWords word what opens or closes; none is what is said of nothing.
func reachWords(all []Reach, none string) string {
	if len(all) == 0 {
		return none
	}
	var words []string
	for _, r := range all {
		words = append(words, r.String())
	}
	return strings.Join(words, "; ")
}

// named reports whether a source is one in sight.
func named(source string) bool {
	return source != diagnose.Anybody && source != diagnose.AnyWorkload
}

// String is the reach in words: "sleep.foo, 3 more → svc/httpbin.default:8000 if …".
func (r Reach) String() string {
	names := slices.Clone(r.Sources)
	slices.SortStableFunc(names, func(a, b string) int { return truth(named(b)) - truth(named(a)) })
	words := strings.Join(names, ", ")
	if len(names) > many {
		words = fmt.Sprintf("%s and %d more", strings.Join(names[:many-1], ", "), len(names)-many+1)
	}
	if r.Asked {
		words = "more than was asked of " + words
	}
	words += " → " + r.Target
	if len(r.If) > 0 {
		words += " if " + strings.Join(r.If, ", or ")
	}
	return words
}
