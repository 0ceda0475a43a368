package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/examples/grid"
)

const gridHead = `# Repairs on the grid of mutations

[grid.md](grid.md) breaks ten correct clusters at one place each. Here what is proposed for each of them that denies, or
depends on the request, is counted: whether a repair is proved; whether one is of a kind that a person would want, which
stands for each kind of mutation in [kinds.yaml](../examples/grid/kinds.yaml); whether the first is; and whether the first
that is not grave, written into the broken cluster, opens to others at the target what neither the broken cluster did nor
the one before it was broken. The generators were written on these very clusters: what follows tells what stays right and not what others meet.

Where it says "—" nobody can tell from what is there what was meant, and what is proposed is a way around.

`

// gridText is docs/fix-grid.md.
func gridText(kinds []grid.Kind, all []repaired) string {
	var b strings.Builder
	b.WriteString(gridHead)
	b.WriteString("| kind of mutation | mutants | proved | wanted | first | kinds that come first | opens more |\n|---|---|---|---|---|---|---|\n")
	row := func(title string, told bool, of []repaired) {
		var proved, wanted, first, more int
		kinds := map[Kind]int{}
		for _, r := range of {
			if len(r.p.Candidates) > 0 {
				proved++
			}
			if r.hasWanted() {
				wanted++
			}
			if c, ok := r.first(); ok {
				kinds[c.Kind]++
				if r.wanted(c.Kind) {
					first++
				}
			}
			if len(r.beyond) > 0 {
				more++
			}
		}
		w, f := fmt.Sprint(wanted), fmt.Sprint(first)
		if !told {
			w, f = "—", "—"
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %s | %s | %s | %d |\n", title, len(of), proved, w, f, tally(kinds), more)
	}
	for _, k := range kinds {
		of := slices.DeleteFunc(slices.Clone(all), func(r repaired) bool { return r.kind.Name != k.Name })
		if len(of) > 0 {
			row(k.Title, len(k.Repair) > 0, of)
		}
	}
	told := slices.DeleteFunc(slices.Clone(all), func(r repaired) bool { return len(r.kind.Repair) == 0 })
	fmt.Fprintf(&b, "| **those whose repair can be told** | %d | %d | %d | %d | | %d |\n", len(told), number(told, func(r repaired) bool { return len(r.p.Candidates) > 0 }),
		number(told, repaired.hasWanted), number(told, func(r repaired) bool { c, ok := r.first(); return ok && r.wanted(c.Kind) }), number(told, func(r repaired) bool { return len(r.beyond) > 0 }))
	list := func(head string, of func(repaired) string) {
		b.WriteString(head)
		n := 0
		for _, r := range all {
			if words := of(r); words != "" {
				n++
				fmt.Fprintf(&b, "- %s, `%s`: %s\n", r.cluster, r.Title(), words)
			}
		}
		if n == 0 {
			b.WriteString("None.\n")
		}
	}
	list("\n## Not repaired\n\n", func(r repaired) string {
		if len(r.p.Candidates) > 0 {
			return ""
		}
		return r.p.Why + "."
	})
	list("\n## Repaired, but not as a person would want\n\n", func(r repaired) string {
		if len(r.p.Candidates) == 0 || len(r.kind.Repair) == 0 || r.hasWanted() {
			return ""
		}
		return r.p.Candidates[0].Title + "."
	})
	list("\n## The first opens more than there was\n\n", func(r repaired) string {
		if len(r.beyond) == 0 {
			return ""
		}
		c, _ := r.first()
		return c.Title + ", which opens " + reachWords(r.beyond, "") + "."
	})
	b.WriteString("\n`go test ./fix -run TestGrid -update` writes this page.\n")
	return b.String()
}

func number(all []repaired, of func(repaired) bool) (n int) {
	for _, r := range all {
		if of(r) {
			n++
		}
	}
	return n
}

// tally is how often each kind comes, the most frequent first.
func tally(kinds map[Kind]int) string {
	var names []Kind
	for k := range kinds {
		names = append(names, k)
	}
	slices.SortFunc(names, func(a, b Kind) int {
		if kinds[a] != kinds[b] {
			return kinds[b] - kinds[a]
		}
		return strings.Compare(string(a), string(b))
	})
	var words []string
	for _, k := range names {
		words = append(words, fmt.Sprintf("%s %d", k, kinds[k]))
	}
	return strings.Join(words, ", ")
}
