package authz

// search looks at all classes of values, after samples where several attributes hang
// together.
func (s *solver) search(ls cube) solution {
	c := collector{e: &s.e, all: map[key]*unknown{}}
	for _, l := range ls {
		c.field(s.preds[l>>1].f)
	}
	a := assignment{solver: s, ls: ls, unknowns: c.sorted()}
	if len(a.unknowns) > 1 {
		for _, u := range a.unknowns {
			u.values = u.samples()
		}
		if a.left = maxSampled; a.run() {
			return solution{found: true, values: a.values}
		}
	}
	ok := true
	for _, u := range a.unknowns {
		u.values = nil
		ok = u.enumerate(&s.e) && ok
		s.steps -= u.spent / stepsPerLook
		if u.key.kind == kindPath && s.e.r.Method.state == StateOpen {
			u.values = append(u.values, value{absent: true})
		}
	}
	a.left = maxNodes
	found := a.run()
	s.steps -= maxNodes - a.left
	return solution{found: found, unsure: !found && (!ok || a.left < 0), values: a.values}
}

// maxSampled bounds the combinations of samples.
const maxSampled = 100

// stepsPerLook is how many steps of an automaton take as long as a look at a literal.
const stepsPerLook = 10

// assignment looks for values of several unknowns.
type assignment struct {
	*solver
	ls       cube
	unknowns []*unknown
	values   []given
	left     int
}

func (a *assignment) run() bool {
	found := a.walk(0)
	for _, u := range a.unknowns {
		a.e.unset(u.key)
	}
	return found
}

func (a *assignment) walk(i int) bool {
	if a.left--; a.left < 0 || a.contradict(a.ls) {
		return false
	}
	if i == len(a.unknowns) {
		return a.decided(a.ls)
	}
	u := a.unknowns[i]
	for _, v := range u.values {
		if !a.e.feasible(a.unknowns, u, v) {
			continue
		}
		a.e.set(u.key, v)
		a.values = append(a.values, given{u.key, u.claim, v})
		if a.walk(i + 1) {
			return true
		}
		a.values = a.values[:len(a.values)-1]
	}
	a.e.unset(u.key)
	return false
}
