// Package random makes worlds and requests from a seed: policies over every field
// and form that the API has, valid or not, and requests near what they ask for.
//
// It is written from the API and knows nothing of the evaluator: what the
// evaluator cannot do must show as a mismatch.
package random

import (
	"strings"
	"unicode/utf8"

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
	for !utf8.ValidString(v[:cut]) {
		cut--
	}
	switch s.Weighted(46, 18, 18, 8, 4, 3, 3) {
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
		return s.swapCase(v)
	}
	return v
}

func (s Source) swapCase(v string) string {
	if up := strings.ToUpper(v); up != v {
		return up
	}
	return strings.ToLower(v)
}

// near changes a text a little: what one gets wrong.
func (s Source) near(v string) string {
	switch s.IntN(6) {
	case 0:
		return v + of(s, "x", "/", "1", "-a", ".", ":8000", "%2F")
	case 1:
		_, n := utf8.DecodeLastRuneInString(v)
		return v[:len(v)-n]
	case 2:
		_, n := utf8.DecodeRuneInString(v)
		return v[n:]
	case 3:
		return s.swapCase(v)
	case 4:
		return of(s, "x", "/", "a-") + v
	}
	return v
}

// fill makes a text that a value may match: its stars are filled.
func (s Source) fill(v string) string {
	if v == "*" {
		return of(s, "x", "any", "a/b")
	}
	if strings.HasPrefix(v, "*") {
		return of(s, "", "x", "ab.", "a/") + v[1:]
	}
	if rest, ok := strings.CutSuffix(v, "*"); ok {
		return rest + of(s, "", "x", "/y", ".z")
	}
	return v
}
