package netpol

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// tier is what a tier of policies does to the connection: everything that may come
// of it, and why.
type tier struct {
	outcomes
	hit            hit       // the first rule that matches for sure
	selects        bool      // whether any policy of it selects the subject, or may
	near           []finding // what the rules lack that would let it through
	missing, notes []string
}

// outcomes are what rules may do to the connection. None is that no rule matches.
type outcomes struct{ allow, deny, pass, none bool }

// hit is a rule that matches.
type hit struct{ policy, field, action string }

// next reports whether the connection may come to the next tier.
func (o outcomes) next() bool { return o.pass || o.none }

// certain reports whether only one thing may come of it.
func (o outcomes) certain() bool {
	n := 0
	for _, may := range []bool{o.allow, o.deny, o.next()} {
		if may {
			n++
		}
	}
	return n == 1
}

// decisions counts the different things that rules may do.
func (o outcomes) decisions() int {
	n := 0
	for _, may := range []bool{o.allow, o.deny, o.pass} {
		if may {
			n++
		}
	}
	return n
}

// through asks the policies of a tier, those of the lowest priority value first.
// The first rule that matches decides.
func (a ask) through(policies []adminPolicy) tier {
	slices.SortFunc(policies, func(a, b adminPolicy) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.name, b.name))
	})
	out := tier{outcomes: outcomes{none: true}}
	for len(policies) > 0 && out.none {
		n := 1
		for n < len(policies) && policies[n].priority == policies[0].priority {
			n++
		}
		a.rank(&out, policies[:n])
		policies = policies[n:]
	}
	return out
}

// rank asks policies of the same priority. Any of them may be the first: what they
// do is certain only if they agree.
func (a ask) rank(out *tier, policies []adminPolicy) {
	var names []string
	var together outcomes
	for _, p := range policies {
		t := a.one(p)
		if t.decisions() > 0 {
			names = append(names, p.name)
		}
		together.allow, together.deny = together.allow || t.allow, together.deny || t.deny
		together.pass = together.pass || t.pass
		out.allow, out.deny = out.allow || t.allow, out.deny || t.deny
		out.pass, out.none = out.pass || t.pass, out.none && t.none
		out.hit, out.selects = cmp.Or(out.hit, t.hit), out.selects || t.selects
		out.near = append(out.near, t.near...)
		out.missing = append(out.missing, t.missing...)
		out.notes = append(out.notes, t.notes...)
	}
	if len(names) > 1 && together.decisions() > 1 {
		out.missing = append(out.missing, "which of "+strings.Join(names, " and ")+" the network plugin asks first: their priority is the same")
	}
}

// one asks one policy: its rules in their order.
func (a ask) one(p adminPolicy) tier {
	out := tier{outcomes: outcomes{none: true}}
	selects := p.subject.matches("spec.subject", a.subject)
	if len(selects.invalid) > 0 {
		selects = doubtful(p.name, selects)
	}
	if selects.truth == no {
		return out
	}
	out.notes, out.selects = notesOf(p.name, selects), len(p.rules) > 0
	for _, r := range p.rules {
		f, action := a.rule(p.name, r)
		out.notes = append(out.notes, notesOf(p.name, f)...)
		if action != actionDeny && f.truth != yes {
			out.near = append(out.near, f.of(p.name))
		}
		t := min(selects.truth, f.truth)
		if t == no {
			continue
		}
		if t == unknown {
			out.missing = append(append(out.missing, selects.missing...), f.missing...)
		}
		switch action {
		case actionAllow, actionAccept:
			out.allow = true
		case actionDeny:
			out.deny = true
		case actionPass:
			out.pass = true
		default:
			out.allow, out.deny, out.pass = true, true, true
			out.missing = append(out.missing, "what "+p.name+" does by "+r.field+".action "+action)
		}
		if t == yes {
			out.none, out.hit = false, hit{p.name, r.field, action}
			break
		}
	}
	return out
}

// rule matches a rule, and says what it does. A peer that says nothing is one that
// only a newer version knows: a rule that allows then matches nothing, and any
// other denies everything.
func (a ask) rule(policy string, r adminRule) (finding, string) {
	field := r.field + "." + r.peerField
	empty := slices.IndexFunc(r.peers, adminPeer.empty)
	if empty >= 0 {
		f := broken(field+"["+strconv.Itoa(empty)+"]", "a peer", "none")
		if r.action == actionAllow || r.action == actionAccept {
			return f, r.action
		}
		f.truth = yes
		return f, actionDeny
	}
	f := allOf(a.anyAdminPeer(field, r.peers), a.anyAdminPort(r.field+"."+r.portField, r.ports))
	if len(f.invalid) > 0 {
		f = doubtful(policy, f)
	}
	return f, r.action
}

// doubtful makes a condition unknown that the API server should not have accepted:
// plugins do not agree on what to make of it.
func doubtful(policy string, f finding) finding {
	f.truth, f.missing = unknown, nil
	for _, s := range f.invalid {
		f.missing = append(f.missing, "what the network plugin makes of "+policy+" "+s)
	}
	return f
}

// notesOf lists what is invalid.
func notesOf(policy string, f finding) []string {
	var out []string
	for _, s := range f.invalid {
		out = append(out, policy+" "+s)
	}
	return out
}

// of names the policy in what is lacking.
func (f finding) of(policy string) finding {
	f.lacks = slices.Clone(f.lacks)
	for i := range f.lacks {
		f.lacks[i].Policy = policy
	}
	return f
}
