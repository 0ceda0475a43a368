package tui

import (
	"cmp"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/sahilm/fuzzy"
)

// search finds choices by what is typed. What was found for a text serves the longer one
// that begins with it, so that a letter more costs less than the one before.
type search struct {
	all    []*choice // in the order of those that match equally well
	hits   []hit     // the best first
	sought string
	done   bool // hits are those of sought
}

// hit is a choice that matches; at is its place among all.
type hit struct{ at, score int }

// over sets what is searched.
func (s *search) over(all []*choice) { s.all, s.done = all, false }

// find sets the hits. Of an empty text all are.
func (s *search) find(sought string) {
	if s.done && s.sought == sought {
		return
	}
	switch {
	case sought == "":
		s.hits = make([]hit, len(s.all))
		for i := range s.all {
			s.hits[i].at = i
		}
	case s.done && s.sought != "" && strings.HasPrefix(sought, s.sought):
		s.hits = s.match(sought, s.hits)
	default:
		s.find("")
		s.hits = s.match(sought, s.hits)
	}
	s.sought, s.done = sought, true
}

// atOnce is how many choices are matched in one go: matches take more room than hits.
const atOnce = 256

// match are those of some hits that match a text, the best first.
func (s *search) match(sought string, among []hit) []hit {
	out := make([]hit, 0, len(among))
	for some := range slices.Chunk(among, atOnce) {
		for _, m := range fuzzy.FindFromNoSort(sought, keys{s.all, some}) {
			out = append(out, hit{some[m.Index].at, m.Score})
		}
	}
	slices.SortFunc(out, func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at)) })
	return out
}

// keys are what some hits are looked for by.
type keys struct {
	all   []*choice
	among []hit
}

func (k keys) String(i int) string { return k.all[k.among[i].at].key() }
func (k keys) Len() int            { return len(k.among) }

// emphasise renders a clean text with the letters that match what is sought standing out;
// its first skip bytes were not looked at.
func emphasise(style lipgloss.Style, text, sought string, skip int) string {
	if sought == "" {
		return text
	}
	found := fuzzy.FindNoSort(sought, []string{text[skip:]})
	if len(found) == 0 {
		return text
	}
	matched := map[int]bool{}
	for _, i := range found[0].MatchedIndexes {
		matched[skip+i] = true
	}
	var b, run strings.Builder
	flush := func() {
		b.WriteString(styled(style, run.String()))
		run.Reset()
	}
	for i, r := range text {
		if matched[i] {
			run.WriteRune(r)
			continue
		}
		flush()
		b.WriteRune(r)
	}
	flush()
	return b.String()
}
