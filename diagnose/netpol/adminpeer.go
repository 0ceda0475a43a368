package netpol

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// matches says whether the subject selects the end that is the field's. Pods on the
// host's network are not selected.
func (s adminSubject) matches(field string, e Endpoint) finding {
	var f finding
	switch {
	case s.namespaces != nil && s.pods != nil:
		return broken(field, "namespaces or pods", "both")
	case s.namespaces != nil:
		f = matchLabels(field+".namespaces", s.namespaces, e.namespaceLabels(), e.namespaceFact())
	case s.pods != nil:
		f = allOf(
			matchLabels(field+".pods.namespaceSelector", &s.pods.NamespaceSelector, e.namespaceLabels(), e.namespaceFact()),
			matchLabels(field+".pods.podSelector", &s.pods.PodSelector, e.Labels, ""),
		)
	default:
		return broken(field, "namespaces or pods", "none")
	}
	switch {
	case len(f.invalid) > 0:
		return f
	case !e.Pod:
		return lack(field, "a Pod", e.String()+", which is none")
	case e.HostNetwork:
		return lack(field, "a Pod on the cluster's network", e.String()+", which is on the host's network")
	}
	return f
}

// empty reports whether the peer says nothing.
func (p adminPeer) empty() bool {
	return p.adminSubject == adminSubject{} && p.nodes == nil && len(p.networks)+len(p.domains) == 0
}

// anyAdminPeer matches a rule's from or to.
func (a ask) anyAdminPeer(field string, peers []adminPeer) finding {
	fs := make([]finding, len(peers))
	for i, p := range peers {
		fs[i] = a.oneAdminPeer(field+"["+strconv.Itoa(i)+"]", p)
	}
	return anyOf(fs...)
}

func (a ask) oneAdminPeer(field string, p adminPeer) finding {
	switch {
	case p.nodes != nil:
		return a.isNode(field+".nodes", p)
	case len(p.networks) > 0:
		fs := make([]finding, len(p.networks))
		for i, cidr := range p.networks {
			fs[i] = a.inNetwork(field+".networks["+strconv.Itoa(i)+"]", cidr)
		}
		return anyOf(fs...)
	case len(p.domains) > 0:
		return a.hasDomain(field+".domainNames", p.domains)
	}
	return p.matches(field, a.peer)
}

// isNode matches the labels of the node that the peer is, or whose address it has.
func (a ask) isNode(field string, p adminPeer) finding {
	if a.peer.Pod && !a.peer.HostNetwork {
		return lack(field, "a node", a.peer.String()+", a Pod")
	}
	if !a.peer.Pod && a.peer.Node == "" {
		return lack(field, "a node", a.peer.String()+", which is none")
	}
	fact := ""
	if !a.peer.NodeKnown {
		fact = "labels of the node of " + a.peer.String()
	}
	f := matchLabels(field, p.nodes, a.peer.NodeLabels, fact)
	if f.truth == no && fact != "" && len(f.invalid) == 0 { // matchLabels takes one label to be known
		return unseen(field, f.lacks[0].Wanted, fact)
	}
	return f
}

// inNetwork matches the address of whatever the peer is, a Pod as well.
func (a ask) inNetwork(field, cidr string) finding {
	block, ok := parseCIDR(cidr)
	switch {
	case !ok:
		return broken(field, "a CIDR", strconv.Quote(cidr))
	case !a.peer.IP.IsValid():
		return unseen(field, cidr, "IP of "+a.peer.String())
	case !block.Contains(a.peer.address()):
		return lack(field, cidr, a.peer.address().String())
	}
	return finding{truth: yes}
}

// address is the endpoint's address as a CIDR knows it.
func (e Endpoint) address() netip.Addr { return e.IP.Unmap().WithZone("") }

// hasDomain matches the name under which a peer outside is called. Which other
// names have its address is not known.
func (a ask) hasDomain(field string, domains []string) finding {
	wanted := strings.Join(domains, ", ")
	switch {
	case a.peer.Pod || a.peer.Node != "":
		return lack(field, wanted, a.peer.String()+", which is in the cluster")
	case a.peer.Name == "":
		return unseen(field, wanted, "the names of "+a.peer.String())
	case slices.ContainsFunc(domains, func(d string) bool { return matchesDomain(d, a.peer.Name) }):
		return finding{truth: yes}
	}
	return lack(field, wanted, a.peer.Name)
}

// matchesDomain matches a name; *. stands for one label or more.
func matchesDomain(pattern, name string) bool {
	pattern, name = strings.ToLower(strings.TrimSuffix(pattern, ".")), strings.ToLower(strings.TrimSuffix(name, "."))
	if suffix, wild := strings.CutPrefix(pattern, "*"); wild {
		return len(name) > len(suffix) && strings.HasSuffix(name, suffix)
	}
	return pattern == name
}
