package ztunnel

import (
	"net/netip"
	"slices"

	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// axes are the values that a grid's connections combine.
type axes struct {
	domains, namespaces, accounts []string
	sources, destinations         []netip.Addr
	ports                         []uint16
}

// grid returns the connections around policies: every combination of what they
// name, on and beside it. Of the addresses and ports one varies at a time.
func grid(policies []*security.Authorization) []reference.Connection {
	outside := netip.MustParseAddr("172.16.0.1")
	a := axes{
		domains: []string{"cluster.local"}, namespaces: []string{"other"}, accounts: []string{"other"},
		sources: []netip.Addr{outside, netip.MustParseAddr("2001:db8::1")}, destinations: []netip.Addr{outside}, ports: []uint16{1},
	}
	for _, p := range policies {
		for _, g := range p.GetGroups() {
			for _, r := range g.GetRules() {
				for _, m := range r.GetMatches() {
					a.around(m)
				}
			}
		}
	}
	var out []reference.Connection
	for _, id := range append(a.identities(), nil) {
		for _, s := range unique(a.sources) {
			out = append(out, reference.Connection{Identity: id, Source: s, Destination: outside, Port: 1})
		}
		for _, d := range unique(a.destinations) {
			out = append(out, reference.Connection{Identity: id, Source: outside, Destination: d, Port: 1})
		}
		for _, p := range unique(a.ports) {
			out = append(out, reference.Connection{Identity: id, Source: outside, Destination: outside, Port: p})
			out = append(out, reference.Connection{Identity: id, Source: a.sources[len(a.sources)-1], Destination: outside, Port: p})
		}
	}
	return out
}

func unique[T comparable](list []T) []T {
	var out []T
	for _, v := range list {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// around adds what an alternative names.
func (a *axes) around(m *security.Match) {
	for _, s := range slices.Concat(m.GetPrincipals(), m.GetNotPrincipals()) {
		if text := s.GetPrefix(); text != "" {
			a.domains = append(a.domains, text+"x")
		}
		if text := s.GetSuffix(); text != "" {
			a.accounts = append(a.accounts, "x"+text)
		}
		if text := s.GetExact(); text != "" {
			a.domains = append(a.domains, text)
		}
	}
	for _, s := range slices.Concat(m.GetNamespaces(), m.GetNotNamespaces()) {
		switch {
		case s.GetPrefix() != "":
			a.namespaces = append(a.namespaces, s.GetPrefix()+"x")
		case s.GetSuffix() != "":
			a.namespaces = append(a.namespaces, "x"+s.GetSuffix())
		case s.GetExact() != "":
			a.namespaces = append(a.namespaces, s.GetExact(), s.GetExact()+"x")
		}
	}
	for _, s := range slices.Concat(m.GetServiceAccounts(), m.GetNotServiceAccounts()) {
		a.namespaces = append(a.namespaces, s.GetNamespace())
		a.accounts = append(a.accounts, s.GetServiceAccount())
	}
	a.sources = append(a.sources, edges(m.GetSourceIps(), m.GetNotSourceIps())...)
	a.destinations = append(a.destinations, edges(m.GetDestinationIps(), m.GetNotDestinationIps())...)
	for _, p := range slices.Concat(m.GetDestinationPorts(), m.GetNotDestinationPorts()) {
		a.ports = append(a.ports, uint16(p), uint16(p)+1)
	}
}

// edges returns the first address of each block and the one before it.
func edges(blocks, not []*security.Address) []netip.Addr {
	var out []netip.Addr
	for _, b := range slices.Concat(blocks, not) {
		if at, ok := netip.AddrFromSlice(b.GetAddress()); ok {
			out = append(out, at.Prev(), at)
		}
	}
	return out
}

func (a *axes) identities() []*reference.Identity {
	var out []*reference.Identity
	for _, td := range unique(a.domains) {
		for _, ns := range unique(a.namespaces) {
			for _, sa := range unique(a.accounts) {
				out = append(out, &reference.Identity{TrustDomain: td, Namespace: ns, ServiceAccount: sa})
			}
		}
	}
	return out
}
