package diagnose

import (
	"slices"
	"strconv"

	networkingk8s "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// connection is the leg as NetworkPolicies see it.
func (w *walk) connection() netpol.Connection {
	c := netpol.Connection{From: w.src.endpoint(), To: w.dst.endpoint(), Port: w.dst.port}
	if w.src.node && w.dst.pod != nil {
		c.To.Node = or(w.dst.pod.Spec.NodeName, "the node")
		c.From.Node = c.To.Node
		if w.dst.presence.Plane == mesh.Ambient {
			c.From = netpol.AmbientProbe(c.To)
		}
	}
	if w.r.servicePort != nil {
		c.Protocol = w.r.servicePort.Protocol
	}
	switch {
	case w.client.HBONE:
		c.Port = hbonePort
	case w.ledToWaypoint() != nil:
		c.Port = w.ledToWaypoint().WaypointPort
	}
	return c
}

// networkHop asks the NetworkPolicies of both ends.
func (w *walk) networkHop() {
	c := w.connection()
	hop := Hop{Role: RoleNetwork, Name: "NetworkPolicy", Verdict: Allowed}
	if w.src.pod != nil && !w.src.entry {
		hop.add(w.networkStage(netpol.Policies.Egress, w.src, c))
	}
	if w.dst.pod != nil && !w.dst.entry {
		hop.add(w.networkStage(netpol.Policies.Ingress, w.dst, c))
	}
	hop.Says = networkSays(hop.Stages)
	if w.client.HBONE && hop.Verdict == Denied {
		hop.Notes = append(hop.Notes, "the mesh carries the connection in a tunnel: NetworkPolicies must admit port "+strconv.Itoa(hbonePort))
	}
	if hop.Verdict == Denied {
		hop.Notes = append(hop.Notes, "open connections may go on: what becomes of them when a NetworkPolicy comes is the network plugin's own matter")
	}
	w.hops = append(w.hops, hop)
}

func (w *walk) networkStage(ask func(netpol.Policies, netpol.Connection) netpol.Result, subject party, c netpol.Connection) Stage {
	ns := subject.pod.Namespace
	res := ask(w.in.networkPolicies(ns), c)
	st := Stage{Name: StageNetworkPolicy, Verdict: networkVerdict(res.Verdict), Says: res.Why, Policy: res.Policy, Field: res.Field, NetworkPolicies: &res}
	if hidden := w.in.networkHidden(ns); hidden != "" { // whatever is in sight, another may admit or select
		st.Verdict, st.Says = Undetermined, "not known: "+hidden
		res.Missing = append(res.Missing, hidden)
	}
	if st.Verdict == Denied {
		st.Policy = slices.Concat(res.Selecting, []string{""})[0]
	}
	return st
}

func networkVerdict(v netpol.Verdict) Verdict {
	switch v {
	case netpol.Allowed:
		return Allowed
	case netpol.Denied:
		return Denied
	case netpol.Undetermined:
	}
	return Undetermined
}

// networkSays words both ends in a line: the one that does not let it through,
// else whatever is not trivial.
func networkSays(stages []Stage) string {
	says := "allows: none applies"
	for _, s := range stages {
		if s.Verdict == Allowed && s.NetworkPolicies != nil && s.NetworkPolicies.Policy != "" {
			says = s.Says
		}
	}
	for _, s := range stages {
		if s.Verdict == Denied {
			return s.Says
		}
		if s.Verdict == Undetermined {
			says = s.Says
		}
	}
	return says
}

// policyResources are the kinds beside NetworkPolicy that the cluster has.
func (in *inquiry) policyResources() (admin, foreign []cluster.Resource) {
	kinds := cluster.Kept(in.snap, "policies", func(groups []*cluster.APIGroup) [2][]cluster.Resource {
		admin, foreign := cluster.PolicyResources(groups)
		return [2][]cluster.Resource{admin, foreign}
	})
	return kinds[0], kinds[1]
}

// networkNeeds asks for everything that restricts connections of a namespace's Pods.
func (in *inquiry) networkNeeds(namespaces ...string) []cluster.Query {
	all := []cluster.Query{{Resource: cluster.APIGroups}}
	admin, foreign := in.policyResources()
	for _, r := range slices.Concat(admin, foreign) {
		if !r.Namespaced {
			all = append(all, list(r, ""))
		}
	}
	for _, ns := range namespaces {
		all = append(all, list(cluster.NetworkPolicies, ns))
		for _, r := range foreign {
			if r.Namespaced {
				all = append(all, list(r, ns))
			}
		}
	}
	return all
}

// labelsCount reports whether the labels of a gateway's namespace may decide about what the
// gateway forwards, as far as is known: a NetworkPolicy elsewhere admits by the labels of
// namespaces, or there is one of another kind. What a gateway is its Pod tells.
func (in *inquiry) labelsCount(gateway string) bool {
	admin, foreign := in.policyResources()
	for _, r := range slices.Concat(admin, foreign) {
		if in.snap.HasAny(r) {
			return true
		}
	}
	byLabels := func(p networkingk8s.NetworkPolicyPeer) bool { return p.NamespaceSelector != nil }
	return slices.ContainsFunc(cluster.List[*networkingk8s.NetworkPolicy](in.snap, ""), func(p *networkingk8s.NetworkPolicy) bool {
		return p.Namespace != gateway && slices.ContainsFunc(p.Spec.Ingress, func(r networkingk8s.NetworkPolicyIngressRule) bool {
			return slices.ContainsFunc(r.From, byLabels)
		})
	})
}

// networkPolicies are those that may restrict connections of a namespace's Pods.
func (in *inquiry) networkPolicies(ns string) netpol.Policies {
	p := netpol.Policies{
		Namespaced: cluster.List[*networkingk8s.NetworkPolicy](in.snap, ns),
		Admin:      cluster.List[*policyv1alpha1.AdminNetworkPolicy](in.snap, ""),
		Baseline:   cluster.List[*policyv1alpha1.BaselineAdminNetworkPolicy](in.snap, ""),
		Cluster:    cluster.List[*policyv1alpha2.ClusterNetworkPolicy](in.snap, ""),
	}
	_, foreign := in.policyResources()
	for _, r := range foreign {
		at := ns
		if !r.Namespaced {
			at = ""
		}
		for _, o := range in.snap.Objects(r, at) {
			if u, ok := o.(*unstructured.Unstructured); ok {
				p.Foreign = append(p.Foreign, u)
			}
		}
	}
	return p
}

// networkHidden words what could not be read and may restrict connections of a
// namespace's Pods; empty if all was.
func (in *inquiry) networkHidden(ns string) string {
	if m := in.missing(cluster.NetworkPolicies, ns, ""); m != "" {
		return m
	}
	if m := in.missing(cluster.APIGroups, "", ""); m != "" {
		return "whether the network plugin has policies of its own: " + m
	}
	admin, foreign := in.policyResources()
	for _, r := range slices.Concat(admin, foreign) {
		at := ns
		if !r.Namespaced {
			at = ""
		}
		if u, ok := in.snap.Missing(r, at, ""); ok && u.Reason != cluster.NotInstalled {
			return unreadWords(u)
		}
	}
	return ""
}
