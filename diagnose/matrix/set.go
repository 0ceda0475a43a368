package matrix

import "math/bits"

// set is a set of sources by their index.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// has reports whether i is a member; of what is no place nobody is.
func (s set) has(i int) bool { return i >= 0 && i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 }

func (s set) empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

func (s set) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// first is the least member; the set is not empty.
func (s set) first() int {
	for i, w := range s {
		if w != 0 {
			return i*64 + bits.TrailingZeros64(w)
		}
	}
	return -1
}

// each calls do for every member, in order.
func (s set) each(do func(i int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			do(i*64 + bits.TrailingZeros64(w))
		}
	}
}

// cut splits s into what is in other and what is not.
func (s set) cut(other set) (in, out set) {
	in, out = make(set, len(s)), make(set, len(s))
	for i, w := range s {
		in[i], out[i] = w&other[i], w&^other[i]
	}
	return in, out
}

func (s set) intersects(other set) bool {
	for i, w := range s {
		if w&other[i] != 0 {
			return true
		}
	}
	return false
}

// within reports whether all of s is in other.
func (s set) within(other set) bool {
	for i, w := range s {
		if w&^other[i] != 0 {
			return false
		}
	}
	return true
}

// refine cuts every class along a set.
func refine(classes []set, along set) []set {
	out := classes[:0:0]
	for _, c := range classes {
		if !c.intersects(along) || c.within(along) {
			out = append(out, c)
			continue
		}
		in, rest := c.cut(along)
		out = append(out, in, rest)
	}
	return out
}
