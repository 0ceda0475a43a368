package authz

import "slices"

// solution are values that satisfy some literals. If none were found, unsure says
// that not all values were looked at.
type solution struct {
	found, unsure bool
	values        []given
}

// given is a value that stands in for an attribute.
type given struct {
	key   key
	claim []string
	value value
}

// pathless tells that there has to be no path.
func (s solution) pathless() bool {
	return len(s.values) == 1 && s.values[0].key.kind == kindPath && s.values[0].value.absent
}

// solve looks for values that satisfy literals of one part: two that exclude each
// other say that there are none, and a sample may do. Only if neither helps, all
// classes of values are looked at.
func (s *solver) solve(ls cube) solution {
	s.steps -= 4
	if len(ls) > 2 && s.excluded(ls) {
		return solution{}
	}
	if sol, ok := s.guess(ls); ok {
		return sol
	}
	return s.search(ls)
}

// excluded reports whether two literals exclude each other, or one of them each
// value of another.
func (s *solver) excluded(ls cube) bool {
	for i, a := range ls {
		for _, b := range ls[i+1:] {
			if sol := s.solution(cube{a, b}); !sol.found && !sol.unsure {
				return true
			}
		}
	}
	return slices.ContainsFunc(ls, func(l signed) bool { return s.valuesExcluded(ls, l) })
}

// guess is ok if it found a value of the one attribute that all literals look at, or
// that there is none.
func (s *solver) guess(ls cube) (solution, bool) {
	subject := &s.preds[ls[0]>>1].f.subject
	is := func(v value) solution {
		return solution{found: true, values: []given{{subject.key(), subject.claim, v}}}
	}
	for _, l := range ls {
		if s.preds[l>>1].f.subject.key() != subject.key() || subject.kind == kindRequestPrincipal {
			return solution{}, false
		}
	}
	for _, l := range ls {
		if values, ok := s.all(ls, l); ok {
			i := slices.IndexFunc(values, func(v value) bool { return s.holds(given{key: subject.key(), value: v}, ls) })
			if i < 0 {
				return solution{}, true
			}
			return is(values[i]), true
		}
	}
	if len(ls) == 2 && s.excludedPair(ls[0], ls[1]) {
		return solution{}, true
	}
	v, ok := s.sample(subject.key(), ls)
	return is(v), ok
}

// all lists the values that satisfy l, if l names them.
func (s *solver) all(ls cube, l signed) ([]value, bool) {
	f := s.preds[l>>1].f
	language, ok := f.subject.key().named()
	if l&1 != 0 || !ok {
		return nil, false
	}
	var out []value
	for i := range f.tests {
		t := &f.tests[i]
		if t.op != opExact || t.full || t.fold && !s.folded(ls) {
			return nil, false
		}
		switch {
		case language.has(t.text):
			out = append(out, value{text: t.text})
		case f.subject.kind == kindIdentity && t.text == nobody:
			out = append(out, value{absent: true})
		}
	}
	return out, f.subject.kind != kindPath || !s.full(ls)
}

// named are the kinds of which an exact test names the value.
var named = map[kind]language{kindPrincipal: someIdentity, kindSNI: anySNI, kindHost: anyHost, kindMethod: someMethod, kindPath: someTarget}

// named returns the values of an attribute of which an exact test names the value.
func (k key) named() (language, bool) {
	if k.kind == kindIdentity {
		return lookedUp(k.name), true
	}
	l, ok := named[k.kind]
	return l, ok
}

func (l language) has(s string) bool {
	for i := range len(s) {
		if !l.bytes.has(s[i]) {
			return false
		}
	}
	return l.shape == nil || l.shape.match(s)
}

// folded reports whether no test of the literals minds the case.
func (s *solver) folded(ls cube) bool {
	return !s.any(ls, func(t *test) bool { return !t.fold && t.op != opPresent })
}

// full reports whether a test of the literals sees the query of a path.
func (s *solver) full(ls cube) bool {
	return s.any(ls, func(t *test) bool { return t.full })
}

func (s *solver) any(ls cube, is func(t *test) bool) bool {
	for _, l := range ls {
		tests := s.preds[l>>1].f.tests
		for i := range tests {
			if is(&tests[i]) {
				return true
			}
		}
	}
	return false
}

// holds reports whether a value satisfies literals on its attribute.
func (s *solver) holds(g given, ls cube) bool {
	s.e.set(g.key, g.value)
	ok := !s.contradict(ls) && s.decided(ls)
	s.e.unset(g.key)
	return ok
}

// contradict reports whether a literal certainly does not hold.
func (s *solver) contradict(ls cube) bool {
	return slices.ContainsFunc(ls, func(l signed) bool {
		return s.preds[l>>1].f.eval(&s.e) == truth(l&1 != 0)
	})
}

func (s *solver) decided(ls cube) bool {
	return !slices.ContainsFunc(ls, func(l signed) bool { return !s.preds[l>>1].f.eval(&s.e).Decided() })
}
