package trial

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Judge compares the evaluator with the proxy in one world.
type Judge struct {
	World    *World
	programs [2]*authz.Program // by dialect
	// The same for HTTP in two: CUSTOM policies, which come before the JWT filter,
	// and the others. They are nil where there is no CUSTOM policy.
	custom, others *authz.Program
}

// NewJudge compiles the world's policies.
func NewJudge(w *World) *Judge {
	j := &Judge{World: w, programs: [2]*authz.Program{w.Program(authz.EnvoyHTTP), w.Program(authz.EnvoyTCP)}}
	isCustom := func(p authz.Policy) bool { return p.Action() == authz.ActionCustom }
	if !slices.ContainsFunc(w.Policies, isCustom) {
		return j
	}
	custom, others := *w, *w
	custom.Policies = slices.DeleteFunc(slices.Clone(w.Policies), func(p authz.Policy) bool { return !isCustom(p) })
	others.Policies = slices.DeleteFunc(slices.Clone(w.Policies), isCustom)
	j.custom, j.others = custom.Program(authz.EnvoyHTTP), others.Program(authz.EnvoyHTTP)
	return j
}

// decide asks the evaluator: at once, or, where the JWT filter changed the request,
// before it and after it.
func (j *Judge) decide(s *Seen) (decided, explained authz.Decision) {
	ask := func(p *authz.Program, r *authz.Request) (authz.Decision, authz.Decision) {
		return p.Decide(r), p.Explain(r).Decision
	}
	if s.Before == nil || j.custom == nil {
		return ask(j.programs[s.Dialect], &s.Request)
	}
	if d, e := ask(j.custom, s.Before); d.Verdict != authz.Allowed {
		return d, e
	}
	return ask(j.others, &s.Request)
}

// Finding is the outcome of one comparison.
type Finding struct {
	Seen     Seen
	Decision authz.Decision
	// LeftOut tells why there is nothing to compare.
	LeftOut string
	// Mismatch tells in what the two differ.
	Mismatch string
}

// Foresee is what the product expects the proxy to do with a request: Allowed, or
// Denied by policy, the JWT filter or the connection; Undetermined where it cannot know.
func (j *Judge) Foresee(r *Request) authz.Verdict {
	s := j.World.See(r)
	if s.Refused != "" {
		return authz.Denied
	}
	d, _ := j.decide(&s)
	if s.JWT != "" && (d.Verdict != authz.Denied || d.Stage != authz.ActionCustom) {
		return authz.Denied
	}
	return d.Verdict
}

// AsksAuthorizer reports whether a CUSTOM policy matches a request, or may: then an
// external authorizer decides as well, if there is one.
func (w *World) AsksAuthorizer(r *Request) bool {
	custom := *w
	custom.Policies = slices.DeleteFunc(slices.Clone(w.Policies), func(p authz.Policy) bool { return p.Action() != authz.ActionCustom })
	s := w.See(r)
	request := s.Request
	if s.Before != nil {
		request = *s.Before
	}
	request.Authorizers = nil
	return custom.Program(s.Dialect).Decide(&request).Verdict != authz.Allowed
}

// Compare judges one answer.
func (j *Judge) Compare(r *Request, a Answer) Finding {
	f := Finding{Seen: j.World.See(r)}
	if !a.Decided() {
		f.LeftOut = a.Refusal
		return f
	}
	if f.Seen.Refused != "" {
		f.Mismatch = fmt.Sprintf("the product says that no policy is asked (%s); Envoy: %s %s", f.Seen.Refused, a.Verdict, a.Words)
		return f
	}
	var explained authz.Decision
	if f.Decision, explained = j.decide(&f.Seen); explained != f.Decision {
		f.Mismatch = fmt.Sprintf("Decide says %s, Explain %s", say(f.Decision), say(explained))
		return f
	}
	if f.Decision.Verdict == authz.Undetermined && j.World.metadata() {
		f.LeftOut = "the evaluator cannot see filter metadata"
		return f
	}
	f.Mismatch = j.differ(&f, a)
	return f
}

func (j *Judge) differ(f *Finding, a Answer) string {
	d := f.Decision
	if f.Seen.JWT != "" && d.Stage != authz.ActionCustom {
		return fmt.Sprintf("the product says that the JWT filter refuses (%s); Envoy: %s %s", f.Seen.JWT, a.Verdict, a.Words)
	}
	got := authz.Decision{Verdict: a.Verdict, Stage: a.Stage, Policy: a.Policy, Rule: a.Rule}
	switch {
	case d.Verdict != a.Verdict:
	case j.World.metadata():
		return "" // whether another rule decides as well, or before, cannot be seen
	case a.Verdict == authz.Allowed && (a.Stage != authz.ActionAllow || d.Stage != authz.ActionAllow):
		return "" // the proxy names no policy
	case a.Verdict == authz.Denied && a.Stage == authz.ActionCustom && d.Stage == authz.ActionCustom && a.Rule < 0:
		return "" // the authorizer does not know which policy asked it
	case d == got:
		return ""
	}
	return fmt.Sprintf("%s: the evaluator says %s, Envoy %s (%s)", f.Seen.Dialect, say(d), say(got), a.Words)
}

func say(d authz.Decision) string {
	s := fmt.Sprintf("%s by %s", d.Verdict, d.Stage)
	if d.Policy != (authz.Ref{}) {
		s += fmt.Sprintf(" %s rule %d", d.Policy, d.Rule)
	}
	return s
}

// metadata reports whether a policy asks for what other filters left behind.
func (w *World) metadata() bool {
	for _, p := range w.Policies {
		for _, r := range p.Spec.GetRules() {
			for _, c := range r.GetWhen() {
				if strings.HasPrefix(c.GetKey(), "experimental.") {
					return true
				}
			}
		}
	}
	return false
}
