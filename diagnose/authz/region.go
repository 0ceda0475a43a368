package authz

import "slices"

// comparison looks for what two programs decide differently.
type comparison struct {
	*solver
	before, after side
	unsure        bool // what may change is left out
}

// complete reports whether all that changes was found.
func (x *comparison) complete() bool { return x.steps >= 0 && !x.unsure }

// region is a part of what changes: all of the cube does or, if it is wide, some.
type region struct {
	when    cube
	wide    bool
	example []given
}

const (
	// maxRegions bounds the alternatives; those of one cause are at most maxTerms.
	maxRegions = 256
	// maxCause bounds the steps for one cause.
	maxCause = 60_000
)

// finder yields the parts of a cube that change, and stops when they are not wanted.
type finder func(c cube, yield func(cube) bool)

// regions are where from denies and to allows. Either a rule of from denies that to
// does not have, or no rule of from allows.
func (x *comparison) regions(from, to *side) []region {
	var out []region
	for i := range from.deny {
		if m := &from.deny[i]; !to.denyNames[m.name()] {
			out = append(out, x.caused(m, func(c cube, yield func(cube) bool) { x.allowed(c, to, yield) })...)
		}
	}
	if from.closed {
		minus := slices.Concat(from.allow, to.deny)
		find := func(c cube, yield func(cube) bool) { x.without(c, minus, yield) }
		if !to.closed {
			out = append(out, x.take(nil, find)...)
		}
		for i := range to.allow {
			if m := &to.allow[i]; !from.allowNames[m.name()] {
				out = append(out, x.caused(m, find)...)
			}
		}
	}
	if len(out) > maxRegions {
		out = []region{{wide: true, example: out[0].example}}
	}
	return out
}

// allowed yields the parts of the cube that the side allows. It reports whether all
// were wanted, and found within the bound.
func (x *comparison) allowed(c cube, by *side, yield func(cube) bool) bool {
	if !by.closed {
		return x.without(c, by.deny, yield)
	}
	for i := range by.allow {
		if !x.terms(c, &by.allow[i], func(c cube) bool { return x.without(c, by.deny, yield) }) {
			return false
		}
	}
	return x.steps >= 0
}

// caused collects what changes where the rule matches.
func (x *comparison) caused(m *matcher, find finder) []region {
	var out []region
	x.terms(nil, m, func(c cube) bool {
		out = append(out, x.take(c, find)...)
		return len(out) <= maxTerms && x.steps >= 0
	})
	return widened(out, m.must)
}

// take collects what changes in the cube. If that takes too long, one example says
// that something does.
func (x *comparison) take(cause cube, find finder) []region {
	var out []region
	left := x.steps - maxCause
	x.steps = min(x.steps, maxCause)
	find(cause, func(c cube) bool {
		values, ok := x.witness(c)
		if x.unsure = x.unsure || !ok; ok {
			out = append(out, region{when: c, example: values})
		}
		return len(out) <= maxTerms
	})
	if x.steps >= 0 || len(out) > maxTerms {
		x.steps += max(left, 0)
		return widened(out, cause)
	}
	x.steps = left
	if len(out) > 0 {
		return []region{{when: cause, wide: true, example: out[0].example}}
	}
	x.unsure = true
	return nil
}

// widened puts the cause in the place of too many regions.
func widened(out []region, cause cube) []region {
	if len(out) <= maxTerms {
		return out
	}
	return []region{{when: cause, wide: true, example: out[0].example}}
}
