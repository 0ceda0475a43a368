package diagnose

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// maxQueries bounds what one question reads from a server.
const maxQueries = 25

// optionalNeeds lists what is worth a look if the question can afford it, the most
// telling first: where routes may lead, before it is known whether any counts, and
// what the walk has met besides.
func (in *inquiry) optionalNeeds() []cluster.Query {
	return append(in.earlyNeeds(), in.liked...)
}

// earlyNeeds are worth a place in the first round, so that there is one left to see
// where they lead: the VirtualServices beside the target, and of somebody outside
// what gateways go by.
func (in *inquiry) earlyNeeds() []cluster.Query {
	if in.round > 0 {
		return nil
	}
	targets, own := in.targetNamespaces(), in.q.namespace()
	var all []cluster.Query
	switch {
	case in.fromOutside():
		mesh := in.q.meshNamespace()
		return []cluster.Query{list(cluster.VirtualServices, own), list(cluster.IstioGateways, mesh), list(cluster.Services, mesh)}
	case in.source.outside() && len(in.target.services) > 0:
		for _, ns := range targets {
			switch name := in.target.services[0].name; {
			case strings.HasSuffix(name, "-istio"): // as Istio names what it makes of a Gateway of the Gateway API
				all = append(all, list(cluster.HTTPRoutes, own), list(cluster.Gateways, ns))
			case strings.Contains(name, "gateway") || ns != own:
				all = append(all, list(cluster.VirtualServices, own), list(cluster.IstioGateways, ns))
			}
		}
		return all
	case in.target.maybeExternal() && strings.Count(in.target.host, ".") > 1:
		targets = []string{in.sourceNamespace()}
	}
	if !in.source.outside() {
		targets = append(targets, in.sourceNamespace())
	}
	for _, ns := range targets {
		all = append(all, list(cluster.VirtualServices, ns))
	}
	return in.fresh(all)
}

// affordable cuts the optional queries to what is left when those that must be made,
// now and later, are counted.
func (in *inquiry) affordable(must []cluster.Query) []cluster.Query {
	left := maxQueries - in.asked - len(must) - in.reserve(must)
	var out []cluster.Query
	for _, q := range in.fresh(in.optionalNeeds()) {
		switch {
		case slices.Contains(must, q), slices.Contains(in.declined, q):
		case !in.reader.Live(), len(out) < left:
			out = append(out, q)
		}
	}
	return out
}

// within cuts the queries that must be made to what one question may ask of a
// server: the rarest kinds of what creates Pods go first, then what least often
// decides. What is cut is as good as unread in the end.
func (in *inquiry) within(must []cluster.Query) []cluster.Query {
	budget := maxQueries - in.asked - in.reserve(must)
	if !in.reader.Live() || len(must) <= budget {
		return must
	}
	rare := []cluster.Resource{cluster.Jobs, cluster.CronJobs, cluster.ReplicaSets, cluster.DaemonSets, cluster.StatefulSets}
	out := slices.Clone(must)
	for _, r := range rare {
		if len(out) > budget && in.source.kind == anyKind {
			out = slices.DeleteFunc(out, func(q cluster.Query) bool { return q.Resource == r })
		}
	}
	slices.SortStableFunc(out, func(a, b cluster.Query) int { return cmp.Compare(rarity(a), rarity(b)) })
	return out[:max(0, min(len(out), budget))]
}

// rarity orders queries by how seldom they decide.
func rarity(q cluster.Query) int {
	switch q.Resource {
	case cluster.RequestAuthentications:
		return 2
	case cluster.DestinationRules:
		return 3
	case cluster.AuthorizationPolicies, cluster.PeerAuthentications, cluster.NetworkPolicies:
		return 1
	}
	return 0
}

// reserve is how many queries the rounds to come may have to make.
func (in *inquiry) reserve(must []cluster.Query) int {
	switch {
	case in.round == 0:
		return in.outlook()
	case in.round > 1:
		return 0
	}
	reserve := in.platformsReserve()
	if in.source.kind == anyKind && !in.hasPod(in.source.namespace, in.source.name) && len(in.creators()) == 0 {
		reserve += 2
	}
	if in.aliased() {
		reserve++
	}
	if in.fromOutside() { // the gateway's endpoints and Pods, and what decides there
		_, foreign := in.policyResources()
		reserve += 5 + len(slices.DeleteFunc(slices.Clone(foreign), func(r cluster.Resource) bool { return !r.Namespaced }))
	}
	for _, q := range must {
		switch {
		case q.Resource != cluster.Services:
		case in.snap.Asked(list(cluster.AuthorizationPolicies, q.Namespace)) || slices.Contains(must, list(cluster.AuthorizationPolicies, q.Namespace)):
			reserve++ // the Pods of one
		default:
			reserve += 9 // and what decides there
		}
	}
	return reserve
}

// platformsReserve is what is kept for platforms that are there, which know what to read
// once the policies are there.
func (in *inquiry) platformsReserve() int {
	reserve := 0
	for _, p := range Platforms() {
		if _, reads := p.(Reading); reads {
			in.ask(p, func() { reserve += 2 })
		}
	}
	return reserve
}

// outlook is what the question will have to ask after the first round, as far as its
// words tell: the Pods of both ends, and what decides in the two namespaces and the
// root's.
func (in *inquiry) outlook() int {
	if in.fromOutside() {
		return 14
	}
	n := 8 // Pods, NetworkPolicies, two each of three kinds
	if in.source.outside() {
		return n
	}
	n += 4 // the source's Pods, DestinationRules
	if in.source.kind == podKind {
		n--
	}
	if in.source.kind == anyKind {
		n += 3
	}
	if slices.Contains(in.targetNamespaces(), in.sourceNamespace()) {
		n -= 2
	}
	return n
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
	return in.fresh(in.liked)
}
