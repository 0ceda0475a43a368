package authz

import (
	"encoding/binary"
	"slices"
)

// cube is the AND of its literals, in the order in which they came.
type cube []signed

// solver tells which cubes some request satisfies. It belongs to one goroutine.
type solver struct {
	e         env
	preds     []predicate
	ids       map[string]signed // by name
	parts     map[key]int
	solutions map[string]solution
	steps     int // what is left of them
	buf       []byte
}

// maxCompare bounds the steps of a comparison. A step is a look at one literal.
const maxCompare = 200_000

func newSolver(r *Request) *solver {
	s := &solver{e: newEnv(anySeen(r)), ids: map[string]signed{}, parts: map[key]int{}, solutions: map[string]solution{}, steps: maxCompare}
	s.e.over = map[key]value{}
	return s
}

// anySeen is r with what could not be seen left open.
func anySeen(r *Request) *Request {
	out := *r
	opened(&out.Principal)
	opened(&out.SourceIP)
	opened(&out.RemoteIP)
	opened(&out.DestinationIP)
	opened(&out.DestinationPort)
	opened(&out.SNI)
	opened(&out.Method)
	opened(&out.Host)
	opened(&out.Path)
	opened(&out.Claims)
	return &out
}

func opened[T any](a *Attr[T]) {
	if a.state == StateUnseen {
		*a = Attr[T]{}
	}
}

// with adds a literal to a possible cube. It is not ok if no request satisfies both.
func (s *solver) with(c cube, l signed) (cube, bool) {
	switch {
	case slices.Contains(c, l):
		return c, true
	case slices.Contains(c, l.not()) || !s.possible(c, l):
		return nil, false
	}
	return append(c[:len(c):len(c)], l), true
}

func (s *solver) withAll(c cube, ls cube) (cube, bool) {
	for _, l := range ls {
		next, ok := s.with(c, l)
		if !ok {
			return nil, false
		}
		c = next
	}
	return c, true
}

// implies reports whether l holds for all that satisfies the cube.
func (s *solver) implies(c cube, l signed) bool {
	return slices.Contains(c, l) || !slices.Contains(c, l.not()) && !s.possible(c, l.not())
}

// possible reports whether a request may satisfy both the possible cube and l.
func (s *solver) possible(c cube, l signed) bool {
	var b [8]signed
	s.steps--
	p := &s.preds[l>>1]
	sol := s.solution(insert(s.of(b[:0], c, p.part), l))
	if !sol.found && !sol.unsure {
		return false
	}
	k := p.key.kind
	return k != kindMethod && (k != kindPath || !sol.pathless()) || s.e.r.Method.state != StateOpen || s.connects(c, l)
}

// of adds the literals of one part, in the order of their numbers.
func (s *solver) of(to, c cube, part int) cube {
	for _, l := range c {
		if s.preds[l>>1].part == part {
			to = insert(to, l)
		}
	}
	return to
}

func insert(c cube, l signed) cube {
	i := len(c)
	for i > 0 && c[i-1] > l {
		i--
	}
	if i > 0 && c[i-1] == l {
		return c
	}
	c = append(c, l)
	copy(c[i+1:], c[i:])
	c[i] = l
	return c
}

// connects: a request without a path is a CONNECT.
func (s *solver) connects(c cube, l signed) bool {
	path, ok := s.parts[key{kind: kindPath}]
	method, also := s.parts[connect.key]
	if !ok || !also {
		return true
	}
	var paths, methods [8]signed
	all := [2]cube{s.of(paths[:0], c, path), s.of(methods[:0], c, method)}
	own := bit(s.preds[l>>1].part == method)
	if all[own] = insert(all[own], l); len(all[0]) == 0 || !s.solution(all[0]).pathless() {
		return true
	}
	return s.holds(connect, slices.Clone(all[1]))
}

var connect = given{key: key{kind: kindMethod}, value: value{text: "CONNECT"}}

// solution returns how to satisfy literals of one part, in order. It does not keep
// them.
func (s *solver) solution(ls cube) solution {
	if len(ls) == 1 {
		return s.alone(ls[0])
	}
	var b [64]byte
	name := b[:0]
	for _, l := range ls {
		name = binary.AppendUvarint(name, uint64(l))
	}
	out, ok := s.solutions[string(name)]
	switch {
	case !ok && s.steps < 0:
		return solution{unsure: true}
	case !ok:
		out = s.solve(slices.Clone(ls))
		s.solutions[string(name)] = out
	}
	return out
}

// alone is the solution of a single literal.
func (s *solver) alone(l signed) solution {
	p := &s.preds[l>>1].alone[l&1]
	switch {
	case *p == nil && s.steps < 0:
		return solution{unsure: true}
	case *p == nil:
		sol := s.solve(cube{l})
		s.preds[l>>1].alone[l&1] = &sol // the predicates may have moved
		return sol
	}
	return **p
}

// solutions of all parts of a cube. They are not ok if one is not certain.
func (s *solver) witness(c cube) (out []given, ok bool) {
	var last []given
	for part := range len(s.parts) {
		ls := s.of(nil, c, part)
		if len(ls) == 0 {
			continue
		}
		sol := s.solution(ls)
		if !sol.found {
			return nil, false
		}
		out = append(out, sol.values...)
		if sol.pathless() && s.e.r.Method.state == StateOpen {
			last = append(last, connect)
		}
	}
	return append(out, last...), true
}
