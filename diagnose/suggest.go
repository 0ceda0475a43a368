package diagnose

import (
	"slices"
	"strings"
)

// didYouMean returns `, did you mean "x"?` for the nearest candidates, or the
// empty string where none is near.
func didYouMean(got string, candidates []string) string {
	near := nearest(got, candidates)
	if len(near) == 0 {
		return ""
	}
	quoted := make([]string, len(near))
	for i, n := range near {
		quoted[i] = `"` + n + `"`
	}
	return ", did you mean " + strings.Join(quoted, " or ") + "?"
}

// nearest returns at most three candidates that got may have meant, the nearest
// first: those at a small edit distance, or that contain it or are contained.
func nearest(got string, candidates []string) []string {
	type scored struct {
		name string
		d    int
	}
	var near []scored
	limit := 1 + len(got)/4
	for _, c := range candidates {
		d := distance(got, c)
		inside := len(got) >= 3 && strings.Contains(c, got) || len(c) >= 3 && strings.Contains(got, c)
		if c != got && (d <= limit || inside) {
			near = append(near, scored{c, d})
		}
	}
	slices.SortStableFunc(near, func(a, b scored) int {
		if a.d != b.d {
			return a.d - b.d
		}
		return strings.Compare(a.name, b.name)
	})
	var out []string
	for _, n := range near {
		if len(out) < 3 && !slices.Contains(out, n.name) {
			out = append(out, n.name)
		}
	}
	return out
}

// distance is the number of letters to insert, delete, replace or swap with the
// next one.
func distance(a, b string) int {
	before, prev := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur := make([]int, len(b)+1)
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev = prev, cur
	}
	return prev[len(b)]
}
