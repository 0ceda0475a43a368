// Package netpol answers whether the policies of a network let one connection
// through, and why: networking.k8s.io/v1 NetworkPolicies, and those of the network
// policy API, policy.networking.k8s.io. Of the policies that network plugins bring
// it knows whom they select.
//
// # Model
//
// A connection passes twice: [Egress] asks the policies of the source's
// namespace, [Ingress] those of the target's. Each looks from its own end, the
// subject, at the other, the peer. A policy counts when its podSelector selects
// the subject and its policyTypes name the direction; without policyTypes a
// policy is always about ingress, and about egress when it has an egress rule.
// Where no policy counts everything passes; where one does, only what a rule of
// any of them admits. Order does not matter, and nothing can deny.
//
// A rule admits a connection when one of its peers and one of its ports match.
// No peers stands for every peer, no ports for every port of every protocol. A
// port without a protocol is TCP; a named port is looked up in the container
// ports of the destination Pod, in both directions.
//
// # Tiers
//
// [Policies] may hold AdminNetworkPolicies and ClusterNetworkPolicies of the Admin
// tier, which are asked before the NetworkPolicies, and a
// BaselineAdminNetworkPolicy and ClusterNetworkPolicies of the Baseline tier, which
// are asked of Pods that no NetworkPolicy selects. In a tier the policy of the lowest
// priority value comes first, in a policy the first rule. The first that matches
// allows, denies, or passes the connection on to the next tier. Policies of the
// same priority may come in any order: if they do not agree, the verdict is
// Undetermined. Pods on the host's network are not selected, neither as subjects nor
// as peers; an address is matched whosesoever it is. A rule with a peer that says
// nothing is one that only a newer version understands: one that allows matches
// nothing, any other denies everything.
//
// # Policies of network plugins
//
// What a CiliumNetworkPolicy, a GlobalNetworkPolicy of Calico or the like does is
// not evaluated. One that selects an end, or may, makes its verdict Undetermined, and
// [Result.Missing] names it: such policies deny what others allow, and allow what
// others deny. [Selects] knows the selectors of Cilium, Calico and Antrea.
//
// # Unknowns
//
// A fact that was not given is never guessed: the address of a Pod that does not
// run yet, the labels of a namespace that may not be read, the port. The verdict
// is Undetermined only where such facts, taken one by one, could turn it, and
// [Result.Missing] names them. Two things are known without being read: the label
// kubernetes.io/metadata.name, which the API server keeps on every namespace,
// and that an empty selector selects all.
//
// # Invalid policies
//
// A manifest may hold what the API server would refuse. A selector, CIDR or port
// that is not valid keeps its whole rule from matching; if it is the policy's own
// podSelector, it is unknown whom the policy selects. Whether a rule of a tier
// matches that is not valid is unknown. [Result.Notes] says so.
//
// # What is left to the network plugin
//
// A Pod on the host's network: plugins either treat it like any Pod or see only
// its node's address. The verdict stands if both ways agree, else it is
// Undetermined.
//
// An ipBlock against the address of a Pod: it matches if the address is in the
// block, and [Result.Notes] says that it was so. Plugins that know Pods by
// identity (Cilium) do not match it.
//
// The Pod's own node: what it sends always gets in. Whether the Pod reaches its
// node past egress policies differs, so a denial there is Undetermined. The probes
// of a Pod in ambient come from its node as well, but with an address that is of no
// node ([AmbientProbe]): where no rule admits it, that is Undetermined too.
//
// Protocols other than TCP, UDP and SCTP: undefined for a selected Pod.
//
// # What is not modelled
//
// Address translation: the addresses and the port are taken as the plugin sees
// them, after a Service was resolved to a Pod. Connections that were open before a
// policy came. Which other names the address of a host has, where a policy names
// domains.
//
// # Sources
//
// The field documentation of k8s.io/api/networking/v1 and
// https://kubernetes.io/docs/concepts/services-networking/network-policies/. That of
// sigs.k8s.io/network-policy-api and https://network-policy-api.sigs.k8s.io/. The
// cases of testdata/README.md.
package netpol
