package lint

import (
	"context"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// maxNamespaces bounds whose service accounts are asked for because policies name them.
const maxNamespaces = 20

// Read reads what Run asks of: the policies, Pods, Services and Gateways of a namespace
// and of the root namespace, or of all, the names of the namespaces, and the settings
// of the mesh. Then the service accounts of the namespaces that the policies name, and
// what the platforms look at that show.
// These are two rounds and at most 40 requests, however many policies there are, and
// those few of the platforms.
func Read(ctx context.Context, r cluster.Reader, o Options) *cluster.Snapshot {
	if !r.Live() {
		return everything(ctx, r)
	}
	root := or(o.MeshNamespace, "istio-system")
	spaces := []string{o.Namespace}
	if o.Namespace != "" && o.Namespace != root {
		spaces = append(spaces, root)
	}
	queries := []cluster.Query{
		{Resource: cluster.Namespaces},
		{Resource: cluster.ConfigMaps, Namespace: root, Name: "istio"},
		{Resource: cluster.Pods, Namespace: root, Labels: "app=istiod"},
	}
	for _, ns := range spaces {
		for _, resource := range []cluster.Resource{
			cluster.AuthorizationPolicies, cluster.RequestAuthentications, cluster.PeerAuthentications,
			cluster.Pods, cluster.Services, cluster.ServiceAccounts,
		} {
			queries = append(queries, cluster.Query{Resource: resource, Namespace: ns})
		}
	}
	for _, resource := range []cluster.Resource{cluster.Gateways, cluster.ServiceEntries, cluster.WorkloadEntries} {
		queries = append(queries, cluster.Query{Resource: resource, Namespace: o.Namespace})
	}
	var s *cluster.Snapshot
	s = s.Plus(r.Origin(), r.Read(ctx, queries))
	queries = append(accountsNamed(s, o.Namespace), platformReads(s, o.Namespace)...)
	if len(queries) > 0 && ctx.Err() == nil {
		s = s.Plus(r.Origin(), r.Read(ctx, queries))
	}
	return s
}

// everything takes in all that files hold.
func everything(ctx context.Context, r cluster.Reader) *cluster.Snapshot {
	var queries []cluster.Query
	if saved, ok := r.(interface{ Queries() []cluster.Query }); ok {
		queries = saved.Queries()
	}
	for _, resource := range cluster.Resources() {
		queries = append(queries, cluster.Query{Resource: resource})
	}
	var s *cluster.Snapshot
	return s.Plus(r.Origin(), r.Read(ctx, queries))
}

// accountsNamed asks for the service accounts of the namespaces that policies name.
func accountsNamed(s *cluster.Snapshot, namespace string) []cluster.Query {
	seen := map[string]bool{}
	for _, p := range cluster.List[*securityv1.AuthorizationPolicy](s, namespace) {
		for _, l := range listsOf(&p.Spec) {
			for _, v := range l.values {
				switch parts := strings.Split(v, "/"); {
				case l.about == principals && len(parts) == 5:
					seen[parts[2]] = true
				case l.about == serviceAccounts && len(parts) == 2:
					seen[parts[0]] = true
				}
			}
		}
	}
	var out []cluster.Query
	for ns := range seen {
		q := cluster.Query{Resource: cluster.ServiceAccounts, Namespace: ns}
		if ns != "" && !strings.Contains(ns, "*") && !s.Asked(q) {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b cluster.Query) int { return strings.Compare(a.Namespace, b.Namespace) })
	return out[:min(len(out), maxNamespaces)]
}
