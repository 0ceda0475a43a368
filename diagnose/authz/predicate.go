package authz

import (
	"slices"
	"strconv"
)

// signed is a predicate or, if odd, its opposite.
type signed int32

func (l signed) not() signed { return l ^ 1 }

// predicate is what all fields with equal tests ask, without their negation.
type predicate struct {
	f    *field
	part int // predicates of different parts have nothing to do with each other
	key  key // the part as an attribute
	// What satisfies it alone, and its opposite, once that was asked for.
	alone [2]*solution
}

// intern returns the literal that a field stands for.
func (s *solver) intern(f *field) signed {
	name := s.name(f)
	l, ok := s.ids[string(name)]
	if !ok {
		l = signed(2 * len(s.preds))
		s.ids[string(name)] = l
		s.preds = append(s.preds, s.predicate(f))
	}
	if f.not {
		return l.not()
	}
	return l
}

func (s *solver) predicate(f *field) predicate {
	p := predicate{f: f, key: s.partOf(f)}
	if f.not {
		positive := *f
		positive.not = false
		p.f = &positive
	}
	part, ok := s.parts[p.key]
	if !ok {
		part = len(s.parts)
		s.parts[p.key] = part
	}
	p.part = part
	return p
}

// partOf names the attributes that hang together with that of f. Claims stand in
// one token; Envoy takes the header of the client certificate from a peer that
// shows none.
func (s *solver) partOf(f *field) key {
	switch k := f.subject.kind; {
	case k == kindClaim || k == kindRequestPrincipal:
		return key{kind: kindRequestPrincipal}
	case k == kindHeader && f.subject.name == "x-forwarded-client-cert" && s.e.r.Headers.Closed:
		return key{kind: kindPrincipal}
	}
	return f.subject.key()
}

// name is the same for fields that are satisfied by the same values, as far as it
// shows, whatever the order of the tests is.
func (s *solver) name(f *field) []byte {
	b := s.buf[:0]
	b = append(b, byte(f.subject.kind))
	b = strconv.AppendQuote(b, f.subject.name)
	if len(f.tests) == 1 {
		b = f.tests[0].name(b)
	} else {
		names := make([]string, len(f.tests))
		for i := range f.tests {
			names[i] = string(f.tests[i].name(nil))
		}
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			b = append(b, n...)
		}
	}
	s.buf = b
	return b
}

func (t *test) name(b []byte) []byte {
	b = append(b, byte(t.op), byte(t.inner), bit(t.fold)|bit(t.full)<<1|bit(t.list)<<2)
	b = strconv.AppendInt(b, int64(len(t.text)), 10)
	b = append(append(b, ' '), t.text...)
	b = strconv.AppendInt(b, int64(len(t.more)), 10)
	b = append(append(b, ' '), t.more...)
	if t.cidr.IsValid() {
		b = t.cidr.AppendTo(b)
	}
	b = strconv.AppendInt(append(b, ' '), int64(t.port), 10)
	if t.claims != nil {
		b = t.claims[1].name(t.claims[0].name(b))
	}
	return b
}

// term words a cube.
func (s *solver) term(c cube) term {
	var out term
	for _, l := range c {
		out = append(out, literal{s.preds[l>>1].f, l&1 != 0})
	}
	return out
}
