package netpol

import (
	"net/netip"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"
)

// anyPeer matches a rule's from or to; an empty one matches everything.
func (a ask) anyPeer(field string, peers []networkingv1.NetworkPolicyPeer) finding {
	if len(peers) == 0 {
		return finding{truth: yes}
	}
	fs := make([]finding, len(peers))
	for i, p := range peers {
		fs[i] = a.onePeer(field+"["+strconv.Itoa(i)+"]", p)
	}
	return anyOf(fs...)
}

func (a ask) onePeer(field string, p networkingv1.NetworkPolicyPeer) finding {
	selects := p.PodSelector != nil || p.NamespaceSelector != nil
	switch {
	case p.IPBlock != nil && selects:
		return broken(field, "selectors or an ipBlock", "both")
	case p.IPBlock != nil:
		return a.inBlock(field+".ipBlock", p.IPBlock)
	case !selects:
		return broken(field, "a podSelector, a namespaceSelector or an ipBlock", "none")
	}
	f := a.selected(field, p)
	if !a.peer.Pod && len(f.invalid) == 0 {
		return lack(field, "a Pod", a.peer.String()+", which is none")
	}
	if a.peer.HostNetwork && f.truth == yes {
		return unseen(field, "a Pod", "whether the network plugin selects "+a.peer.String()+", which is on the host's network")
	}
	return f
}

// selected matches a peer's selectors; one that is missing leaves the namespace
// to be the policy's own, or the Pod to be any.
func (a ask) selected(field string, p networkingv1.NetworkPolicyPeer) finding {
	f := finding{truth: yes}
	switch {
	case p.NamespaceSelector != nil:
		f = matchLabels(field+".namespaceSelector", p.NamespaceSelector, a.peer.namespaceLabels(), a.peer.namespaceFact())
	case a.peer.Namespace != a.subject.Namespace:
		f = lack(field, "a Pod of namespace "+a.subject.Namespace+", as without a namespaceSelector", "namespace "+a.peer.Namespace)
	}
	if p.PodSelector == nil {
		return f
	}
	return allOf(f, matchLabels(field+".podSelector", p.PodSelector, a.peer.Labels, ""))
}

func (a ask) inBlock(field string, b *networkingv1.IPBlock) finding {
	block, ok := parseCIDR(b.CIDR)
	if !ok {
		return broken(field+".cidr", "a CIDR", strconv.Quote(b.CIDR))
	}
	except := make([]netip.Prefix, len(b.Except))
	for i, s := range b.Except {
		if except[i], ok = parseCIDR(s); !ok {
			return broken(field+".except["+strconv.Itoa(i)+"]", "a CIDR", strconv.Quote(s))
		}
	}
	if !a.peer.IP.IsValid() {
		return unseen(field+".cidr", b.CIDR, "IP of "+a.peer.String())
	}
	ip := a.peer.address()
	if !block.Contains(ip) {
		return lack(field+".cidr", b.CIDR, ip.String())
	}
	for i, e := range except {
		if e.Contains(ip) {
			return lack(field+".except["+strconv.Itoa(i)+"]", "not "+b.Except[i], ip.String())
		}
	}
	f := finding{truth: yes}
	if a.peer.Pod {
		f.caveat = field + " admits the Pod " + a.peer.String() + " by its address " + ip.String() +
			"; network plugins that know Pods by identity do not match it"
	}
	return f
}

// parseCIDR reads a CIDR; like the API server it accepts host bits.
func parseCIDR(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	return p, err == nil && !p.Addr().Is4In6()
}
