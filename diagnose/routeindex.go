package diagnose

import (
	"slices"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// parent is what a route of the Gateway API attaches to.
type parent struct{ kind, namespace, name string }

// gatewayRoutes are the routes of one parent.
type gatewayRoutes struct {
	http []*gatewayv1.HTTPRoute
	grpc []*gatewayv1.GRPCRoute
	tls  []*gatewayv1.TLSRoute
	tcp  []*gatewayv1.TCPRoute
}

// routesOf finds the routes in sight that name a parent.
func (in *inquiry) routesOf(p parent) gatewayRoutes {
	return gatewayRoutes{
		http: attachedTo(in.snap, p, func(r *gatewayv1.HTTPRoute) []gatewayv1.ParentReference { return r.Spec.ParentRefs }),
		grpc: attachedTo(in.snap, p, func(r *gatewayv1.GRPCRoute) []gatewayv1.ParentReference { return r.Spec.ParentRefs }),
		tls:  attachedTo(in.snap, p, func(r *gatewayv1.TLSRoute) []gatewayv1.ParentReference { return r.Spec.ParentRefs }),
		tcp:  attachedTo(in.snap, p, func(r *gatewayv1.TCPRoute) []gatewayv1.ParentReference { return r.Spec.ParentRefs }),
	}
}

// hosts are the host names of each route; a list without any is for every host.
func (g gatewayRoutes) hosts() [][]gatewayv1.Hostname {
	var out [][]gatewayv1.Hostname
	for _, h := range g.http {
		out = append(out, h.Spec.Hostnames)
	}
	for _, r := range g.grpc {
		out = append(out, r.Spec.Hostnames)
	}
	for _, t := range g.tls {
		out = append(out, t.Spec.Hostnames)
	}
	return out
}

func attachedTo[T cluster.Object](s *cluster.Snapshot, p parent, refs func(T) []gatewayv1.ParentReference) []T {
	return cluster.Kept(s, "by parent", func(all []T) map[parent][]T {
		out := map[parent][]T{}
		for _, r := range all {
			for _, ref := range refs(r) {
				key := parent{"Gateway", r.GetNamespace(), string(ref.Name)}
				if ref.Kind != nil {
					key.kind = string(*ref.Kind)
				}
				if ref.Namespace != nil {
					key.namespace = string(*ref.Namespace)
				}
				if of := out[key]; len(of) == 0 || of[len(of)-1].GetName() != r.GetName() || of[len(of)-1].GetNamespace() != r.GetNamespace() {
					out[key] = append(of, r)
				}
			}
		}
		return out
	})[p]
}

// foreignBackends are the namespaces beside their own that the routes send to.
func (g gatewayRoutes) foreignBackends() []string {
	var out []string
	add := func(own string, refs ...gatewayv1.BackendRef) {
		for _, b := range refs {
			if b.Namespace != nil && string(*b.Namespace) != own {
				out = append(out, string(*b.Namespace))
			}
		}
	}
	for _, r := range g.http {
		add(r.Namespace, httpBackends(r)...)
	}
	for _, r := range g.grpc {
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				add(r.Namespace, b.BackendRef)
			}
		}
	}
	for _, r := range g.tls {
		for _, rule := range r.Spec.Rules {
			add(r.Namespace, rule.BackendRefs...)
		}
	}
	for _, r := range g.tcp {
		for _, rule := range r.Spec.Rules {
			add(r.Namespace, rule.BackendRefs...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
