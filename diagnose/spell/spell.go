// Package spell finds which of the known words a misspelt one was meant for.
package spell

import "slices"

// Closest returns the candidate that is least away from got, the first among
// equals; empty if none is within a quarter of got's length and one.
func Closest(got string, candidates []string, away func(got, candidate string) int) string {
	best, least := "", 1+len(got)/4
	for _, c := range candidates {
		if d := away(got, c); d <= least && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// Distance is the number of bytes to insert, delete or replace that make b of a.
func Distance(a, b string) int {
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
