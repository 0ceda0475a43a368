package authz

import "math/bits"

// lookup is a hash table of strings to sets of rules: open addressing, at most
// half full, read only. It asks for less than a map does, which counts where a
// decision has a few of these and little else.
type lookup []slot

type slot struct {
	text  string
	rules uint64 // 0: the slot is free
}

func newLookup(sets map[string]uint64) lookup {
	if len(sets) == 0 {
		return nil
	}
	out := make(lookup, 2<<bits.Len(uint(len(sets))))
	for text, rules := range sets {
		at := out.home(text)
		for out[at].rules != 0 {
			at = (at + 1) & (len(out) - 1)
		}
		out[at] = slot{text, rules}
	}
	return out
}

// find returns the rules of text.
func (l lookup) find(text string) uint64 {
	if len(l) == 0 {
		return 0
	}
	return l.search(text)
}

func (l lookup) search(text string) uint64 {
	for at := l.home(text); ; at = (at + 1) & (len(l) - 1) {
		if s := &l[at]; s.rules == 0 || s.text == text {
			return s.rules
		}
	}
}

// home is where text is, or the first slot before it that was taken. It takes eight
// bytes at a time, some of them twice, so that most texts need no loop.
func (l lookup) home(text string) int {
	n := len(text)
	h := uint64(n)
	switch {
	case n >= 8:
		h = mix(h, eight(text[n-8:]))
		for ; len(text) > 24; text = text[8:] {
			h = mix(h, eight(text))
		}
		h = mix(mix(h, eight(text)), eight(text[len(text)/2-4:]))
	case n >= 4:
		h = mix(h, four(text)<<32|four(text[n-4:]))
	case n > 0:
		h = mix(h, uint64(text[0])<<16|uint64(text[n/2])<<8|uint64(text[n-1]))
	}
	return int(h) & (len(l) - 1)
}

// mix spreads each bit of x into the lower half of the sum.
func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

func four(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
