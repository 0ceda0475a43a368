package matrix

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// combined is what becomes of requests that go to the endpoints of several clusters. Where
// these fare alike it is that. Where some let requests through, it depends on the cluster
// that a request comes to, and says on which; a rule that forbids the path is broken.
func combined(parts []part) detail {
	switch len(parts) {
	case 0:
		return unknown("where its endpoints are")
	case 1:
		return parts[0].detail
	}
	out := parts[0].detail
	out.by, out.missing, out.When = "", nil, nil
	alike, through := true, false
	var by []string
	for _, p := range parts {
		alike = alike && p.Verdict == parts[0].Verdict && slices.Equal(p.When, parts[0].When)
		through = through || p.Verdict == diagnose.Allowed || p.Verdict == diagnose.Conditional
		out.Connection = worse(out.Connection, p.Connection)
		out.missing = append(out.missing, p.missing...)
		if p.by != "" {
			by = append(by, p.by+" in "+p.cluster)
		}
	}
	out.by = strings.Join(by, ", ")
	slices.Sort(out.missing)
	out.missing = slices.Compact(out.missing)
	switch {
	case alike:
		out.When = parts[0].When
		return out
	case !through:
		out.Verdict = diagnose.Undetermined
		return out
	}
	out.Verdict = diagnose.Conditional
	for _, p := range parts {
		out.When = append(out.When, p.words()...)
	}
	slices.Sort(out.When)
	out.When, out.missing = slices.Compact(out.When), nil
	return out
}

// words say how requests fare at the endpoints of one cluster.
func (p part) words() []string {
	at := " at the endpoints in " + p.cluster
	switch {
	case p.Verdict == diagnose.Undetermined:
		return []string{"not known" + at + ": " + strings.Join(p.missing, "; ")}
	case p.Verdict != diagnose.Conditional:
		return []string{strings.ToLower(p.Verdict.String()) + at}
	}
	var out []string
	for _, w := range p.When {
		out = append(out, strings.Replace(w, " if ", at+" if ", 1))
	}
	return out
}
