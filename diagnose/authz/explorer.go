package authz

import "slices"

// explorer walks the product automaton breadth first.
type explorer struct {
	language
	atoms    []atom
	runs     []run // one for each automaton, that of the shape the last
	alphabet []byte
	nodes    []node
	seen     map[string]bool // product states
	accepted map[string]bool // combinations of atoms
	found    []string
}

// run places the states of one automaton in those of the product.
type run struct {
	nfa    nfa
	at, to int
	atom   int // -1 for the shape
}

type node struct {
	states []uint64
	query  bool // past the first question mark
	parent int
	by     byte
}

func newExplorer(l language, atoms []atom) *explorer {
	x := &explorer{language: l, atoms: atoms, seen: map[string]bool{}, accepted: map[string]bool{}}
	at := 0
	place := func(n nfa, atom int) {
		x.runs = append(x.runs, run{nfa: n, at: at, to: at + n.words(), atom: atom})
		at += n.words()
	}
	for i, a := range atoms {
		for _, n := range a.automata {
			place(n, i)
		}
	}
	if l.shape != nil {
		place(l.shape, -1)
	}
	x.alphabet = x.representatives()
	return x
}

// representatives returns one byte of the language for each class of bytes that
// no automaton tells apart, a letter if possible.
func (x *explorer) representatives() []byte {
	var out []byte
	seen := map[string]bool{}
	for _, b := range preferred {
		if !x.bytes.has(b) {
			continue
		}
		var class []byte
		for _, r := range x.runs {
			for i := range r.nfa {
				class = append(class, '0'+bit(r.nfa[i].set.has(b)))
			}
		}
		if class = append(class, bit(b == '?')); !seen[string(class)] {
			seen[string(class)] = true
			out = append(out, b)
		}
	}
	return out
}

// preferred lists all bytes, those that make readable witnesses first.
var preferred = func() []byte {
	out := []byte("xyzabcdefghijklmnopqrstuvw0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
	for i := range 256 {
		if b := byte(i); !alphanumeric(b) && b != '-' {
			out = append(out, b)
		}
	}
	return out
}()

func bit(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (x *explorer) start() node {
	n := node{states: make([]uint64, x.size())}
	for _, r := range x.runs {
		r.nfa.enter(n.states[r.at:r.to], 0)
	}
	return n
}

func (x *explorer) size() int {
	if len(x.runs) == 0 {
		return 0
	}
	return x.runs[len(x.runs)-1].to
}

// step consumes b. It is not alive if no string of the language goes on so.
func (x *explorer) step(from node, b byte) (node, bool) {
	to := node{states: make([]uint64, len(from.states)), query: from.query || b == '?'}
	for _, r := range x.runs {
		if r.atom >= 0 && x.atoms[r.atom].cut && to.query {
			copy(to.states[r.at:r.to], from.states[r.at:r.to])
			continue
		}
		r.nfa.step(from.states[r.at:r.to], to.states[r.at:r.to], b)
		if r.atom < 0 && empty(to.states[r.at:r.to]) {
			return node{}, false
		}
	}
	return to, true
}

func empty(states []uint64) bool {
	for _, w := range states {
		if w != 0 {
			return false
		}
	}
	return true
}

// visit adds a node that is new, and its string if it shows a new combination.
func (x *explorer) visit(n node, parent int, by byte) {
	id := make([]byte, 0, 8*len(n.states)+1)
	for _, w := range n.states {
		for s := 0; s < 64; s += 8 {
			id = append(id, byte(w>>s))
		}
	}
	if id = append(id, bit(n.query)); x.seen[string(id)] {
		return
	}
	x.seen[string(id)] = true
	n.parent, n.by = parent, by
	x.nodes = append(x.nodes, n)
	combination, ok := x.combination(n)
	if !ok || x.accepted[combination] {
		return
	}
	x.accepted[combination] = true
	x.found = append(x.found, x.spell(len(x.nodes)-1))
}

// combination tells which atoms accept, and whether the string is of the
// language.
func (x *explorer) combination(n node) (string, bool) {
	out := make([]byte, len(x.atoms))
	for _, r := range x.runs {
		ok := r.nfa.accepts(n.states[r.at:r.to])
		if r.atom < 0 && !ok {
			return "", false
		}
		if r.atom >= 0 && ok {
			out[r.atom] = 1
		}
	}
	return string(out), true
}

func (x *explorer) spell(at int) string {
	var out []byte
	for ; x.nodes[at].parent >= 0; at = x.nodes[at].parent {
		out = append(out, x.nodes[at].by)
	}
	slices.Reverse(out)
	return string(out)
}

// examples returns, for each automaton, the shortest string that it accepts, if
// that is of the language.
func (x *explorer) examples() []string {
	var out []string
	for _, r := range x.runs {
		if s, ok := x.example(r.nfa); ok && (x.shape == nil || x.shape.match(s)) {
			out = append(out, s)
		}
	}
	return out
}

func (x *explorer) example(n nfa) (string, bool) {
	var out []byte
	for i := range n {
		if n[i].loop {
			continue
		}
		j := slices.IndexFunc(x.alphabet, n[i].set.has)
		if j < 0 {
			return "", false
		}
		out = append(out, x.alphabet[j])
	}
	return string(out), true
}
