package authz

import "slices"

// overlap is how a rule lies to a cube.
type overlap uint8

const (
	misses  overlap = iota // no request satisfies both
	touches                // some do
	covers                 // all of the cube do
)

// narrow is what is left of a rule within a cube: what the cube implies is gone, and
// so are the alternatives that it excludes.
func (s *solver) narrow(c cube, m *matcher) (matcher, overlap) {
	s.steps -= 1 + len(c)/8
	if slices.ContainsFunc(m.must, func(l signed) bool { return slices.Contains(c, l.not()) || !slices.Contains(c, l) && !s.possible(c, l) }) {
		return matcher{}, misses
	}
	var out matcher
	in, ok := s.reduce(c, m.must, &out.must)
	if !ok {
		return matcher{}, misses
	}
	for _, g := range m.groups {
		left, always := s.reduceGroup(in, g)
		switch {
		case always:
		case len(left) == 0:
			return matcher{}, misses
		case len(left) == 1:
			var gone cube
			if in, ok = s.reduce(in, left[0], &gone); !ok {
				return matcher{}, misses
			}
			out.must = append(out.must, left[0]...)
		default:
			out.groups = append(out.groups, left)
		}
	}
	switch {
	case len(out.must)+len(out.groups) == 0:
		return out, covers
	case len(out.groups) > 1 && !s.matches(in, out.groups):
		return matcher{}, misses
	}
	return out, touches
}

// reduce adds literals to the cube, and to left those that it does not imply. It is
// not ok if they exclude each other.
func (s *solver) reduce(c, ls cube, left *cube) (cube, bool) {
	for _, l := range ls {
		if slices.Contains(c, l) {
			continue
		}
		next, ok := s.with(c, l)
		if !ok {
			return nil, false
		}
		if !s.implies(c, l) {
			*left = append(*left, l)
		}
		c = next
	}
	return c, true
}

func (s *solver) reduceGroup(c cube, g []cube) (out []cube, always bool) {
	for _, ls := range g {
		var left cube
		if _, ok := s.reduce(c, ls, &left); !ok {
			continue
		}
		if len(left) == 0 {
			return nil, true
		}
		out = append(out, left)
	}
	return out, false
}

// matches reports whether one cube of each group goes together with c.
func (s *solver) matches(c cube, groups [][]cube) bool {
	if len(groups) == 0 {
		return true
	}
	s.steps--
	return slices.ContainsFunc(groups[0], func(ls cube) bool {
		in, ok := s.withAll(c, ls)
		return ok && s.matches(in, groups[1:])
	})
}

// terms yields the parts of the cube in which the rule matches. It reports whether
// all were wanted.
func (s *solver) terms(c cube, m *matcher, yield func(cube) bool) bool {
	in, ok := s.withAll(c, m.must)
	return !ok || s.product(in, m.groups, yield)
}

func (s *solver) product(c cube, groups [][]cube, yield func(cube) bool) bool {
	if len(groups) == 0 {
		s.steps--
		return yield(c)
	}
	for _, ls := range groups[0] {
		if in, ok := s.withAll(c, ls); ok && !s.product(in, groups[1:], yield) {
			return false
		}
	}
	return true
}

// without yields parts of the cube which together have all requests that no rule
// matches. It reports whether all were wanted, and found within the bound.
func (s *solver) without(c cube, rules []matcher, yield func(cube) bool) bool {
	var near []matcher
	for i := range rules {
		if s.steps < 0 {
			return false
		}
		switch m, how := s.narrow(c, &rules[i]); how {
		case covers:
			return true
		case touches:
			near = append(near, m)
		case misses:
		}
	}
	if len(near) == 0 {
		return yield(c)
	}
	next := func(c cube) bool { return s.without(c, near, yield) }
	if l, ok := decisive(near); ok {
		return s.split(c, l, next)
	}
	for _, g := range near[0].groups {
		if !s.fail(c, g, next) {
			return false
		}
	}
	return true
}

// decisive is the literal that most rules demand, or all that a rule does; it is not
// ok if none demands one.
func decisive(rules []matcher) (best signed, ok bool) {
	counts := map[signed]int{}
	for i := range rules {
		m := &rules[i]
		if len(m.must) == 1 && len(m.groups) == 0 {
			return m.must[0], true
		}
		for _, l := range m.must {
			if counts[l]++; !ok || counts[l] > counts[best] {
				best, ok = l, true
			}
		}
	}
	return best, ok
}

// split yields the cube without and with the literal.
func (s *solver) split(c cube, l signed, yield func(cube) bool) bool {
	for _, l := range []signed{l.not(), l} {
		if out, ok := s.with(c, l); ok && !yield(out) {
			return false
		}
	}
	return true
}

// fail yields the parts of the cube in which none of the alternatives holds.
func (s *solver) fail(c cube, g []cube, yield func(cube) bool) bool {
	if len(g) == 0 {
		return yield(c)
	}
	for _, l := range g[0] {
		if out, ok := s.with(c, l.not()); ok && !s.fail(out, g[1:], yield) {
			return false
		}
		var ok bool
		if c, ok = s.with(c, l); !ok {
			return true
		}
	}
	return true
}

// some reports whether a request in the cube is matched by no rule. If that is not
// found out within the bound, there may be one.
func (s *solver) some(c cube, rules []matcher) bool {
	return !s.without(c, rules, func(cube) bool { return false })
}
