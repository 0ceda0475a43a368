package netpol

import (
	"cmp"
	"slices"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"
)

// Ingress asks the policies of the target's namespace whether they let the
// connection in. Policies of other namespaces are ignored.
func Ingress(policies []*networkingv1.NetworkPolicy, c Connection) Result {
	return Policies{Namespaced: policies}.Ingress(c)
}

// Egress asks the policies of the source's namespace whether they let the
// connection out. Policies of other namespaces are ignored.
func Egress(policies []*networkingv1.NetworkPolicy, c Connection) Result {
	return Policies{Namespaced: policies}.Egress(c)
}

// ask is one question: the connection as seen from the subject.
type ask struct {
	direction     Direction
	c             Connection
	subject, peer Endpoint
}

// rule is an ingress or an egress rule; only the words differ.
type rule struct {
	field, peerField string
	peers            []networkingv1.NetworkPolicyPeer
	ports            []networkingv1.NetworkPolicyPort
}

// policy is a NetworkPolicy that selects the subject, or may.
type policy struct {
	name    string
	fields  []string  // of the rules
	rules   []finding // what each rule says of the connection
	selects finding
	admits  finding
}

// evaluate returns the policies of the subject's namespace that are about the
// direction and are not known to select others only, sorted by name.
func (a ask) evaluate(all []*networkingv1.NetworkPolicy) []policy {
	var out []policy
	for _, p := range all {
		if !a.subject.Pod || p == nil || p.Namespace != a.subject.Namespace || !about(p, a.direction) {
			continue
		}
		v := policy{name: p.Namespace + "/" + p.Name, selects: a.selects(p)}
		if v.selects.truth == no {
			continue
		}
		for _, r := range rulesOf(p, a.direction) {
			v.fields = append(v.fields, r.field)
			v.rules = append(v.rules, allOf(a.anyPeer(r.field+"."+r.peerField, r.peers), a.anyPort(r.field+".ports", r.ports)))
		}
		v.admits = a.admits(v)
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b policy) int { return cmp.Compare(a.name, b.name) })
	return out
}

// selects says whether the policy applies to the subject. A selector that is not
// valid selects nobody knows whom: the API server would not have taken it.
func (a ask) selects(p *networkingv1.NetworkPolicy) finding {
	const field = "spec.podSelector"
	f := matchLabels(field, &p.Spec.PodSelector, a.subject.Labels, "")
	if len(f.invalid) > 0 {
		u := unseen(field, "a label selector", "whom "+p.Namespace+"/"+p.Name+" selects: its podSelector is not valid")
		u.invalid = f.invalid
		return u
	}
	return f
}

// admits says whether a rule of the policy lets the connection through.
func (a ask) admits(v policy) finding {
	if p := a.c.protocol(); !slices.Contains(protocols, p) {
		return finding{truth: unknown, missing: []string{"what the network plugin does with " + string(p) + " of selected Pods"}}
	}
	var out finding
	for _, f := range v.rules {
		out.truth = max(out.truth, f.truth)
		out.missing = append(out.missing, f.missing...)
	}
	return out
}

// about reports whether the policy concerns the direction.
func about(p *networkingv1.NetworkPolicy, d Direction) bool {
	if len(p.Spec.PolicyTypes) > 0 {
		return slices.Contains(p.Spec.PolicyTypes, d)
	}
	return d == networkingv1.PolicyTypeIngress || len(p.Spec.Egress) > 0
}

func rulesOf(p *networkingv1.NetworkPolicy, d Direction) []rule {
	var out []rule
	if d == networkingv1.PolicyTypeIngress {
		for i, r := range p.Spec.Ingress {
			out = append(out, rule{"spec.ingress[" + strconv.Itoa(i) + "]", "from", r.From, r.Ports})
		}
		return out
	}
	for i, r := range p.Spec.Egress {
		out = append(out, rule{"spec.egress[" + strconv.Itoa(i) + "]", "to", r.To, r.Ports})
	}
	return out
}
