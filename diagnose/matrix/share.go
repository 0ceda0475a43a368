package matrix

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// Share is which part of the targets one of several processes answers for. Index counts
// from 0, as the completion index of a Job does. The zero value is no part: everything.
type Share struct {
	Index int `json:"index"`
	Count int `json:"count"`
}

// MaxShares is how many processes there may be.
const MaxShares = 1000

// ParseShare reads INDEX/COUNT. An error says how they are counted.
func ParseShare(text string) (Share, error) {
	index, count, ok := strings.Cut(text, "/")
	i, errIndex := strconv.Atoi(strings.TrimSpace(index))
	n, errCount := strconv.Atoi(strings.TrimSpace(count))
	switch {
	case !ok || errIndex != nil || errCount != nil:
		return Share{}, fmt.Errorf("%q: want INDEX/COUNT, such as 0/8: the first of eight", text)
	case n < 1 || n > MaxShares:
		return Share{}, fmt.Errorf("%q: there may be 1 to %d shards", text, MaxShares)
	case i < 0 || i >= n:
		return Share{}, fmt.Errorf("%q: shards are counted from 0: 0/%d to %d/%d", text, n, n-1, n)
	}
	return Share{i, n}, nil
}

// String is INDEX/COUNT.
func (s Share) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Count) }

// deal gives the classes of targets to shards, as cards are dealt: in the order of a hash
// of their names, so that each gets as many as the others, and neighbours, which tend to
// cost the same, are not all with one. The same classes are always dealt alike. It returns
// the places of those that the share gets, in order.
func (s Share) deal(names []string) []int {
	order := make([]int, len(names))
	hashes := make([]uint64, len(names))
	for i, name := range names {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name))
		order[i], hashes[i] = i, h.Sum64()
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(hashes[a], hashes[b]), cmp.Compare(names[a], names[b])) })
	var out []int
	for at, i := range order {
		if at%max(s.Count, 1) == s.Index {
			out = append(out, i)
		}
	}
	slices.Sort(out)
	return out
}

// ranges words the members of a set: 0-3,7.
func (s set) ranges() string {
	var out strings.Builder
	first, last := -1, -1
	flush := func() {
		if first < 0 {
			return
		}
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.WriteString(strconv.Itoa(first))
		if last > first {
			out.WriteString("-" + strconv.Itoa(last))
		}
	}
	s.each(func(i int) {
		if first < 0 || i != last+1 {
			flush()
			first = i
		}
		last = i
	})
	flush()
	return out.String()
}

// parseRanges reads what ranges words, of n that there may be; false: it is none of that.
func parseRanges(text string, n int) (set, bool) {
	out := newSet(n)
	if text == "" {
		return out, true
	}
	for part := range strings.SplitSeq(text, ",") {
		a, b, ok := strings.Cut(part, "-")
		if !ok {
			b = a
		}
		first, err := strconv.Atoi(a)
		last, err2 := strconv.Atoi(b)
		if err != nil || err2 != nil || first < 0 || last < first || last >= n {
			return nil, false
		}
		for i := first; i <= last; i++ {
			out.add(i)
		}
	}
	return out, true
}
