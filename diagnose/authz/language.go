package authz

// atom is a set of strings: those that one field accepts.
type atom struct {
	automata []nfa
	cut      bool // the automata see a path without its query
}

// language is the set of strings that an attribute may have: over some bytes
// and, unless shape is nil, of a certain shape.
type language struct {
	bytes *byteSet
	shape nfa
}

var (
	visible      = setOf(func(b byte) bool { return b > ' ' && b != 0x7f })
	textByte     = setOf(func(b byte) bool { return b >= ' ' && b != 0x7f })
	targetByte   = setOf(func(b byte) bool { return b > ' ' && b != 0x7f && b != '#' })
	tokenByte    = setOf(func(b byte) bool { return visible.has(b) && b < 0x7f && b != ':' })
	nameByte     = setOf(func(b byte) bool { return alphanumeric(b) || b == '-' || b == '.' || b == '_' })
	anyText      = language{bytes: textByte}
	anyHost      = language{bytes: visible}
	anySNI       = language{bytes: setOf(func(b byte) bool { return visible.has(b) && b == lower(b) })} // as Envoy has it
	someMethod   = language{bytes: tokenByte, shape: newNFA([]piece{plus(tokenByte)}, false)}
	someTarget   = language{bytes: targetByte, shape: newNFA([]piece{lit("/"), star(targetByte)}, false)}
	someIdentity = language{bytes: visible, shape: newNFA([]piece{
		plus(nameByte), lit("/ns/"), plus(nameByte), lit("/sa/"), plus(nameByte),
	}, false)}
)

// witnesses returns a shortest string of the language for each combination of
// atoms that some string of it satisfies, in a fixed order. It explores the
// product of the automata, and when that takes more than budget steps it gives
// up with what it has, and an example for each automaton: what is left of the
// budget is negative then.
func (l language) witnesses(atoms []atom, budget int) (found []string, left int) {
	x := newExplorer(l, atoms)
	x.visit(x.start(), -1, 0)
	for at := 0; at < len(x.nodes); at++ {
		if budget -= len(x.alphabet) * (1 + len(x.nodes[at].states)); budget < 0 {
			return append(x.found, x.examples()...), budget
		}
		for _, b := range x.alphabet {
			if next, alive := x.step(x.nodes[at], b); alive {
				x.visit(next, at, b)
			}
		}
	}
	return x.found, budget
}
