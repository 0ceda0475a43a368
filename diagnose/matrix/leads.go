package matrix

import (
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// lead is a route of a cluster, and the hosts that it leads to.
type lead struct {
	name      string
	namespace string
	hosts     []string // that it is for
	parents   []gatewayv1.ParentReference
	atGateway bool
	inMesh    bool
	to        []string
	away      []string // hosts among them that other clusters have endpoints of
}

// leads are the routes of a cluster.
func (m *member) leads() []lead {
	var out []lead
	for _, vs := range cluster.List[*networkingv1.VirtualService](m.snap, "") {
		gateways := vs.Spec.GetGateways()
		out = append(out, lead{
			name: "VirtualService " + vs.Namespace + "/" + vs.Name, namespace: vs.Namespace, hosts: vs.Spec.GetHosts(), to: destinations(&vs.Spec),
			inMesh:    len(gateways) == 0 || slices.Contains(gateways, "mesh"),
			atGateway: slices.ContainsFunc(gateways, func(g string) bool { return g != "mesh" }),
		})
	}
	add := func(kind string, o metav1.Object, parents []gatewayv1.ParentReference) *lead {
		l := lead{name: kind + " " + o.GetNamespace() + "/" + o.GetName(), namespace: o.GetNamespace(), parents: parents}
		for _, p := range parents {
			service := p.Kind != nil && *p.Kind == "Service"
			l.inMesh, l.atGateway = l.inMesh || service, l.atGateway || !service
		}
		out = append(out, l)
		return &out[len(out)-1]
	}
	for _, r := range cluster.List[*gatewayv1.HTTPRoute](m.snap, "") {
		l := add("HTTPRoute", r, r.Spec.ParentRefs)
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				l.lead(b.BackendRef)
			}
		}
	}
	for _, r := range cluster.List[*gatewayv1.GRPCRoute](m.snap, "") {
		l := add("GRPCRoute", r, r.Spec.ParentRefs)
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				l.lead(b.BackendRef)
			}
		}
	}
	for _, r := range cluster.List[*gatewayv1.TLSRoute](m.snap, "") {
		l := add("TLSRoute", r, r.Spec.ParentRefs)
		for _, rule := range r.Spec.Rules {
			l.lead(rule.BackendRefs...)
		}
	}
	for _, r := range cluster.List[*gatewayv1.TCPRoute](m.snap, "") {
		l := add("TCPRoute", r, r.Spec.ParentRefs)
		for _, rule := range r.Spec.Rules {
			l.lead(rule.BackendRefs...)
		}
	}
	return out
}

// lead adds what a route of the Gateway API leads to.
func (l *lead) lead(refs ...gatewayv1.BackendRef) {
	for _, r := range refs {
		ns := l.namespace
		if r.Namespace != nil {
			ns = string(*r.Namespace)
		}
		l.to = append(l.to, string(r.Name)+"."+ns)
	}
}

// destinations are the hosts that a VirtualService leads to.
func destinations(vs *networkingapi.VirtualService) []string {
	out := diagnose.DestinationsOf(vs)
	if slices.ContainsFunc(vs.GetHttp(), func(r *networkingapi.HTTPRoute) bool { return r.GetDelegate() != nil }) {
		out = append(out, "*") // what that leads to is not looked up
	}
	return out
}

// spread finds, of the routes of each cluster, which lead to Services of which others have
// endpoints.
func (f *fleet) spread() {
	has := make([][]Target, len(f.members))
	for i, m := range f.members {
		for _, svc := range cluster.List[*corev1.Service](m.snap, "") {
			if m.endpoints(svc) {
				has[i] = append(has[i], Target{Namespace: svc.Namespace, service: svc.Name})
			}
		}
	}
	for i, m := range f.members {
		m.routes = m.leads()
		for k := range m.routes {
			l := &m.routes[k]
			for j := range f.members {
				for _, t := range has[j] {
					if j != i && slices.ContainsFunc(l.to, func(h string) bool { return t.mayName(h, l.namespace) }) {
						l.away = append(l.away, t.host())
					}
				}
			}
		}
	}
}

// ledAway names a route of a cluster that leads requests to a target on to another Service,
// of which other clusters have endpoints; empty: there is none. atGateway says that the
// target is a gateway, and the route one of gateways.
func (m *member) ledAway(t Target) (name string, atGateway bool) {
	svc, _ := m.service(t)
	gateway := svc != nil && slices.ContainsFunc(m.selects(svc), func(p *corev1.Pod) bool { return m.callers[m.index[p]].presence.Plane == mesh.Gateway })
	for _, l := range m.routes {
		forIt := l.names(t) || l.hasParent(t)
		if (forIt || l.atGateway && gateway) && slices.ContainsFunc(l.away, func(h string) bool { return h != t.host() }) {
			return l.name, !forIt
		}
	}
	return "", false
}

// parentRoute names a route of the Gateway API that is for a target's Service; empty: there
// is none.
func (m *member) parentRoute(t Target) string {
	i := slices.IndexFunc(m.routes, func(l lead) bool { return l.hasParent(t) })
	if i < 0 {
		return ""
	}
	return m.routes[i].name
}

// names reports whether a VirtualService of the mesh may be for the host of a target.
func (l lead) names(t Target) bool {
	return l.inMesh && slices.ContainsFunc(l.hosts, func(h string) bool { return t.mayName(h, l.namespace) })
}

// hasParent reports whether a route is for the Service of a target.
func (l lead) hasParent(t Target) bool {
	return slices.ContainsFunc(l.parents, func(p gatewayv1.ParentReference) bool {
		ns := l.namespace
		if p.Namespace != nil {
			ns = string(*p.Namespace)
		}
		return p.Kind != nil && *p.Kind == "Service" && string(p.Name) == t.service && ns == t.Namespace
	})
}
