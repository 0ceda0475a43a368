package authz

import "slices"

// outcome is the exact answer where the stages alone leave it open.
type outcome struct {
	Decision
	conditions []Condition
	missing    []string
	notes      []string
}

// maxNodes bounds the combinations of values that are looked at, for programs of
// few rules; for those of many, it is fewer.
const maxNodes = 50_000

const (
	noteBound = "the exact evaluation was given up as too large: the verdict is the cautious one, " +
		"and attributes that hang together may settle it"
	noteConditions = "there are too many alternatives to list all conditions"
)

// exact evaluates every class of completions of what is not known. If all have
// one verdict, that is the verdict; otherwise it is Undetermined if a fact that
// could not be seen can turn it, and Conditional if not.
func (p *Program) exact(r *Request) outcome {
	e := newEnv(r)
	live := p.residue(&e)
	a := live.answers(&e)
	unknowns, ok := live.unknowns(&e, &a)
	s := newSearch(live, r, unknowns)
	ok = s.run() && ok
	switch {
	case s.mixed:
		return live.undecided(&a, Undetermined, turning(live, r, unknowns))
	case s.allowed && s.denied && (ok || s.noUnseen()):
		o := live.undecided(&a, Conditional, nil)
		o.conditions, o.notes = live.conditions(r, unknowns, ok)
		return o
	case !ok:
		o := live.undecided(&a, a.verdict(), unknowns)
		if o.Verdict == Conditional {
			o.conditions, _ = live.conditions(r, unknowns, false)
		}
		o.notes = append(o.notes, noteBound)
		return o
	case s.denied:
		return outcome{Decision: live.by(Denied, s.stage(&a), nil)}
	case !live.allow.exists:
		return outcome{Decision: live.by(Allowed, ActionUnknown, nil)}
	}
	return outcome{Decision: live.by(Allowed, ActionAllow, a.allowRule)}
}

// residue is the program without the rules that certainly do not match.
func (p *Program) residue(e *env) *Program {
	live := &Program{dialect: p.dialect, policies: p.policies}
	for i := range p.customs {
		c := p.customs[i]
		if c.rules = possible(c.rules, e); len(c.rules) > 0 {
			live.customs = append(live.customs, c)
		}
	}
	live.deny = stage{exists: p.deny.exists, rules: possible(p.deny.rules, e)}
	live.allow = stage{exists: p.allow.exists, rules: possible(p.allow.rules, e)}
	return live
}

func possible(rules []*rule, e *env) []*rule {
	var out []*rule
	for _, r := range rules {
		if r.eval(e) != False {
			out = append(out, r)
		}
	}
	return out
}

// unknowns returns what the undecided stages hang on, with its values. It is
// not ok if these are too many.
func (p *Program) unknowns(e *env, a *answers) ([]*unknown, bool) {
	c := collector{e: e, all: map[key]*unknown{}}
	for i := range p.customs {
		c.rules(p.customs[i].rules)
	}
	c.customs(p)
	c.rules(p.deny.rules)
	if a.allow != True {
		c.rules(p.allow.rules)
	}
	out, ok := c.sorted(), true
	for _, u := range out {
		ok = u.enumerate(e) && ok
	}
	return out, ok
}

// undecided is the outcome of a verdict that is not certain: it names the first
// stage that can turn it, and of unknowns those that are missing.
func (p *Program) undecided(a *answers, v Verdict, unknowns []*unknown) outcome {
	o := outcome{Decision: p.by(v, a.firstOpen(), nil)}
	for _, u := range unknowns {
		if v == Undetermined && !u.open {
			o.missing = append(o.missing, u.why)
		}
	}
	slices.Sort(o.missing)
	o.missing = slices.Compact(o.missing)
	return o
}

// firstOpen is the first stage that may deny.
func (a *answers) firstOpen() Action {
	switch {
	case a.custom != False:
		return ActionCustom
	case a.deny != False:
		return ActionDeny
	}
	return ActionAllow
}

// turning returns the unseen facts that can turn the verdict by themselves,
// given some values of all the others, as far as the budget shows.
func turning(p *Program, r *Request, unknowns []*unknown) []*unknown {
	var out, unseen []*unknown
	for i, u := range unknowns {
		if u.open {
			continue
		}
		unseen = append(unseen, u)
		s := newSearch(p, r, append(slices.Delete(slices.Clone(unknowns), i, i+1), u))
		s.boundary = len(unknowns) - 1
		if !s.run() || s.mixed {
			out = append(out, u)
		}
	}
	if len(out) == 0 {
		return unseen
	}
	return out
}

// search walks the combinations of values, depth first, and turns back where
// the stages are decided already.
type search struct {
	p        *Program
	e        env
	unknowns []*unknown
	boundary int // the index of the first unknown that counts as unseen
	budget   int
	cost     int // of one combination

	allowed, denied bool // what was seen
	mixed           bool // with all before boundary fixed, both are possible
	// Whether each stage denies in every combination that is denied.
	byCustom, byDeny, byAllow bool
}

func newSearch(p *Program, r *Request, unknowns []*unknown) *search {
	s := &search{p: p, e: newEnv(r), unknowns: unknowns, budget: maxNodes, byCustom: true, byDeny: true, byAllow: true}
	s.e.over = map[key]value{}
	s.cost = 1 + (len(p.deny.rules)+len(p.allow.rules))/8
	for s.boundary < len(unknowns) && unknowns[s.boundary].open {
		s.boundary++
	}
	return s
}

// run reports whether all combinations were looked at, or enough of them.
func (s *search) run() bool {
	s.walk(0)
	return s.budget >= 0 || s.done()
}

// noUnseen reports whether all unknowns are open.
func (s *search) noUnseen() bool { return s.boundary == len(s.unknowns) }

// done reports whether no further combination can change the answer.
func (s *search) done() bool { return s.mixed || s.noUnseen() && s.allowed && s.denied }

// walk assigns unknown i and the following, and tells which verdicts occur.
func (s *search) walk(i int) (allowed, denied bool) {
	a := s.p.answers(&s.e)
	s.budget -= s.cost
	switch v := a.verdict(); {
	case v == Allowed:
		s.allowed = true
		return true, false
	case v == Denied:
		s.denied = true
		s.note(&a)
		return false, true
	case i == len(s.unknowns):
		return false, false // nothing is left to hang on: cannot be
	}
	u := s.unknowns[i]
	for _, v := range u.values {
		if s.budget < 0 || s.done() {
			break
		}
		if !s.e.feasible(s.unknowns, u, v) {
			continue
		}
		s.e.set(u.key, v)
		yes, no := s.walk(i + 1)
		allowed, denied = allowed || yes, denied || no
	}
	s.e.unset(u.key)
	s.mixed = s.mixed || i == s.boundary && allowed && denied
	return allowed, denied
}

func (s *search) note(a *answers) {
	s.byCustom = s.byCustom && a.custom == True
	s.byDeny = s.byDeny && a.deny == True
	s.byAllow = s.byAllow && a.allow == False
}

// stage names the first stage that denies in every combination; if there is
// none, the first that denies in some.
func (s *search) stage(a *answers) Action {
	switch {
	case s.byCustom:
		return ActionCustom
	case s.byDeny:
		return ActionDeny
	case s.byAllow:
		return ActionAllow
	}
	return a.firstOpen()
}

// feasible tells whether u can have value v beside those already given to the
// unknowns. A claim within another is there only if that is an object, and a token
// that has any claim has an issuer.
func (e *env) feasible(unknowns []*unknown, u *unknown, v value) bool {
	if u.key.kind != kindClaim {
		return true
	}
	for _, o := range unknowns {
		given, ok := e.over[o.key]
		if !ok || o == u || o.key.kind != kindClaim {
			continue
		}
		if !v.absent && !given.absent && (within(u.claim, o.claim) || within(o.claim, u.claim)) {
			return false
		}
		if noIssuer(u, v) && !given.absent || noIssuer(o, given) && !v.absent {
			return false
		}
	}
	return true
}

func noIssuer(u *unknown, v value) bool { return u.key == issuer.key() && (v.absent || v.isList) }

// within reports whether the claim at path is inside the one at outer.
func within(path, outer []string) bool {
	return len(path) > len(outer) && slices.Equal(path[:len(outer)], outer)
}
