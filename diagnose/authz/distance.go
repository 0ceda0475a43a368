package authz

import "strings"

// maxDistance bounds the length of what is compared letter by letter.
const maxDistance = 128

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that make b of a. What begins or ends both costs nothing; long
// strings are cut.
func distance(a, b string) int {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	a, b = a[:min(len(a), maxDistance)], b[:min(len(b), maxDistance)]
	var rows [3][maxDistance + 1]uint8 // a row of the matrix and the two before it
	for j := range len(b) {
		rows[0][j+1] = uint8(j + 1)
	}
	for i := range len(a) {
		row, last, before := &rows[(i+1)%3], &rows[i%3], &rows[(i+2)%3]
		row[0] = uint8(i + 1)
		for j := range len(b) {
			row[j+1] = min(last[j]+bit(a[i] != b[j]), last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return int(rows[len(a)%3][len(b)])
}

// away is how far the request's value is from the nearest of those wanted. A
// star stands for anything at its end; from what a not… list excludes, a value
// is away by its whole length.
func (f *FieldTrace) away() int {
	got := f.Got
	if got == gotNone || got == gotNotGiven || got == `""` {
		got = ""
	}
	if f.Not {
		return len(got)
	}
	out := -1
	for _, v := range f.Wanted {
		if d := distanceTo(v, got); out < 0 || d < out {
			out = d
		}
	}
	return max(out, 0)
}

func distanceTo(pattern, got string) int {
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return distance(rest, got[max(0, len(got)-len(rest)):])
	}
	if rest, ok := strings.CutSuffix(pattern, "*"); ok {
		return distance(rest, got[:min(len(got), len(rest))])
	}
	return distance(pattern, got)
}

// nearly reports whether a name is likely meant for another: one letter off, or
// two in a long name. Names that only number or letter their kind, as web-1 and
// web-2 or team-a and team-b, are not.
func nearly(a, b string) bool {
	n, m := max(len(a), len(b)), min(len(a), len(b))
	limit := min(1+n/8, 2)
	if n < 4 || n-m > limit || a == b || strings.Contains(a, "*") || distance(a, b) > limit || withoutDigits(a) == withoutDigits(b) {
		return false
	}
	x, y := strings.Split(a, "-"), strings.Split(b, "-")
	for i := range x {
		if len(x) == len(y) && x[i] != y[i] && min(len(x[i]), len(y[i])) < 3 {
			return false
		}
	}
	return true
}

func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, s)
}
