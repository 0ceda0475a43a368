package netpol

import networkingv1 "k8s.io/api/networking/v1"

// decide asks all policies of the end.
func (a ask) decide(p Policies) Result {
	policies := a.evaluate(p.Namespaced)
	r := a.tiered(p, policies, a.namespaced(policies))
	return a.foreign(a.exempt(r), p.Foreign)
}

// namespaced combines the NetworkPolicies: none that selects, or one rule that admits.
func (a ask) namespaced(policies []policy) Result {
	r := Result{Direction: a.direction, Verdict: verdict(policies), Near: a.near(policies)}
	for _, p := range policies {
		if len(p.selects.invalid) == 0 {
			r.Selecting = append(r.Selecting, p.name)
		}
	}
	r.Notes = invalid(policies)
	if p, f, caveat := admitting(policies); r.Verdict == Allowed && p != "" {
		r.Policy, r.Field = p, f
		if caveat != "" {
			r.Notes = append(r.Notes, p+" "+caveat)
		}
	}
	if r.Verdict == Undetermined {
		r.Missing = missing(policies)
	}
	r.Why = a.why(r)
	return r
}

// verdict is Undetermined only if the unknowns, each taken by itself, can turn
// it. A policy that admits does no harm whether it selects or not.
func verdict(policies []policy) Verdict {
	var selected, mayDeny, mayAdmit, sure bool
	for _, p := range policies {
		selected = selected || p.selects.truth == yes
		mayDeny = mayDeny || p.admits.truth != yes
		mayAdmit = mayAdmit || p.admits.truth != no
		sure = sure || p.selects.truth == yes && p.admits.truth == yes
	}
	switch {
	case sure || !mayDeny:
		return Allowed
	case selected && !mayAdmit:
		return Denied
	}
	return Undetermined
}

// exempt applies what no policy can forbid, a Pod reaches itself and its node
// reaches it, and leaves a denial open that network plugins disagree on.
func (a ask) exempt(r Result) Result {
	node, known := a.ownNode()
	ingress := a.direction == networkingv1.PolicyTypeIngress
	switch {
	case r.Verdict == Allowed:
		return r
	case a.c.isSelf():
		r.Verdict, r.Missing = Allowed, nil
		r.Policy, r.Field = "", ""
		r.Why = "allows: policies cannot cut " + a.subject.String() + " off from itself"
		return r
	case ingress && IsAmbientProbe(a.peer.IP) && !a.peer.Pod:
		return a.probe(r)
	case ingress && node && known:
		r.Verdict, r.Missing = Allowed, nil
		r.Why = "allows: " + a.peer.String() + " is on " + a.subject.String() + "'s own node, whose traffic is always let in"
		return r
	}
	if a.subject.HostNetwork {
		r = a.open(r, "whether the network plugin applies policies to "+a.subject.String()+", which is on the host's network")
	}
	switch {
	case !known:
		r = a.open(r, "whether "+a.peer.String()+" is on the node of "+a.subject.String())
	case node:
		r = a.open(r, "whether the network plugin applies egress policies between "+a.subject.String()+" and its own node "+a.subject.Node)
	}
	return r
}

// open turns a verdict that is not Allowed into one that the fact would settle.
func (a ask) open(r Result, fact string) Result {
	r.Verdict, r.Missing = Undetermined, sorted(append(r.Missing, fact))
	r.Policy, r.Field = "", ""
	r.Why = a.why(r)
	return r
}

// ownNode reports whether the peer is the subject's node, as a Pod on the host's
// network or as the node itself, and whether that is known. An address outside
// that names no node is none.
func (a ask) ownNode() (is, known bool) {
	switch {
	case a.peer.Pod && !a.peer.HostNetwork, !a.peer.Pod && a.peer.Node == "":
		return false, true
	case a.peer.Node == "" || a.subject.Node == "":
		return false, false
	}
	return a.peer.Node == a.subject.Node, true
}
