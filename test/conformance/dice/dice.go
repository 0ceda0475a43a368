// Package dice draws from a seed. The same seed draws the same.
package dice

import "math/rand/v2"

// Dice draws.
type Dice struct{ *rand.Rand }

// New returns the dice of a seed's n-th world.
func New(seed, n uint64) Dice { return Dice{rand.New(rand.NewPCG(seed, n))} }

// Chance is true in percent of the draws.
func (d Dice) Chance(percent int) bool { return d.IntN(100) < percent }

// Of draws one of a list.
func Of[T any](d Dice, list ...T) T { return list[d.IntN(len(list))] }

// Weighted draws an index, each as often as its weight.
func (d Dice) Weighted(weights ...int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	n := d.IntN(sum)
	for i, w := range weights {
		if n -= w; n < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// Some draws between one and three values, mostly one.
func (d Dice) Some(draw func() string) []string {
	out := make([]string, 1+d.Weighted(70, 22, 8))
	for i := range out {
		out[i] = draw()
	}
	return out
}
