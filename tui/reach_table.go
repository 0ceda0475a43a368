package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// verdicts in the order of the table: the worst first.
var verdicts = []diagnose.Verdict{diagnose.Denied, diagnose.Undetermined, diagnose.Conditional, diagnose.Allowed}

// everyVerdict is the choice of none of them.
const everyVerdict = -1

// reachLine is a row as it is shown.
type reachLine struct {
	ReachRow
	name, summary string // clean
	key           string // what the filter looks at
	rank          int    // of verdicts
}

// reachLines make rows ready to be shown. It is done where they come from, not in Update.
func (t *theme) reachLines(rows []ReachRow, who bool) []reachLine {
	out := make([]reachLine, 0, len(rows))
	for _, r := range rows {
		name := r.Target
		if who {
			name = r.Source
		}
		_, _, word := t.verdict(r.Verdict)
		l := reachLine{ReachRow: r, name: t.clean(name), summary: t.clean(r.Summary), rank: slices.Index(verdicts, r.Verdict)}
		l.key = l.name + " " + word
		out = append(out, l)
	}
	return out
}

// reachTable are the rows, by verdict and name, and which of them are shown.
type reachTable struct {
	lines  []reachLine
	counts [4]int // by rank
	shown  []int  // of lines
	widest int    // of the names

	only   int // a rank, or everyVerdict
	sought string
	list   list
}

// add sorts rows in. The cursor stays with its row, unless it is on top.
func (t *reachTable) add(lines []reachLine) {
	had, ok := t.selected()
	for _, l := range lines {
		t.counts[l.rank]++
		t.widest = max(t.widest, width(l.name))
	}
	t.lines = append(t.lines, lines...)
	slices.SortStableFunc(t.lines, func(a, b reachLine) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), compareBool(a.Whoever, b.Whoever), cmp.Compare(a.name, b.name))
	})
	t.show()
	if ok && t.list.cursor > 0 {
		t.list.to(slices.IndexFunc(t.shown, func(i int) bool { return t.lines[i].Source == had.Source && t.lines[i].Target == had.Target }))
	}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// filter shows the rows that match a text.
func (t *reachTable) filter(sought string) {
	t.sought = strings.ReplaceAll(sought, " ", "")
	t.list.to(0)
	t.show()
}

// cycle shows the rows of the next verdict that there are rows of, or all.
func (t *reachTable) cycle(step int) {
	for range len(verdicts) + 1 {
		t.only = (t.only+1+step+len(verdicts)+1)%(len(verdicts)+1) - 1
		if t.only == everyVerdict || t.counts[t.only] > 0 {
			break
		}
	}
	t.list.to(0)
	t.show()
}

// show finds which rows are shown. They stay in their order: the verdict comes first.
func (t *reachTable) show() {
	t.shown = t.shown[:0]
	for i, l := range t.lines {
		if t.only == everyVerdict || l.rank == t.only {
			t.shown = append(t.shown, i)
		}
	}
	if t.sought != "" {
		var found []int
		for _, m := range fuzzy.FindFromNoSort(t.sought, reachKeys{t}) {
			found = append(found, t.shown[m.Index])
		}
		t.shown = found
	}
	t.list.resize(len(t.shown))
}

// reachKeys are what the filter looks at.
type reachKeys struct{ *reachTable }

func (k reachKeys) String(i int) string { return k.lines[k.shown[i]].key }
func (k reachKeys) Len() int            { return len(k.shown) }

// selected is the row under the cursor.
func (t *reachTable) selected() (reachLine, bool) {
	if t.list.cursor >= len(t.shown) {
		return reachLine{}, false
	}
	return t.lines[t.shown[t.list.cursor]], true
}
