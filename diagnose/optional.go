package diagnose

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// maxQueries bounds what one question reads from a server.
const maxQueries = 25

// optionalNeeds lists what is worth a look if the question can still afford it:
// other Services on the target's port, and what may stand on the way without
// being evaluated yet. The most telling come first.
func (in *inquiry) optionalNeeds() []cluster.Query {
	targets := in.targetNamespaces()
	from := in.sourceNamespace()
	if !in.reader.Live() {
		targets, from = []string{""}, ""
	}
	var all []cluster.Query
	if !in.reader.Live() { // it costs nothing
		for _, r := range []cluster.Resource{
			cluster.IstioGateways, cluster.Gateways, cluster.HTTPRoutes, cluster.GRPCRoutes, cluster.TLSRoutes, cluster.TCPRoutes, cluster.ReferenceGrants,
			cluster.WorkloadEntries, cluster.ServiceEntries, cluster.DestinationRules,
		} {
			all = append(all, list(r, ""))
		}
	}
	for _, ns := range targets {
		all = append(all, list(cluster.Services, ns))
	}
	if !in.source.outside() {
		all = append(all, list(cluster.VirtualServices, from))
	}
	for _, ns := range targets {
		all = append(all, list(cluster.VirtualServices, ns), list(cluster.EnvoyFilters, ns))
	}
	if !in.source.outside() {
		all = append(all, list(cluster.Sidecars, from))
	}
	if len(targets) > 0 {
		all = append(all, list(cluster.EnvoyFilters, in.config(in.revision()).RootNamespace))
	}
	return all
}

// affordable cuts the optional queries to what is left when those that must be
// made, now and in the last round, are counted. The first round makes none: what
// it finds tells what the others cost.
func (in *inquiry) affordable(must []cluster.Query) []cluster.Query {
	left := maxQueries - in.asked - len(must) - in.reserve()
	var out []cluster.Query
	for _, q := range in.fresh(in.optionalNeeds()) {
		switch {
		case slices.Contains(must, q):
		case !in.reader.Live(), in.round > 0 && len(out) < left:
			out = append(out, q)
		}
	}
	return out
}

// within cuts the queries that must be made to what one question may ask of a
// server: the rarest kinds of what creates Pods go first. What is cut is as good
// as unread in the end.
func (in *inquiry) within(must []cluster.Query) []cluster.Query {
	if !in.reader.Live() || in.asked+len(must)+in.reserve() <= maxQueries {
		return must
	}
	rare := []cluster.Resource{cluster.Jobs, cluster.CronJobs, cluster.ReplicaSets, cluster.DaemonSets, cluster.StatefulSets}
	out := slices.Clone(must)
	for _, r := range rare {
		if in.asked+len(out)+in.reserve() > maxQueries && in.source.kind == anyKind {
			out = slices.DeleteFunc(out, func(q cluster.Query) bool { return q.Resource == r })
		}
	}
	return out[:max(0, min(len(out), maxQueries-in.asked))]
}

// reserve is how many queries the last round may have to make: the Pods of what
// was found by a bare name, and what an alias leads to.
func (in *inquiry) reserve() int {
	reserve := 0
	if in.round > 1 {
		return reserve
	}
	if in.round == 1 && in.source.kind == anyKind && !in.hasPod(in.source.namespace, in.source.name) {
		reserve += 2
	}
	if in.round == 1 && in.aliased() {
		reserve++
	}
	return reserve
}

// aliased reports whether the target is an ExternalName Service.
func (in *inquiry) aliased() bool {
	return slices.ContainsFunc(in.target.services, func(s serviceRef) bool {
		svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
		return ok && svc.Spec.Type == corev1.ServiceTypeExternalName
	})
}

// overlooked names what was not looked at for want of queries.
func (in *inquiry) overlooked() []cluster.Query {
	if !in.reader.Live() {
		return nil
	}
	return in.fresh(in.optionalNeeds())
}
