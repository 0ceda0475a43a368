package authz

import "slices"

// literal is a field, or its opposite, as a condition.
type literal struct {
	f    *field
	flip bool
}

// term is the AND of its literals.
type term []literal

const (
	maxTerms = 64
	maxTable = 4096
)

// conditions words the terms, without repetitions.
func (p *Program) conditions(r *Request, unknowns []*unknown, complete bool) ([]Condition, []string) {
	terms, verdict, notes := p.terms(r, unknowns, complete)
	var out []Condition
	seen := map[string]bool{}
	for _, t := range terms {
		c := Condition{All: t.atoms(), Verdict: verdict}
		if w := allWords(c.All); !seen[w] && len(c.All) > 0 {
			seen[w] = true
			out = append(out, c)
		}
	}
	return out, notes
}

// terms describe a Conditional verdict: what allows, if an ALLOW rule is needed,
// or else what denies. Each term suffices; what no term covers has the other
// verdict. They are shortened only if the values of the unknowns are complete.
func (p *Program) terms(r *Request, unknowns []*unknown, complete bool) (terms []term, verdict Verdict, notes []string) {
	e := newEnv(r)
	verdict = Allowed
	terms, ok := p.allowTerms(&e)
	if terms == nil && ok {
		verdict = Denied
		terms, ok = p.denyTerms(&e)
	}
	if t, small := newTable(p, r, unknowns); small && complete {
		terms = t.simplify(terms, verdict)
	}
	if !ok {
		notes = append(notes, noteConditions)
	}
	return terms, verdict, notes
}

// allowTerms are the alternatives in which a rule allows and none denies; nil if
// no ALLOW rule is needed.
func (p *Program) allowTerms(e *env) ([]term, bool) {
	if !p.allow.exists {
		return nil, true
	}
	if t, _ := p.allow.first(e); t == True {
		return nil, true
	}
	out, ok := alternatives(p.allow.rules, e)
	deny, denyOK := p.denyTerms(e)
	for _, d := range deny {
		var next []term
		for _, t := range out {
			for _, l := range d {
				next = append(next, append(slices.Clone(t), literal{l.f, !l.flip}))
			}
		}
		if out = next; len(out) > maxTerms {
			return out[:maxTerms], false
		}
	}
	return out, ok && denyOK
}

// denyTerms are the alternatives in which CUSTOM or DENY denies.
func (p *Program) denyTerms(e *env) ([]term, bool) {
	var rules []*rule
	for i := range p.customs {
		if p.customs[i].denies(e, p.dialect) != False {
			rules = append(rules, p.customs[i].rules...)
		}
	}
	return alternatives(append(rules, p.deny.rules...), e)
}

// alternatives are the terms in which one of the rules matches, without what is
// certain.
func alternatives(rules []*rule, e *env) ([]term, bool) {
	var out []term
	for _, r := range rules {
		ts := []term{nil}
		for _, g := range r.groups {
			if matchesAny(g, e) == True {
				continue
			}
			var next []term
			for _, t := range ts {
				for i := range g {
					if g[i].eval(e) != False {
						next = append(next, append(slices.Clone(t), undecidedFields(&g[i], e)...))
					}
				}
			}
			if ts = next; len(ts) > maxTerms {
				return append(out, ts[:maxTerms]...), false
			}
		}
		out = append(out, ts...)
	}
	if len(out) > maxTerms {
		return out[:maxTerms], false
	}
	return out, true
}

func undecidedFields(c *clause, e *env) term {
	var out term
	for i := range c.fields {
		if f := &c.fields[i]; !f.eval(e).Decided() {
			out = append(out, literal{f: f})
		}
	}
	return out
}
