// Package draw makes policies over every field of the API, PeerAuthentications and
// connections near what they ask for, from a seed. It knows the API and nothing of
// what ztunnel, istiod or the evaluator make of it.
package draw

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/dice"
)

// Source draws. The same seed draws the same.
type Source struct{ dice.Dice }

// New returns the source of a seed's n-th world.
func New(seed, n uint64) Source { return Source{dice.New(seed, n)} }

// of draws one of a list.
func of[T any](s Source, list ...T) T { return dice.Of(s.Dice, list...) }

// shape turns a plain text into one of the forms that string values have.
func (s Source) shape(v string) string {
	cut := 0
	if len(v) > 1 {
		cut = 1 + s.IntN(len(v)-1)
	}
	switch s.Weighted(43, 15, 15, 8, 5, 3, 3, 4, 2, 2) {
	case 1:
		return v[:cut] + "*"
	case 2:
		return "*" + v[cut:]
	case 3:
		return "*"
	case 4:
		return v[:cut] + "*" + v[cut:]
	case 5:
		return "*" + v[cut:] + "*"
	case 6:
		return strings.ToUpper(v)
	case 7:
		return ""
	case 8:
		return "**"
	case 9:
		return v + " "
	}
	return v
}

// fits reports whether a text fits a value's form, for those that look for one.
func fits(value, text string) bool {
	switch {
	case strings.HasPrefix(value, "*"):
		return strings.HasSuffix(text, value[1:])
	case strings.HasSuffix(value, "*"):
		return strings.HasPrefix(text, value[:len(value)-1])
	}
	return value == text
}
