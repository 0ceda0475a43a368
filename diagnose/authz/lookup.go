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
	for at := l.home(text); ; at = (at + 1) & (len(l) - 1) {
		if s := &l[at]; s.rules == 0 || s.text == text {
			return s.rules
		}
	}
}

// home is where text is, or the first slot before it that was taken.
func (l lookup) home(text string) int {
	const odd = 0x9E3779B97F4A7C15 // spreads into the upper bits
	h := uint64(len(text))
	if len(text) >= 8 {
		h ^= eight(text[len(text)-8:])
		for ; len(text) > 8; text = text[8:] {
			h = (h ^ eight(text)) * odd
			h ^= h >> 32
		}
		text = ""
	}
	for i := range len(text) {
		h = h<<8 ^ uint64(text[i])
	}
	return int(h*odd>>32) & (len(l) - 1)
}

func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
