package traffic

import (
	"slices"
	"strings"
)

// didYouMean returns `, did you mean x?` for the candidate that is nearest to got,
// or nothing if none is near.
func didYouMean(got string, candidates []string) string {
	got = strings.ToLower(got)
	best, least := "", 1+len(got)/4
	for _, c := range candidates {
		word := strings.ToLower(c)
		d := distance(got, word)
		if same := commonPrefix(got, word); same >= 3 && same >= len(got)-1 {
			d = min(d, 1) // deny for denied
		}
		if d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// distance is the number of letters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := slices.Clone(row)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
		}
	}
	return row[len(b)]
}
