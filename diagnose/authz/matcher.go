package authz

import (
	"encoding/binary"
	"slices"
	"strings"
)

// matcher is a rule in literals, without what is certain: all of must hold, and
// of each group one cube.
type matcher struct {
	must   cube
	groups [][]cube
}

// side is a program as the comparison has it: denied is what a rule of deny
// matches and, if it is closed, what no rule of allow does.
type side struct {
	deny, allow           []matcher
	closed                bool
	denyNames, allowNames map[string]bool
}

// side puts the rules of CUSTOM among those that deny.
func (s *solver) side(p *Program) side {
	out := side{denyNames: map[string]bool{}, allowNames: map[string]bool{}}
	if p == nil {
		out.closed = true
		return out
	}
	for i := range p.customs {
		c := &p.customs[i]
		for _, r := range c.rules {
			out.deny = s.matchers(out.deny, out.denyNames, r, c.refusal(p.dialect))
		}
	}
	for _, r := range p.deny.rules {
		out.deny = s.matchers(out.deny, out.denyNames, r, nil)
	}
	if out.closed = p.allow.exists; out.closed {
		for _, r := range p.allow.rules {
			out.allow = s.matchers(out.allow, out.allowNames, r, nil)
		}
	}
	return out.settled()
}

// settled has no rule that matches everything.
func (d side) settled() side {
	everything := func(m matcher) bool { return len(m.must)+len(m.groups) == 0 }
	if slices.ContainsFunc(d.deny, everything) {
		return side{closed: true}
	}
	if slices.ContainsFunc(d.allow, everything) {
		d.allow, d.allowNames, d.closed = nil, nil, false
	}
	return d
}

// matchers adds a rule that can match, unless there is one like it. Of the groups
// of extra, too, one clause must hold.
func (s *solver) matchers(to []matcher, names map[string]bool, r *rule, extra []clause) []matcher {
	groups := r.groups
	if extra != nil {
		groups = append(slices.Clone(groups), extra)
	}
	m, ok := s.matcher(groups)
	if name := m.name(); ok && !names[name] {
		names[name] = true
		to = append(to, m)
	}
	return to
}

func (s *solver) matcher(groups [][]clause) (matcher, bool) {
	var m matcher
	for _, g := range groups {
		switch cubes, always := s.cubes(g); {
		case always:
		case len(cubes) == 0:
			return matcher{}, false
		case len(cubes) == 1:
			m.must = union(m.must, cubes[0])
		default:
			m.groups = append(m.groups, cubes)
		}
	}
	return m, true
}

// cubes are the clauses that may hold; always says that one certainly does.
func (s *solver) cubes(g []clause) (out []cube, always bool) {
	for i := range g {
		if g[i].never {
			continue
		}
		c, possible := s.cube(g[i].fields)
		switch {
		case !possible:
		case len(c) == 0:
			return nil, true
		default:
			out = append(out, c)
		}
	}
	return out, false
}

func (s *solver) cube(fields []field) (c cube, possible bool) {
	for i := range fields {
		switch f := &fields[i]; f.eval(&s.e) {
		case False:
			return nil, false
		case True:
		case Open, Unseen:
			c = union(c, cube{s.intern(f)})
		}
	}
	return c, true
}

// union adds the literals that are not there.
func union(c, more cube) cube {
	for _, l := range more {
		if !slices.Contains(c, l) {
			c = append(c, l)
		}
	}
	return c
}

// name is the same for rules that say the same in the same literals, whatever
// their order is.
func (m *matcher) name() string {
	out := m.must.name()
	var groups []string
	for _, g := range m.groups {
		var cubes []string
		for _, c := range g {
			cubes = append(cubes, c.name())
		}
		slices.Sort(cubes)
		cubes = slices.Compact(cubes)
		groups = append(groups, string(binary.AppendUvarint(nil, uint64(len(cubes))))+strings.Join(cubes, ""))
	}
	slices.Sort(groups)
	return out + strings.Join(slices.Compact(groups), "")
}

// name begins with the length, so that names can stand one after the other.
func (c cube) name() string {
	sorted := slices.Clone(c)
	slices.Sort(sorted)
	b := binary.AppendUvarint(nil, uint64(len(c)))
	for _, l := range sorted {
		b = binary.AppendUvarint(b, uint64(l))
	}
	return string(b)
}

// same reports whether both sides have the same rules, so that they decide alike.
func (d *side) same(other *side) bool {
	return d.closed == other.closed && sameKeys(d.denyNames, other.denyNames) && sameKeys(d.allowNames, other.allowNames)
}

func sameKeys(a, b map[string]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return len(a) == len(b)
}
