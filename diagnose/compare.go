package diagnose

import (
	"reflect"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// gate is where a way is let through or not: what the proxy at the end of a leg holds,
// and what is known of the request there.
type gate struct {
	name    string         // of the hop
	program *authz.Program // nil refuses every request
	request *authz.Request // nil where no proxy asks policies
	http    bool           // the proxy reads HTTP
	jwt     bool           // a RequestAuthentication looks at the request
	tokens  string         // what those that do ask of its tokens
	custom  string         // the CUSTOM policies, which the program does not hold
	known   bool           // nothing but policies decides here
}

// gates are those of the leg, once it was judged: one, or one for each thing that the
// client may speak, where that is all that is open.
func (w *walk) gates(a Answer) []gate {
	if len(w.every) < 2 {
		return []gate{w.gate(a, w.judged, a.Verdict, a.Reason.Stage)}
	}
	var out []gate
	for _, j := range w.every {
		g := w.gate(a, j, j.verdict, j.reason.Stage)
		g.known = g.known && len(j.s.missing) == 0 && g.program != nil
		out = append(out, g)
	}
	return out
}

// gate is that of the leg as it was judged in one way.
func (w *walk) gate(a Answer, j judged, verdict Verdict, stage StageName) gate {
	g := gate{name: w.dst.String(), known: true, program: authz.AllowAll()}
	if w.client.Missing != "" || w.server.Missing != "" || w.client.TLS == mesh.UnknownTLS && w.src.presence.Plane == mesh.Sidecar {
		g.known = false
	}
	switch {
	case a.Verdict == Undetermined, verdict == Undetermined, w.dst.presence.Plane.Foreign() != nil && w.local():
		g.known = false // it hangs on more than policies
	case verdict == Denied && slices.Contains([]StageName{StageNetworkPolicy, StageRoute, StageMTLS}, stage):
		g.program = nil
	case verdict == Denied && stage == StageJWT:
		g.known = false
	case w.enforced() && j.req != nil:
		g.program, g.request, g.jwt = w.program(j.s, otherPolicies), j.req, j.jwt.Applies
		g.http, g.custom = j.s.http, w.customRules()
		g.tokens = w.tokenRules(j.jwt.Policies)
	}
	return g
}

// customRules are what the CUSTOM policies in sight hold, to compare.
func (w *walk) customRules() string {
	var out strings.Builder
	for _, p := range w.in.authorizationPolicies(w.workload().Labels, w.policyNamespaces()...) {
		if isCustom(p) {
			out.WriteString(p.Ref().String() + p.Spec.String() + ";")
		}
	}
	return out.String()
}

// tokenRules are what RequestAuthentications hold, to compare.
func (w *walk) tokenRules(names []string) string {
	var out strings.Builder
	for _, ra := range w.in.requestAuthentications(w.policyNamespaces()...) {
		if slices.Contains(names, ra.Namespace+"/"+ra.Name) {
			out.WriteString(ra.Spec.String() + ";")
		}
	}
	return out.String()
}

// TokenAttribute is of the atom that says that a request carries a token, where what is
// asked of tokens changes: which of them is let through otherwise is not told.
const TokenAttribute = "token"

var carriesToken = []authz.Condition{{All: []authz.Atom{{Attribute: TokenAttribute, Words: "the request carries a token"}}}}

// endGate is that of a way that a route ends.
func endGate(v Verdict) gate {
	g := gate{name: "the end of the route", known: v == Allowed || v == Denied}
	if v == Allowed {
		g.program = authz.AllowAll()
	}
	return g
}

// gated is a way with its gates, by which the same way is found in another answer.
type gated struct {
	key   string
	gates []gate
}

// gatedWay is the way of an answer before it is grouped with others.
func gatedWay(a Answer) gated {
	var key strings.Builder
	for _, atom := range a.Given {
		key.WriteString(atom.Words + ";")
	}
	for _, g := range a.gates {
		key.WriteString(" → " + g.name)
	}
	return gated{key.String(), a.gates}
}

// waysOf are the ways of a source in all answers, sorted.
func (d *Diagnosis) waysOf(source string) []gated {
	var out []gated
	for _, a := range d.Status.Answers {
		out = append(out, a.ways[source]...)
	}
	slices.SortStableFunc(out, func(a, b gated) int { return strings.Compare(a.key, b.key) })
	return out
}

// Change tells for which requests of a source, as Answer.Sources names it, a way is let
// through after and was not before, and the other way round. Both are answers to one
// question, with the request left open. The conditions are exact as far as the
// Difference says so; where several gates on a way differ, they are those of each. It is
// not ok where something else than policies differs, or is not known: then there is
// nothing to compare but the answers.
func (d *Diagnosis) Change(after *Diagnosis, source string) (diff authz.Difference, ok bool) {
	before, then := d.waysOf(source), after.waysOf(source)
	if len(before) != len(then) || len(before) == 0 {
		return diff, false
	}
	diff.Exact = true
	for i, was := range before {
		if was.key != then[i].key {
			return diff, false
		}
		one, ok := was.change(then[i])
		if !ok {
			return diff, false
		}
		diff.Opens, diff.Closes = append(diff.Opens, one.Opens...), append(diff.Closes, one.Closes...)
		diff.Exact, diff.Wider = diff.Exact && one.Exact, diff.Wider || one.Wider
		diff.Notes = unique(append(diff.Notes, one.Notes...))
	}
	return diff, true
}

// change compares one way.
func (was gated) change(will gated) (d authz.Difference, ok bool) {
	d.Exact = true
	shut := false // by a gate that does not change
	for i, a := range was.gates {
		b := will.gates[i]
		switch {
		case !a.known || !b.known || a.custom != b.custom:
			return d, false
		case a.program == nil && b.program == nil:
			shut = true
			continue
		case a.request != nil && b.request != nil && (a.http != b.http || !sameKnown(tokenless(a.request), tokenless(b.request))):
			return d, false
		case a.request != nil && b.request != nil && a.tokens != b.tokens:
			d.Opens, d.Closes, d.Wider = append(d.Opens, carriesToken...), append(d.Closes, carriesToken...), true
		case a.request != nil && b.request != nil && (a.jwt != b.jwt || !sameKnown(a.request, b.request)):
			return d, false
		}
		r := a.request
		if r == nil || b.request != nil && b.jwt {
			r = b.request
		}
		if r == nil {
			r = &authz.Request{}
		}
		one := authz.Compare(a.program, b.program, r)
		d.Opens, d.Closes = append(d.Opens, one.Opens...), append(d.Closes, one.Closes...)
		d.Exact, d.Wider = d.Exact && one.Exact, d.Wider || one.Wider
		d.Notes = unique(append(d.Notes, one.Notes...))
	}
	if shut {
		return authz.Difference{Exact: true}, true
	}
	return d, true
}

// sameKnown reports whether the same is known of two requests.
func sameKnown(a, b *authz.Request) bool { return reflect.DeepEqual(a, b) }

// tokenless is what is known of a request beside its token.
func tokenless(r *authz.Request) *authz.Request {
	out := *r
	out.Claims, out.Headers = authz.Attr[map[string]any]{}, authz.Headers{}
	return &out
}
