package traffic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/examples/grid"
)

const gridHead = `# The grid of mutations

Ten correct clusters under [examples/grid](../examples/grid/kinds.yaml), each with a question that is allowed. One thing
is broken at a time: a label, an account, a port, a mode, a whole object. The verdict must turn, and the summary of the
answer must name what was broken: the object and the field, label or name that a person would have to repair. What has
to be named stands in kinds.yaml by kind of mutation. It was written down before the plugin was asked, and corrected
afterwards where it asked for what nobody can know, such as the name of what is gone, or for a verdict that the mesh does
not give. The first answers named the place in 40 of 100; the summaries were then improved on these very clusters, so
that what follows tells what stays right and not what others will meet. A change that breaks nothing must leave the answer
Allowed, without an error or a warning.

`

const fieldsHead = `
## Every field

The mutations above were thought of one by one. Here every field of the clusters' objects is taken out, and every text
misspelt and every number raised by one, without looking at what it means. Where that turns the verdict the summary must
at least name the object. What the API server would refuse, or makes the question one that cannot be asked, is left out.

`

// gridText is docs/grid.md.
func gridText(kinds []grid.Kind, clusters []gridCluster, all, fields []asked) string {
	var b strings.Builder
	b.WriteString(gridHead)
	b.WriteString("| cluster | mutants | named | harmless, quiet |\n|---|---|---|---|\n")
	sum := func(of func(asked) bool) (n, named, harmless, quiet int) {
		for _, a := range all {
			switch {
			case !of(a):
			case a.Harmless:
				harmless++
				if a.miss == "" {
					quiet++
				}
			default:
				n++
				if a.miss == "" {
					named++
				}
			}
		}
		return n, named, harmless, quiet
	}
	for _, c := range clusters {
		n, named, harmless, quiet := sum(func(a asked) bool { return a.cluster == c.Name })
		fmt.Fprintf(&b, "| [%s](../examples/grid/%s/mutants.yaml): %s | %d | %d | %d of %d |\n", c.Name, c.Name, c.Title, n, named, quiet, harmless)
	}
	n, named, harmless, quiet := sum(func(asked) bool { return true })
	fmt.Fprintf(&b, "| of %d | %d | %d (%.1f %%) | %d of %d |\n", len(clusters), n, named, 100*float64(named)/float64(n), quiet, harmless)
	b.WriteString("\n| kind of mutation | mutants | named |\n|---|---|---|\n")
	for _, k := range kinds {
		n, named, _, _ := sum(func(a asked) bool { return a.Kind == k.Name && !a.Harmless })
		fmt.Fprintf(&b, "| %s | %d | %d |\n", k.Title, n, named)
	}
	b.WriteString("\nOf these are missed:\n\n" + missWords(all))
	b.WriteString(fieldsHead)
	b.WriteString("| cluster | turn the verdict | named |\n|---|---|---|\n")
	for _, c := range clusters {
		own := slices.DeleteFunc(slices.Clone(fields), func(a asked) bool { return a.cluster != c.Name })
		fmt.Fprintf(&b, "| %s | %d | %d |\n", c.Name, len(own), len(own)-len(missed(own)))
	}
	left := len(missed(fields))
	fmt.Fprintf(&b, "| | %d | %d (%.1f %%) |\n", len(fields), len(fields)-left, 100*float64(len(fields)-left)/float64(len(fields)))
	b.WriteString("\nOf these are missed:\n\n" + missWords(fields))
	b.WriteString("\n`go test ./diagnose/traffic -run TestGrid -update` writes this page.\n")
	return b.String()
}

// missed are those whose summary does not name what was broken.
func missed(all []asked) []asked {
	return slices.DeleteFunc(slices.Clone(all), func(a asked) bool { return a.Harmless || a.miss == "" })
}

// missWords lists the misses, each with what was said.
func missWords(all []asked) string {
	var b strings.Builder
	for _, a := range missed(all) {
		fmt.Fprintf(&b, "- %s, `%s`: %s. It says: %s\n", a.cluster, a.Title(), a.miss, a.summary)
	}
	if b.Len() == 0 {
		return "None.\n"
	}
	return b.String()
}
