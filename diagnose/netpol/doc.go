// Package netpol answers whether the networking.k8s.io/v1 NetworkPolicies let
// one connection through, and why.
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
// podSelector, it is unknown whom the policy selects. [Result.Notes] says so.
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
// node past egress policies differs, so a denial there is Undetermined.
//
// Protocols other than TCP, UDP and SCTP: undefined for a selected Pod.
//
// # What is not modelled
//
// Address translation: the addresses and the port are taken as the plugin sees
// them, after a Service was resolved to a Pod. Policies of other API groups.
// Connections that were open before a policy came.
//
// # Sources
//
// The field documentation of k8s.io/api/networking/v1 and
// https://kubernetes.io/docs/concepts/services-networking/network-policies/.
package netpol
