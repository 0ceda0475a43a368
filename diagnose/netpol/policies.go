package netpol

import (
	"slices"
	"strconv"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// Policies are all that may restrict a connection. Those of namespaces may be more
// than those of its ends: the others are ignored.
type Policies struct {
	Namespaced []*networkingv1.NetworkPolicy
	Admin      []*policyv1alpha1.AdminNetworkPolicy
	Baseline   []*policyv1alpha1.BaselineAdminNetworkPolicy
	Cluster    []*policyv1alpha2.ClusterNetworkPolicy
	// Foreign are those of network plugins: see Selects.
	Foreign []*unstructured.Unstructured
}

// Ingress asks whether the connection gets in at its target.
func (p Policies) Ingress(c Connection) Result {
	return ask{networkingv1.PolicyTypeIngress, c, c.To, c.From}.decide(p)
}

// Egress asks whether the connection gets out at its source.
func (p Policies) Egress(c Connection) Result {
	return ask{networkingv1.PolicyTypeEgress, c, c.From, c.To}.decide(p)
}

// ByAddress reports whether any of the policies looks at addresses, so that two
// peers that differ in nothing else may be treated differently.
func (p Policies) ByAddress() bool {
	block := func(peer networkingv1.NetworkPolicyPeer) bool { return peer.IPBlock != nil }
	for _, np := range p.Namespaced {
		if slices.ContainsFunc(np.Spec.Ingress, func(r networkingv1.NetworkPolicyIngressRule) bool { return slices.ContainsFunc(r.From, block) }) ||
			slices.ContainsFunc(np.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool { return slices.ContainsFunc(r.To, block) }) {
			return true
		}
	}
	admin, baseline, _ := p.tiers(networkingv1.PolicyTypeEgress)
	return slices.ContainsFunc(append(admin, baseline...), func(p adminPolicy) bool {
		return slices.ContainsFunc(p.rules, func(r adminRule) bool {
			return slices.ContainsFunc(r.peers, func(peer adminPeer) bool { return len(peer.networks) > 0 })
		})
	})
}

// tiers sorts the policies of the whole cluster into the tiers that they are of.
// Notes tell of those that are of none.
func (p Policies) tiers(d Direction) (admin, baseline []adminPolicy, notes []string) {
	for _, policy := range p.Admin {
		admin = append(admin, fromAdmin(policy, d))
	}
	for _, policy := range p.Cluster {
		switch c := fromCluster(policy, d); policy.Spec.Tier {
		case policyv1alpha2.AdminTier:
			admin = append(admin, c)
		case policyv1alpha2.BaselineTier:
			baseline = append(baseline, c)
		default:
			notes = append(notes, c.name+" spec.tier: wanted Admin or Baseline, got "+strconv.Quote(string(policy.Spec.Tier)))
		}
	}
	for _, policy := range p.Baseline { // there is one at most, after whatever has a priority
		b := fromBaseline(policy, d)
		b.priority = maxPriority + 1
		baseline = append(baseline, b)
	}
	return admin, baseline, notes
}

const maxPriority = 1000
