package authz

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

const (
	// minIndexed is the number of rules below which asking each is as fast.
	minIndexed = 4
	// maxDimensions bounds what is looked up for a block.
	maxDimensions = 8
)

// index makes the blocks of all stages.
func (p *Program) index() {
	var rules []*rule
	for _, s := range p.enforcing() {
		s.at = len(rules)
		rules = append(rules, s.rules...)
	}
	if len(rules) < minIndexed {
		return
	}
	for block := range slices.Chunk(rules, blockSize) {
		p.blocks = append(p.blocks, newBlock(block))
	}
}

// enforcing returns the stages in the order in which they are asked.
func (p *Program) enforcing() []*stage {
	var out []*stage
	for i := range p.customs {
		out = append(out, &p.customs[i].stage)
	}
	return append(out, &p.deny, &p.allow)
}

// newBlock indexes up to blockSize rules, by the attributes that most of them
// ask for.
func newBlock(rules []*rule) block {
	var b block
	wanted := make([]wants, len(rules))
	bound := map[key]uint64{}
	subjects := map[key]subject{}
	for i, r := range rules {
		w, never := r.wants()
		wanted[i] = w
		b.all |= truthBit(!never) << i
		for _, x := range w {
			bound[x.subject.key()] |= 1 << i
			subjects[x.subject.key()] = x.subject
		}
	}
	for k, set := range bound {
		if bits.OnesCount64(set) >= minIndexed {
			b.dimensions = append(b.dimensions, dimension{subject: subjects[k], free: ^set})
		}
	}
	slices.SortFunc(b.dimensions, func(x, y dimension) int {
		return cmp.Or(bits.OnesCount64(x.free)-bits.OnesCount64(y.free), cmp.Compare(x.subject.kind, y.subject.kind), cmp.Compare(x.subject.name, y.subject.name))
	})
	b.dimensions = b.dimensions[:min(len(b.dimensions), maxDimensions)]
	for i := range b.dimensions {
		b.dimensions[i].fill(wanted)
	}
	return b
}

func truthBit(b bool) uint64 { return uint64(bit(b)) }

// fill adds what each rule wants of the dimension's attribute.
func (d *dimension) fill(wanted []wants) {
	var sets [wantTables]map[string]uint64
	for i := range sets {
		sets[i] = map[string]uint64{}
	}
	for i, w := range wanted {
		if x := w.of(d.subject.key()); x != nil {
			for _, v := range x.values {
				sets[v.table][v.text] |= 1 << i
			}
		}
	}
	d.exact, d.prefixes = newLookup(sets[wantExact]), newPrefixes(sets[wantPrefix])
	d.namespaces, d.accounts = newLookup(sets[wantNamespace]), newLookup(sets[wantAccount])
}

// newPrefixes gives each prefix the rules of those that it starts with.
func newPrefixes(heads map[string]uint64) prefixes {
	var out prefixes
	for i, text := range sortedKeys(heads) {
		p := prefix{text: text, head: head(text), up: i - 1, rules: heads[text]}
		for p.up >= 0 && !strings.HasPrefix(text, out[p.up].text) {
			p.up = out[p.up].up
		}
		if p.up >= 0 {
			p.rules |= out[p.up].rules
		}
		out = append(out, p)
	}
	return out
}
