package authz

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
}

// Dialect returns the dialect for which the program was compiled.
func (p *Program) Dialect() Dialect { return p.dialect }

// Decide gives the verdict. It does not allocate unless the verdict hangs on
// attributes that are not known.
func (p *Program) Decide(r *Request) Decision {
	e, a := env{r: r}, answers{}
	e.start()
	if p.ask(&e, &a); a.decided() {
		return p.decision(&a)
	}
	return p.exact(r).Decision
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

func (a *answers) decided() bool { v := a.verdict(); return v == Allowed || v == Denied }

// decision names the first stage that certainly denies, or else the one that
// allows.
func (p *Program) decision(a *answers) Decision {
	switch {
	case a.custom == True:
		return p.by(Denied, ActionCustom, a.customRule)
	case a.deny == True:
		return p.by(Denied, ActionDeny, a.denyRule)
	case a.allow == False:
		return Decision{Verdict: Denied, Stage: ActionAllow, Rule: -1}
	case !p.allow.exists:
		return Decision{Verdict: Allowed, Rule: -1}
	}
	return p.by(Allowed, ActionAllow, a.allowRule)
}

func (p *Program) by(v Verdict, s Action, r *rule) Decision {
	if r == nil {
		return Decision{Verdict: v, Stage: s, Rule: -1}
	}
	return Decision{Verdict: v, Stage: s, Policy: p.policies[r.policy].ref, Rule: r.index}
}
