package suite

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
)

// Print writes the tables as Markdown, which reads well on a terminal too.
func Print(out io.Writer, results []*Result, t tally.Tally) {
	fmt.Fprintln(out, "| suite | cases | requests | decisions | allowed | denied | left out | mismatches |")
	fmt.Fprintln(out, "|---|---:|---:|---:|---:|---:|---:|---:|")
	for _, r := range results {
		left, allowed := 0, 0
		for _, n := range r.LeftOut {
			left += n
		}
		for k, n := range r.Decisions {
			if strings.HasPrefix(k, "Allowed") {
				allowed += n
			}
		}
		verdicts := fmt.Sprintf("%d | %d", allowed, r.Decided()-allowed)
		if r.Facts {
			verdicts = "– | –"
		}
		fmt.Fprintf(out, "| %s | %d | %d | %d | %s | %d | %d |\n",
			r.Name, r.Worlds, r.Requests, r.Decided(), verdicts, left, len(r.Mismatches))
	}
	for _, r := range results {
		if r.Facts {
			counts(out, "Facts compared in "+r.Name, "facts", r.Decisions)
			counts(out, "Left out of "+r.Name, "questions or facts", r.LeftOut)
			continue
		}
		counts(out, "Decisions of "+r.Name, "requests", r.Decisions)
		counts(out, "Left out of "+r.Name, "requests", r.LeftOut)
		for _, t := range r.Tables {
			counts(out, t.Title, t.Unit, t.Counts)
		}
	}
	if len(t.Rows()) == 0 {
		return
	}
	fmt.Fprintf(out, "\n## What decided\n\n%s\n\n", about)
	fmt.Fprintln(out, "| field | form | allowed | denied |")
	fmt.Fprintln(out, "|---|---|---:|---:|")
	for _, row := range t.Rows() {
		fmt.Fprintf(out, "| %s | %s | %d | %d |\n", row.Field, row.Form, row.Allowed, row.Denied)
	}
}

const about = `How often a list of values turned a verdict: with its opposite (values for notValues) the request
would have been denied instead of allowed, or allowed instead of denied. Of what istiod cannot generate
it is the list taken away, or one that never matches; of a whole policy, the policy taken away, or what
keeps it from being enforced. Whole policies and what istiod cannot generate turn verdicts one way only, by
their nature; metadata of other filters is in no request, and rows about it count what it did not hinder.`

func counts(out io.Writer, title, unit string, n map[string]int) {
	if len(n) == 0 {
		return
	}
	fmt.Fprintf(out, "\n## %s\n\n| what | %s |\n|---|---:|\n", title, unit)
	for _, k := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(out, "| %s | %d |\n", strings.ReplaceAll(k, "|", `\|`), n[k])
	}
}

// Missing returns the rows that lack a count that they could have. What a whole
// policy does, and what istiod cannot generate, goes one way by its nature; metadata
// of other filters is not there.
func Missing(t tally.Tally) []tally.Row {
	return slices.DeleteFunc(t.Rows(), func(r tally.Row) bool {
		switch {
		case strings.Contains(r.Field, "experimental."):
			return true
		case r.Field == "policy", r.Form == "invalid", r.Form == "unknown key":
			return r.Allowed+r.Denied > 0
		}
		return r.Allowed > 0 && r.Denied > 0
	})
}
