package authz

import "slices"

// group is an OR of clauses: without any it is False, and a clause without fields
// makes it True.
type group []clause

func (g group) always() bool {
	return slices.ContainsFunc(g, func(c clause) bool { return len(c.fields) == 0 })
}

// and is all combinations of two groups.
func (g group) and(other group) group {
	var out group
	for _, a := range g {
		for _, b := range other {
			out = append(out, clause{fields: slices.Concat(a.fields, b.fields)})
		}
	}
	return out
}

// not negates a group: of each of its clauses one field does not hold.
func (g group) not() group {
	out := group{clause{}}
	for _, c := range g {
		var some group
		for _, f := range c.fields {
			f.not = !f.not
			some = append(some, clause{fields: []field{f}})
		}
		out = out.and(some)
	}
	return out
}

// newOffloaded reads the first rule of a policy, which is the only one that the
// program comes to (authz.h: &rulesPtr[i] on a void pointer advances by a byte).
func newOffloaded(c *policy, at int, rules []*rule, listed int) offloaded {
	o := offloaded{policy: c, at: at, rule: rules[0].index, match: group{clause{}}}
	groups := slices.Clone(rules[0].groups)
	if rules[0].both {
		groups[0], groups[1] = groups[1], groups[0]
	}
	for i, g := range groups {
		if i == maxOffloaded {
			break
		}
		before := o.match.not() // where it does not come to this part
		part := group{}
		for j := range g {
			if j == maxOffloaded {
				break
			}
			m := offloadMatch(&g[j])
			part = append(part, m...)
			if identified(&g[j]) && !m.always() {
				o.deferring = append(o.deferring, append(slices.Clone(before), part...))
			}
		}
		o.match = o.match.and(part)
	}
	o.notes = offloadNotes(c, rules, listed)
	return o
}

// identified reports whether an entry asks for an identity.
func identified(c *clause) bool {
	return slices.ContainsFunc(c.fields, func(f field) bool { return f.ignored == "" && f.subject.kind == kindIdentity })
}

// offloadMatch is what the program makes of one entry. Ports and addresses that are
// not set match, as does an entry of which nothing else is left (match_dst_ports,
// match_src_ip, match_dst_ip).
func offloadMatch(c *clause) group {
	out := group{clause{}}
	for _, k := range []kind{kindDestinationPort, kindSourceIP, kindDestinationIP} {
		var positive, negative *field
		for i := range c.fields {
			switch f := &c.fields[i]; {
			case f.ignored != "" || f.subject.kind != k:
			case f.not:
				negative = f
			default:
				positive = f
			}
		}
		n := 1 // addresses: &ipPtrs[i] on a void pointer advances by a byte
		if k == kindDestinationPort {
			n = maxOffloaded
		}
		if negative != nil {
			out = out.and(negative.first(n))
		}
		switch {
		case positive != nil:
			out = out.and(positive.first(n))
		case negative != nil && k != kindDestinationPort:
			return nil // no positive list, no match
		}
	}
	return out
}

// first is the list cut to its first n values; a block of IPv6 has no address.
func (f *field) first(n int) group {
	one := *f
	n = min(n, len(f.tests))
	one.tests, one.of = f.tests[:n:n], f.of[:n:n]
	one.wanted = f.wanted[:f.of[n-1]+1]
	one.never = ""
	one.tests = slices.DeleteFunc(slices.Clone(one.tests), func(t test) bool {
		return t.op == opCIDR && !t.four()
	})
	switch {
	case len(one.tests) > 0:
		return group{clause{fields: []field{one}}}
	case f.not:
		return group{clause{}}
	}
	return nil
}

// four reports whether the block came to the program as one of IPv4.
func (t *test) four() bool { return t.cidr.IsValid() && t.cidr.Addr().Is4() && !t.mapped }
