package authz

import "math/bits"

// blockSize is the number of rules in a block: a set of them is one word.
const blockSize = 64

// block is the index of up to 64 rules that follow each other in the order of
// evaluation. A rule that it leaves out is certainly False; one that it returns
// may be False as well. What is not known of a request leaves nothing out.
type block struct {
	all        uint64 // without the rules that can never match
	dimensions []dimension
}

// scan asks the stages of a program for one request. It belongs to one
// goroutine and does not outlive the question.
type scan struct {
	blocks []block
	at     int // the block of set, -1 before the first
	set    uint64
}

// start makes the zero scan one of p. It uses the index, if there is one; with
// values put in place of what is not known every rule is asked.
func (s *scan) start(p *Program, e *env) {
	s.at = -1
	if e.over == nil && len(p.blocks) > 0 {
		s.blocks = p.blocks
	}
}

// first gives whether a rule of the stage matches, and the first that certainly
// does.
func (s *scan) first(e *env, st *stage) (Truth, *rule) {
	if s.blocks == nil {
		return st.first(e)
	}
	out := False
	for at, end := st.at, st.at+len(st.rules); at < end; at = (at/blockSize + 1) * blockSize {
		set := s.candidates(e, at/blockSize) >> (at % blockSize) << (at % blockSize)
		for ; set != 0; set &= set - 1 {
			i := at/blockSize*blockSize + bits.TrailingZeros64(set)
			if i >= end {
				break
			}
			r := st.rules[i-st.at]
			if out = Or(out, r.eval(e)); out == True {
				return True, r
			}
		}
	}
	return out, nil
}

// candidates returns the rules of block i that may match. An attribute that can
// leave out one of them at most is not looked up: asking the rule is as fast.
func (s *scan) candidates(e *env, i int) uint64 {
	if s.at == i {
		return s.set
	}
	b := &s.blocks[i]
	set := b.all
	for j := range b.dimensions {
		d := &b.dimensions[j]
		if bound := set &^ d.free; bound&(bound-1) == 0 {
			continue
		}
		if found, ok := d.find(e); ok {
			set &= found
		}
	}
	s.at, s.set = i, set
	return set
}

// identity is a peer's name in its parts, if it is plainly TD/ns/NS/sa/SA: such
// that Envoy's expressions and ztunnel's cutting find the same parts.
type identity struct {
	plain              bool
	namespace, account string // account is NS/sa/SA
}

// start reads the zero identity from p.
func (i *identity) start(p *peer) {
	td, rest, ok := cut(p.name)
	if !p.spiffe || !ok || td == "ns" || len(rest) < 3 || rest[:3] != "ns/" {
		return
	}
	account := rest[3:]
	ns, rest, ok := cut(account)
	if !ok || ns == "ns" || len(rest) < 3 || rest[:3] != "sa/" {
		return
	}
	if _, _, more := cut(rest[3:]); !more {
		i.plain, i.namespace, i.account = true, ns, account
	}
}

func cut(s string) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == '/' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
