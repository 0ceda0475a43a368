package authz

import (
	"cmp"
	"slices"
	"strings"
)

// near returns what each enforced ALLOW rule lacks, in the alternatives that
// lack least. A rule that the data plane does not have, or that could never
// match, is not near.
func (p *Program) near(traces []PolicyTrace) []NearMiss {
	var out []nearness
	for i := range p.policies {
		c := &p.policies[i]
		if c.action != ActionAllow || c.dryRun {
			continue
		}
		for j, r := range c.rules {
			if lacks := r.lacks(traces[i].Rules[j].Fields); len(lacks) > 0 && r.dropped == "" {
				out = append(out, newNearness(NearMiss{Policy: c.ref, Rule: r.index, Lacks: lacks}, traces[i].Rules[j].Fields...))
			}
		}
	}
	slices.SortStableFunc(out, nearness.compare)
	misses := make([]NearMiss, len(out))
	for i := range out {
		misses[i] = out[i].NearMiss
	}
	return misses
}

// nearness is by what near misses are ranked: the rule that lacks fewer fields,
// then one that has something in common with the request, then one that knows the
// client, then one whose values are closer. Policies come by namespace and name.
type nearness struct {
	NearMiss
	apart    bool // nothing of the rule holds, and its values are far off
	stranger bool // the rule lacks the client itself
	away     int
}

// closeBy is how far values may be away that are most likely meant for each other.
const closeBy = 2

// newNearness ranks a near miss; fields are all that its rule asks for, none where only
// alternatives are compared.
func newNearness(n NearMiss, fields ...FieldTrace) nearness {
	out := nearness{NearMiss: n}
	for i := range n.Lacks {
		f := &n.Lacks[i]
		out.stranger = out.stranger || strings.Contains(f.Field, "].from[") || strings.HasPrefix(f.Key, "source.")
		if f.Slip == "" { // what was most likely meant is no distance away
			out.away += f.away()
		}
	}
	out.apart = len(fields) > 0 && out.away > closeBy &&
		!slices.ContainsFunc(fields, func(f FieldTrace) bool { return f.Matches == True && f.Ignored == "" })
	return out
}

func (n nearness) compare(m nearness) int {
	return cmp.Or(
		cmp.Compare(len(n.Lacks), len(m.Lacks)), int(bit(n.apart))-int(bit(m.apart)),
		int(bit(n.stranger))-int(bit(m.stranger)), cmp.Compare(n.away, m.away))
}

// nearer compares two alternatives of one group.
func nearer(a, b []FieldTrace) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return newNearness(NearMiss{Lacks: a}).compare(newNearness(NearMiss{Lacks: b})) < 0
}

// lacks returns the fields that stand between a rule and a match: of each group
// those of the alternative that lacks least, of several the closest, and of
// those the first. fields are the traces of the rule's fields in their order.
func (r *rule) lacks(fields []FieldTrace) []FieldTrace {
	var out []FieldTrace
	at := 0
	for _, g := range r.groups {
		var best []FieldTrace
		possible := false
		for i := range g {
			own := fields[at : at+len(g[i].fields)]
			at += len(own)
			miss := missing(own)
			if !g[i].never && (!possible || nearer(miss, best)) {
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
