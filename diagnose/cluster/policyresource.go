package cluster

import "slices"

const groupPolicy = "policy.networking.k8s.io"

// The policies of the network policy API, for those who administer the cluster.
var (
	AdminNetworkPolicies         = Resource{groupPolicy, "v1alpha1", "adminnetworkpolicies", "AdminNetworkPolicy", false}
	BaselineAdminNetworkPolicies = Resource{groupPolicy, "v1alpha1", "baselineadminnetworkpolicies", "BaselineAdminNetworkPolicy", false}
	ClusterNetworkPolicies       = Resource{groupPolicy, "v1alpha2", "clusternetworkpolicies", "ClusterNetworkPolicy", false}
)

// The policies that network plugins bring. They are read as they are, without a
// type: see Snapshot.Objects.
var (
	CiliumNetworkPolicies            = Resource{"cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", true}
	CiliumClusterwideNetworkPolicies = Resource{"cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", false}

	CalicoNetworkPolicies       = Resource{"projectcalico.org", "v3", "networkpolicies", "NetworkPolicy", true}
	CalicoGlobalNetworkPolicies = Resource{"projectcalico.org", "v3", "globalnetworkpolicies", "GlobalNetworkPolicy", false}
	// The same as Calico keeps them, where its own API server is not installed.
	CalicoStoredNetworkPolicies       = Resource{"crd.projectcalico.org", "v1", "networkpolicies", "NetworkPolicy", true}
	CalicoStoredGlobalNetworkPolicies = Resource{"crd.projectcalico.org", "v1", "globalnetworkpolicies", "GlobalNetworkPolicy", false}

	AntreaNetworkPolicies        = Resource{"crd.antrea.io", "v1beta1", "networkpolicies", "NetworkPolicy", true}
	AntreaClusterNetworkPolicies = Resource{"crd.antrea.io", "v1beta1", "clusternetworkpolicies", "ClusterNetworkPolicy", false}

	EgressFirewalls           = Resource{"k8s.ovn.org", "v1", "egressfirewalls", "EgressFirewall", true}
	EgressNetworkPolicies     = Resource{"network.openshift.io", "v1", "egressnetworkpolicies", "EgressNetworkPolicy", true}
	FQDNNetworkPolicies       = Resource{"networking.gke.io", "v1alpha1", "fqdnnetworkpolicies", "FQDNNetworkPolicy", true}
	AWSApplicationPolicies    = Resource{"networking.k8s.aws", "v1alpha1", "applicationnetworkpolicies", "ApplicationNetworkPolicy", true}
	AWSClusterNetworkPolicies = Resource{"networking.k8s.aws", "v1alpha1", "clusternetworkpolicies", "ClusterNetworkPolicy", false}
	NSXSecurityPolicies       = Resource{"crd.nsx.vmware.com", "v1alpha1", "securitypolicies", "SecurityPolicy", true}
)

// PolicyResources are those that restrict connections where these groups exist,
// beside NetworkPolicies: the admin ones, whose meaning is known, and the foreign
// ones, of which only those whom they select are. Both are in a stable order.
//
// Calico's policies are read once, through its own API if the cluster has it. A
// group whose versions are known and none of which has the resource is left out.
func PolicyResources(groups []*APIGroup) (admin, foreign []Resource) {
	served := map[string][]string{}
	for _, g := range groups {
		served[g.Name] = append(served[g.Name], g.Versions...)
	}
	_, calico := served[CalicoNetworkPolicies.Group]
	for _, k := range kinds {
		versions, exists := served[k.resource.Group]
		stored := k.resource.Group == CalicoStoredNetworkPolicies.Group
		if !exists || stored && calico || len(versions) > 0 && !slices.ContainsFunc(versions, k.reads) {
			continue
		}
		switch {
		case k.resource.Group == groupPolicy:
			admin = append(admin, k.resource)
		case k.untyped() && k.resource != ProxyConfigs && !k.extra:
			foreign = append(foreign, k.resource)
		}
	}
	return admin, foreign
}
