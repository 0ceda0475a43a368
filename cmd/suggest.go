package cmd

import "slices"

// didYouMean returns `, did you mean x?` for the nearest candidate, or the empty
// string where none is near.
func didYouMean(got string, candidates []string) string {
	best, least := "", 1+len(got)/4
	for _, c := range candidates {
		if d := distance(got, c); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	if best == "" || best == got {
		return ""
	}
	return ", did you mean " + best + "?"
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
