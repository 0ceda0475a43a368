package authz

import "sync"

// Program is what one proxy holds of the policies. It is immutable and safe for
// concurrent use.
type Program struct {
	dialect  Dialect
	at       place
	policies []policy  // attached, by stage, namespace and name
	skipped  []*Policy // those that do not attach
	customs  []custom
	deny     stage
	allow    stage
	blocks   []block // the index of the rules of all stages; nil: each is asked
	skip     *skipWords
}

// skipWords are made when they are first asked for: most programs explain nothing.
type skipWords struct {
	once  sync.Once
	words []Skipped
}

// Dialect returns the dialect for which the program was compiled.
func (p *Program) Dialect() Dialect { return p.dialect }

// Decide gives the verdict. It does not allocate unless the verdict hangs on
// attributes that are not known.
func (p *Program) Decide(r *Request) (d Decision) {
	e, a := env{r: r}, answers{}
	e.start()
	if p.ask(&e, &a); !a.decided() {
		return p.exact(r).Decision
	}
	p.settle(&a, &d)
	return d
}

// answers are the stages' truths: whether CUSTOM denies, whether a DENY rule
// matches, whether ALLOW lets pass. A rule is the first that certainly matches.
type answers struct {
	custom, deny, allow             Truth
	customRule, denyRule, allowRule *rule
	customBy                        *custom
}

func (p *Program) answers(e *env) (a answers) {
	p.ask(e, &a)
	return a
}

// ask walks the stages in the proxy's order and stops where nothing after can
// change the decision. It fills in what is the zero answers.
func (p *Program) ask(e *env, a *answers) {
	var s scan
	s.start(p, e)
	a.allow = True
	for i := range p.customs {
		c := &p.customs[i]
		t, r := s.first(e, &c.stage)
		if t != False {
			t = And(t, c.denies(e, p.dialect))
		}
		if a.custom = Or(a.custom, t); t == True {
			a.customBy, a.customRule = c, r
			return
		}
	}
	if a.deny, a.denyRule = s.first(e, &p.deny); a.deny == True {
		return
	}
	if p.allow.exists {
		a.allow, a.allowRule = s.first(e, &p.allow)
	}
}

// first asks every rule of the stage: whether one matches, and the first that
// certainly does.
func (s *stage) first(e *env) (Truth, *rule) {
	out := False
	for _, r := range s.rules {
		if out = Or(out, r.eval(e)); out == True {
			return True, r
		}
	}
	return out, nil
}

// verdict is the Kleene reading: certain only if the stages say so.
func (a *answers) verdict() Verdict {
	switch t := And(And(Not(a.custom), Not(a.deny)), a.allow); t {
	case True:
		return Allowed
	case False:
		return Denied
	case Open:
		return Conditional
	case Unseen:
		return Undetermined
	}
	return Undetermined
}

func (a *answers) decided() bool {
	return a.custom == True || a.deny == True || a.allow == False ||
		a.custom == False && a.deny == False && a.allow == True
}

func (p *Program) decision(a *answers) (d Decision) {
	p.settle(a, &d)
	return d
}

// settle names in the zero d the first stage that certainly denies, or else the
// one that allows, and its rule if there is one.
func (p *Program) settle(a *answers, d *Decision) {
	var by *rule
	switch d.Rule = -1; {
	case a.custom == True:
		d.Verdict, d.Stage, by = Denied, ActionCustom, a.customRule
	case a.deny == True:
		d.Verdict, d.Stage, by = Denied, ActionDeny, a.denyRule
	case a.allow == False:
		d.Verdict, d.Stage = Denied, ActionAllow
	case !p.allow.exists:
		d.Verdict = Allowed
	default:
		d.Verdict, d.Stage, by = Allowed, ActionAllow, a.allowRule
	}
	if by != nil {
		d.Policy, d.Rule = p.policies[by.policy].ref, by.index
	}
}

func (p *Program) by(v Verdict, s Action, r *rule) Decision {
	d := Decision{Verdict: v, Stage: s, Rule: -1}
	if r != nil {
		d.Policy, d.Rule = p.policies[r.policy].ref, r.index
	}
	return d
}
