package authz

import (
	"cmp"
	"slices"
)

// near returns what each enforced ALLOW rule lacks, in the alternatives that
// lack least. A rule that the data plane does not have, or that could never
// match, is not near.
func (p *Program) near(traces []PolicyTrace) []NearMiss {
	var out []NearMiss
	for i := range p.policies {
		c := &p.policies[i]
		if c.action != ActionAllow || c.dryRun {
			continue
		}
		for j, r := range c.rules {
			if lacks := r.lacks(traces[i].Rules[j].Fields); len(lacks) > 0 && r.dropped == "" {
				out = append(out, NearMiss{Policy: c.ref, Rule: r.index, Lacks: lacks})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b NearMiss) int {
		return cmp.Or(cmp.Compare(len(a.Lacks), len(b.Lacks)), -cmp.Compare(slips(a), slips(b)))
	})
	return out
}

func slips(n NearMiss) int {
	out := 0
	for _, f := range n.Lacks {
		if f.Slip != "" {
			out++
		}
	}
	return out
}

// lacks returns the fields that stand between a rule and a match: of each group
// those of the alternative that lacks least, the first of several. fields are
// the traces of the rule's fields in their order.
func (r *rule) lacks(fields []FieldTrace) []FieldTrace {
	var out []FieldTrace
	at := 0
	for _, g := range r.groups {
		var best []FieldTrace
		possible := false
		for i := range g {
			own := fields[at : at+len(g[i].fields)]
			at += len(own)
			if miss := missing(own); !g[i].never && (!possible || len(miss) < len(best)) {
				best, possible = miss, true
			}
		}
		if !possible {
			return nil
		}
		out = append(out, best...)
	}
	return out
}

func missing(fields []FieldTrace) []FieldTrace {
	var out []FieldTrace
	for _, f := range fields {
		if f.Matches != True {
			out = append(out, f)
		}
	}
	return out
}
