package tap

import (
	"slices"
	"time"
)

// Waves groups requests by arrival: a pause of at least gap starts a new wave.
// Before a proxy that is [Slow] by more than gap, a wave is a round trip that
// waited for the one before.
func Waves(requests []Request, gap time.Duration) [][]Request {
	requests = slices.Clone(requests)
	slices.SortStableFunc(requests, func(a, b Request) int { return a.Arrived.Compare(b.Arrived) })
	var waves [][]Request
	for i, r := range requests {
		if i == 0 || r.Arrived.Sub(requests[i-1].Arrived) >= gap {
			waves = append(waves, nil)
		}
		last := len(waves) - 1
		waves[last] = append(waves[last], r)
	}
	return waves
}

// Bytes is the sum of the answers.
func Bytes(requests []Request) (sum int64) {
	for _, r := range requests {
		sum += r.Bytes
	}
	return sum
}
