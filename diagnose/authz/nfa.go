package authz

import "math/bits"

// byteSet is a set of bytes.
type byteSet [4]uint64

func (s *byteSet) has(b byte) bool { return s[b>>6]&(1<<(b&63)) != 0 }

func (s *byteSet) add(b byte) { s[b>>6] |= 1 << (b & 63) }

func setOf(f func(b byte) bool) *byteSet {
	var s byteSet
	for i := range 256 {
		if f(byte(i)) {
			s.add(byte(i))
		}
	}
	return &s
}

func alphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// The sets of bytes that patterns repeat. An RE2 dot does not match a newline.
var (
	anyByte  = setOf(func(byte) bool { return true })
	dot      = setOf(func(b byte) bool { return b != '\n' })
	notSlash = setOf(func(b byte) bool { return b != '/' })
)

// piece is a part of a pattern: a literal, or a repetition of bytes out of a
// set, at least min of them. An empty literal matches nothing of the input.
type piece struct {
	literal string
	set     *byteSet
	min     int // 0 or 1
}

func lit(s string) piece { return piece{literal: s} }

func star(s *byteSet) piece { return piece{set: s} }

func plus(s *byteSet) piece { return piece{set: s, min: 1} }

// cell is one state of an automaton and what it consumes.
type cell struct {
	set  byteSet
	loop bool // stays after consuming, and may be left without consuming
}

// nfa is a pattern that is matched in time linear in the input. State i stands
// before cell i; the state after the last cell accepts.
type nfa []cell

// newNFA makes the automaton of pieces; fold makes it ignore ASCII case.
func newNFA(pieces []piece, fold bool) nfa {
	var n nfa
	for _, p := range pieces {
		for i := range len(p.literal) {
			n = append(n, literalCell(p.literal[i], fold))
		}
		if p.set == nil {
			continue
		}
		if p.min > 0 {
			n = append(n, cell{set: *p.set})
		}
		n = append(n, cell{set: *p.set, loop: true})
	}
	return n
}

func literalCell(b byte, fold bool) cell {
	var c cell
	c.set.add(b)
	if fold {
		c.set.add(lower(b))
		c.set.add(upper(b))
	}
	return c
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if 'a' <= b && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

// words is the number of words of a state set.
func (n nfa) words() int { return len(n)/64 + 1 }

// enter adds state i, and those reached from it without consuming, to states.
func (n nfa) enter(states []uint64, i int) {
	for states[i>>6] |= 1 << (i & 63); i < len(n) && n[i].loop; {
		i++
		states[i>>6] |= 1 << (i & 63)
	}
}

// step fills next with the states after b. Both have n.words() words.
func (n nfa) step(states, next []uint64, b byte) {
	clear(next)
	for w, word := range states {
		for ; word != 0; word &= word - 1 {
			i := w<<6 + bits.TrailingZeros64(word)
			switch {
			case i >= len(n) || !n[i].set.has(b):
			case n[i].loop:
				n.enter(next, i)
			default:
				n.enter(next, i+1)
			}
		}
	}
}

func (n nfa) accepts(states []uint64) bool { return states[len(n)>>6]&(1<<(len(n)&63)) != 0 }

// match reports whether the whole of s matches. It does not allocate for
// patterns of up to 511 cells.
func (n nfa) match(s string) bool {
	if len(n) < 64 {
		return n.matchWord(s)
	}
	var a, b [8]uint64
	w := n.words()
	states, next := a[:min(w, len(a))], b[:min(w, len(b))]
	if w > len(a) {
		states, next = make([]uint64, w), make([]uint64, w)
	}
	n.enter(states, 0)
	for i := range len(s) {
		n.step(states, next, s[i])
		states, next = next, states
	}
	return n.accepts(states)
}

// matchWord is match where the states fit into a word.
func (n nfa) matchWord(s string) bool {
	states := n.entered(0)
	for i := range len(s) {
		var next uint64
		for word := states; word != 0; word &= word - 1 {
			at := bits.TrailingZeros64(word)
			if at < len(n) && n[at].set.has(s[i]) {
				next |= n.entered(at + int(bit(!n[at].loop)))
			}
		}
		if states = next; states == 0 {
			return false
		}
	}
	return states>>len(n)&1 != 0
}

// entered is state i with those reached from it without consuming.
func (n nfa) entered(i int) uint64 {
	out := uint64(1) << i
	for ; i < len(n) && n[i].loop; i++ {
		out |= 2 << i
	}
	return out
}
