package authz

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Kmesh's XDP program judges every packet to a Pod before the kernel does, and drops
// it without a word: bpf/kmesh/workload/include/authz.h and xdp.c, as they were on
// 2026-08-20. What it lets through is still judged in user space, so that the two
// together deny what either of them does. What the program drops becomes rules of
// the DENY stage here, out of the few things that it looks at: the destination's port
// and both addresses.

const (
	maxOffloaded = 4 // entries of any list (config.h, MAX_MEMBER_NUM_PER_POLICY)
	// unorderedOffload is the one thing about several policies that is not known.
	unorderedOffload = "whether Kmesh's XDP program drops what no policy matches, where an ALLOW policy comes before a DENY policy"
)

// offloaded is one policy as the XDP program has it.
type offloaded struct {
	*policy
	at    int   // in Program.policies
	rule  int   // the index of its first rule
	match group // when its first rule matches, as the program sees it
	// deferring are the parts of the rule at which a mismatch leaves the decision to
	// user space: each of those holds where it does not come to that.
	deferring []group
	notes     []string // what the program leaves out of the policy
}

// offload adds to the DENY stage what the XDP program drops by itself.
func (p *Program) offload(attached []*Policy) {
	chain, open := p.chain(attached)
	var missed []group // the policies before: none of them matches
	allow, last := -1, false
	for i := range chain {
		o := &chain[i]
		if o.action == ActionDeny {
			p.drop(o, append(slices.Clone(missed), o.match))
		} else {
			allow = i
		}
		last = o.action == ActionAllow
		missed = append(missed, o.match.not())
	}
	if allow < 0 || !open {
		return
	}
	for i := range chain {
		missed = append(missed, chain[i].deferring...)
	}
	if !last {
		missed = append(missed, group{clause{fields: []field{{subject: subject{kind: kindOffload, name: unorderedOffload}}}}})
	}
	p.drop(&chain[allow], missed)
}

// drop adds a rule, unless it cannot match.
func (p *Program) drop(o *offloaded, groups []group) {
	r := &rule{policy: o.at, index: o.rule, key: fmt.Sprintf("xdp[%d]", o.at), notes: o.notes, offload: true}
	if o.action == ActionAllow {
		r.index = -1 // it is for want of a match
	}
	for _, g := range groups {
		switch {
		case len(g) == 0:
			return
		case !g.always():
			r.groups = append(r.groups, g)
		}
	}
	p.deny.exists = true
	p.deny.rules = append(p.deny.rules, r)
	sortRules(p.deny.rules)
}

// chain lists the policies in the order in which the program asks them: those with a
// selector, which istiod attaches to the workload by name (ambient/workloads.go,
// buildWorkloadPolicies), the first four of them. The first that matches decides.
// open says that something is left to decide where none does: a policy without rules
// ends all with a pass, and one that is not found ends the list.
func (p *Program) chain(attached []*Policy) (out []offloaded, open bool) {
	type named struct {
		at   int
		name string
	}
	var list []named
	for i, src := range attached {
		if src.Spec.GetSelector() != nil {
			list = append(list, named{i, src.Ref().String()})
		}
	}
	slices.SortFunc(list, func(a, b named) int { return strings.Compare(a.name, b.name) })
	for _, n := range list[:min(len(list), maxOffloaded)] {
		if hidden(n.name) {
			break
		}
		c := &p.policies[n.at]
		rules := c.enforced()
		if len(rules) == 0 {
			return out, false
		}
		out = append(out, newOffloaded(c, n.at, rules, len(list)))
	}
	return out, true
}

// hidden reports whether the program does not find a policy: the daemon copies the
// number under which it stores it as a string, which ends at the first byte that is
// zero (kmesh: normalize_key; pkg/utils, HashName).
func hidden(name string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	n := h.Sum32()
	return n&0xff == 0 || n>>8&0xff == 0 || n>>16&0xff == 0
}

// offloads tells what the program does by itself.
func (p *Program) offloads(e *env) (out Offload) {
	for _, r := range p.deny.rules {
		if !r.offload {
			continue
		}
		t := r.eval(e)
		if t == True && out.Drops != True {
			out.Policy, out.Rule, out.Words = p.policies[r.policy].ref, r.index, strings.Join(r.notes, ", and ")
		}
		out.Drops = Or(out.Drops, t)
	}
	return out
}

// offload is what is not known of the program.
func (f *field) offload(e *env) Truth {
	v, ok := e.stands(f.subject.key())
	if !ok {
		return Unseen
	}
	return truth(v.ok)
}
