package authz

import (
	"net/netip"
	"slices"
)

// Bounds of the exact evaluation.
const (
	maxSteps  = 1_000_000 // of an automaton
	maxValues = 1024      // classes of values of one attribute
)

// enumerate fills in the values, one for each class. It gives up (false) beyond
// the bounds.
func (u *unknown) enumerate(e *env) bool {
	switch u.key.kind {
	case kindPrincipal:
		u.values = []value{{absent: true}}
		return u.strings(someIdentity)
	case kindIdentity:
		u.values = []value{{absent: true}}
		return u.strings(lookedUp(u.key.name))
	case kindSourceIP, kindRemoteIP, kindDestinationIP:
		u.addresses()
	case kindDestinationPort:
		u.ports()
	case kindSNI:
		return u.strings(anySNI)
	case kindHost:
		return u.strings(anyHost)
	case kindMethod:
		return u.strings(someMethod)
	case kindPath:
		if m, _ := e.r.Method.Get(); m == "CONNECT" {
			u.values = []value{{absent: true}}
		}
		return u.strings(someTarget)
	case kindHeader:
		if !always(u.key.name) {
			u.values = []value{{absent: true}}
		}
		return u.lists(anyText, u.atoms(false), false)
	case kindClaim:
		u.values = []value{{absent: true}}
		if len(u.claim) == 0 {
			return true // the whole payload: neither a string nor a list
		}
		if !spaceDelimited(&subject{name: u.key.name}) && !u.strings(anyText) {
			return false
		}
		return u.lists(anyText, u.atoms(false), true)
	case kindMetadata:
		u.values = []value{{absent: true}}
		return u.strings(anyText) && u.lists(anyText, u.atoms(true), true)
	case kindAuthorizer, kindOffload:
		u.values = []value{{ok: true}, {ok: false}}
	case kindProvider:
		u.values = []value{{text: providerNone}, {text: providerHTTP}, {text: providerGRPC}}
	case kindRequestPrincipal:
		// It is enumerated by its claims.
	}
	return len(u.values) <= maxValues
}

// atoms returns the sets of values that the fields accept; list selects the
// tests on elements of metadata lists.
func (u *unknown) atoms(list bool) []atom {
	var out []atom
	for _, f := range u.fields {
		var a atom
		for i := range f.tests {
			if t := &f.tests[i]; t.list == list {
				a.automata = append(a.automata, t.automata()...)
				a.cut = u.key.kind == kindPath && !t.full
			}
		}
		out = append(out, a)
	}
	return out
}

// strings adds a string for each class.
func (u *unknown) strings(l language) bool {
	atoms := u.atoms(false)
	for _, t := range u.pairs {
		atoms = append(atoms, atom{automata: t.automata()})
	}
	found, ok := u.witnesses(l, atoms)
	for _, s := range found {
		u.values = append(u.values, value{text: s})
	}
	return ok && len(u.values) <= maxValues
}

func (u *unknown) witnesses(l language, atoms []atom) ([]string, bool) {
	found, left := l.witnesses(atoms, maxSteps)
	u.spent += maxSteps - left
	return found, left >= 0
}

// lists adds a list of strings for each class: what one of its elements
// satisfies, the list does. Of a header that Envoy joins there is one element.
func (u *unknown) lists(l language, atoms []atom, isList bool) bool {
	found, ok := u.witnesses(l, atoms)
	seen := map[string]bool{}
	queue := []value{{isList: isList}}
	single := u.key.kind == kindHeader && joined(u.key.name)
	for at := 0; at < len(queue) && (at == 0 || !single); at++ {
		for _, s := range found {
			next := value{isList: isList, list: append(slices.Clone(queue[at].list), s)}
			if k := satisfied(atoms, next.list); !seen[k] {
				seen[k] = true
				queue = append(queue, next)
				u.values = append(u.values, next)
			}
		}
		if len(u.values) > maxValues {
			return false
		}
	}
	return ok
}

// satisfied tells which atoms accept an element of list.
func satisfied(atoms []atom, list []string) string {
	out := make([]byte, len(atoms))
	for i := range atoms {
		for _, n := range atoms[i].automata {
			out[i] |= bit(slices.ContainsFunc(list, n.match))
		}
	}
	return string(out)
}

// addresses adds the first address of every range in which no block begins or
// ends.
func (u *unknown) addresses() {
	at := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	for _, f := range u.fields {
		for i := range f.tests {
			p := f.tests[i].cidr
			if !p.IsValid() { // no address is in it
				continue
			}
			at = append(at, p.Addr())
			if after := last(p).Next(); after.IsValid() {
				at = append(at, after)
			}
		}
	}
	slices.SortFunc(at, netip.Addr.Compare)
	for _, a := range slices.Compact(at) {
		u.values = append(u.values, value{addr: a})
	}
}

// last returns the last address of p.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// ports adds every port that is named, and one that is not.
func (u *unknown) ports() {
	var named []uint16
	for _, f := range u.fields {
		for i := range f.tests {
			named = append(named, f.tests[i].port)
		}
	}
	other := uint16(1)
	for slices.Contains(named, other) {
		other++
	}
	slices.Sort(named)
	for _, p := range append(slices.Compact(named), other) {
		u.values = append(u.values, value{port: p})
	}
}
