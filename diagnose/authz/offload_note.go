package authz

import (
	"fmt"
	"slices"
)

// offloadNotes tell what the XDP program leaves out of a policy, as far as it makes
// the program decide otherwise than user space: of a DENY policy what makes it match
// more, of an ALLOW policy what makes it match less.
func offloadNotes(c *policy, rules []*rule, listed int) []string {
	var out []string
	deny := c.action == ActionDeny
	if !deny && len(rules) > 1 {
		out = append(out, fmt.Sprintf("of the rules of %s the program reads only the first", c.ref))
	}
	if !deny && listed > maxOffloaded {
		out = append(out, fmt.Sprintf("of the %d policies that select the workload the program has only the first %d", listed, maxOffloaded))
	}
	for _, g := range rules[0].groups {
		for i := range g {
			out = append(out, entryNotes(&g[i], deny)...)
		}
	}
	if !deny && len(out) == 0 {
		out = append(out, "the program knows only policies that have a selector: one for a whole namespace or for the mesh admits nobody")
	}
	return slices.Compact(out)
}

func entryNotes(c *clause, deny bool) []string {
	var out []string
	seen := false
	for i := range c.fields {
		f := &c.fields[i]
		address := f.subject.kind == kindSourceIP || f.subject.kind == kindDestinationIP
		switch {
		case f.ignored != "":
		case f.subject.kind == kindIdentity:
			if deny {
				out = append(out, "the program does not look at "+f.name())
			}
			continue
		case deny:
		case address && f.not && !c.positive(f.subject.kind):
			out = append(out, fmt.Sprintf("the program takes %s for no match where no list of addresses stands beside it", f.name()))
		case address && slices.ContainsFunc(f.tests, func(t test) bool { return !t.four() }):
			out = append(out, "the program reads blocks of IPv6 wrong, so that no address is in one")
		case address && len(f.tests) > 1:
			out = append(out, "of "+f.name()+" the program reads only the first")
		case len(f.tests) > maxOffloaded:
			out = append(out, fmt.Sprintf("of %s the program reads only the first %d", f.name(), maxOffloaded))
		}
		seen = seen || f.ignored == ""
	}
	if deny && c.bare() && !seen {
		out = append(out, "the program takes an entry of which nothing is left for one that matches everything")
	}
	return out
}

// positive reports whether a list of the kind names what matches.
func (c *clause) positive(k kind) bool {
	return slices.ContainsFunc(c.fields, func(f field) bool { return f.ignored == "" && f.subject.kind == k && !f.not })
}
