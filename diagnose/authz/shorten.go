package authz

import "slices"

// maxShorten bounds the steps that go into making alternatives readable.
const maxShorten = 60_000

// readable makes the alternatives short: without literals that do not count, with
// the values of lists that do, and without what others cover.
func (x *comparison) readable(in []region, from, to *side) []alternative {
	x.steps = maxShorten
	var cubes []matcher
	for i := range in {
		if !in[i].wide && x.steps >= 0 {
			in[i].when = x.shorten(in[i].when, from, to)
		}
		cubes = append(cubes, matcher{must: in[i].when})
	}
	for i := len(in) - 1; i >= 0 && len(in) <= maxTerms; i-- {
		others := slices.Delete(slices.Clone(cubes), i, i+1)
		if !x.some(in[i].when, others) {
			in, cubes = slices.Delete(in, i, i+1), others
		}
	}
	var out []alternative
	for _, f := range in {
		out = append(out, alternative{when: x.term(f.when), wide: f.wide, example: x.request(f.example)})
	}
	return out
}

// shorten drops literals, the last ones first, without which all of the cube still
// changes.
func (x *comparison) shorten(c cube, from, to *side) cube {
	for i := len(c) - 1; i >= 0; i-- {
		l, less := c[i], slices.Delete(slices.Clone(c), i, i+1)
		if more, ok := x.with(less, l.not()); !ok || !x.stays(more, from, to) {
			c = less
		}
	}
	c = x.trim(c)
	for i := len(c) - 1; i >= 0; i-- {
		if less := slices.Delete(slices.Clone(c), i, i+1); x.implies(less, c[i]) {
			c = less
		}
	}
	return c
}

// stays reports whether a request in the cube may not change.
func (x *comparison) stays(c cube, from, to *side) bool {
	return x.denies(c, to) || !x.allowed(c, from, func(cube) bool { return false })
}

// denies reports whether the side may deny a request in the cube.
func (x *comparison) denies(c cube, by *side) bool {
	for i := range by.deny {
		if x.steps < 0 {
			return true
		}
		if _, how := x.narrow(c, &by.deny[i]); how != misses {
			return true
		}
	}
	return by.closed && x.some(c, by.allow)
}

// trim takes from the lists those values that count beside the other literals.
func (x *comparison) trim(c cube) cube {
	c = slices.Clone(c)
	for i := range c {
		rest := slices.Delete(slices.Clone(c), i, i+1)
		f := x.preds[c[i]>>1].f
		if less := x.fewer(rest, f); len(less.wanted) > 0 && len(less.wanted) < len(f.wanted) {
			l := x.intern(&less)
			if c[i]&1 != 0 {
				l = l.not()
			}
			c[i] = l
		}
	}
	return c
}

// fewer is the field with those of its values that a request in the cube may have.
func (x *comparison) fewer(c cube, f *field) field {
	out := *f
	out.tests, out.wanted, out.of = nil, nil, nil
	for i, w := range f.wanted {
		one := *f
		one.tests, one.wanted, one.of = nil, []string{w}, nil
		for j, of := range f.of {
			if of == i {
				one.tests, one.of = append(one.tests, f.tests[j]), append(one.of, 0)
			}
		}
		if len(one.tests) > 0 && x.possible(c, x.intern(&one)) {
			for range one.tests {
				out.of = append(out.of, len(out.wanted))
			}
			out.tests, out.wanted = append(out.tests, one.tests...), append(out.wanted, w)
		}
	}
	return out
}
