package matrix

import (
	"context"
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// across asks what becomes of the requests of callers of one member at the endpoints of
// another.
func (a *asker) across(ctx context.Context, place, from, to int, kind crossKind) []answer {
	m, other := a.members[from], a.members[to]
	if why := m.between(kind, other, a.m.Targets[place]); why != "" {
		return []answer{{unknown(why), kind.callers}}
	}
	t := other.m.Targets[a.at[place][to]]
	var out []answer
	for _, d := range m.domains {
		some, _ := kind.callers.cut(d.callers)
		if some.empty() {
			continue
		}
		if d.missing != "" {
			out = append(out, answer{unknown("the trust domain of " + m.name + ": " + d.missing), some})
			continue
		}
		spiffe := func(i int) string {
			return "spiffe://" + d.name + identity{m.callers[i].Namespace, m.callers[i].account}.String()
		}
		met, err := a.sessions[to].Meet(ctx, other.question(spiffe(some.first()), t))
		if err != nil {
			out = append(out, answer{unknown(err.Error()), some})
			continue
		}
		named := other.namedBy(met.Pods, met.Namespaces)
		named.addresses = nil // they are not known there
		classes := []set{some}
		for _, one := range a.sets[from].ofNames(named) {
			classes = refine(classes, one)
		}
		slices.SortFunc(classes, func(a, b set) int { return a.first() - b.first() })
		for _, class := range classes {
			d, err := other.judge(ctx, a.sessions[to], spiffe(class.first()), t)
			if err != nil {
				d = unknown(err.Error())
			}
			out = append(out, answer{m.received(kind, other, d, met.Pods), class})
		}
	}
	return out
}

// between names what is not known of the way between two members; empty: it is.
func (m *member) between(kind crossKind, other *member, t Target) string {
	svc, port := m.service(t)
	_, theirs := other.service(t)
	off := other.disabling(t)
	switch {
	case other.remote != "":
		return other.whosePolicies()
	case off != "":
		return fmt.Sprintf("whether proxies of %s know that %s of %s turns the mesh's TLS off", m.name, off, other.name)
	case m.certificates != "" && other.certificates != "" && m.certificates != other.certificates:
		return fmt.Sprintf("whether %s and %s trust each other: the certificates in ConfigMap %s/%s are not the same", m.name, other.name, m.MeshNamespace, rootCertificates)
	case svc != nil && port.Name != theirs.Name:
		return fmt.Sprintf("whether the endpoints in %s are those of %s in %s: the port is called %q there and %q here", other.name, t.Name, m.name, theirs.Name, port.Name)
	case kind.network != other.network && !other.entered():
		return fmt.Sprintf("how network %q of %s is reached from network %q of %s: no east-west gateway is in sight, a Service with the label %s and a Gateway that passes TLS through", other.network, other.name, kind.network, m.name, networkLabel)
	}
	return ""
}

// received is what the policies of another cluster make of requests, with what of the way
// there is not known.
func (m *member) received(kind crossKind, other *member, d detail, met []*corev1.Pod) detail {
	bare := 0
	for _, pod := range met {
		plane := mesh.Of(pod, namespaceOf(other.snap, pod.Namespace)).Plane
		switch {
		case pod.Labels[networkLabel] != "" && pod.Labels[networkLabel] != other.network:
			return unknown("how the network of " + pod.Namespace + "/" + pod.Name + " in " + other.name + " is reached")
		case plane == mesh.NoPlane:
			bare++
		case plane != mesh.Sidecar:
			return unknown(fmt.Sprintf("how requests of %s get to %s/%s in %s, whose data plane is %s", m.name, pod.Namespace, pod.Name, other.name, plane))
		}
	}
	if kind.network != other.network {
		_, _, restricted := other.peers(met)
		switch {
		case bare == len(met) && bare > 0:
			return detail{Cell: Cell{Verdict: diagnose.Denied, Connection: diagnose.Denied}, by: "no endpoint that takes mTLS, without which no other network is reached"}
		case bare > 0:
			return unknown("which endpoints of " + other.name + " are reached: those without a sidecar are left out of other networks")
		case restricted:
			return unknown("whether NetworkPolicies of " + other.name + " let its east-west gateway in")
		}
	}
	if d.Connection == diagnose.Denied && strings.HasPrefix(d.by, string(diagnose.StageNetworkPolicy)) && hasGroup(other.snap, "cilium.io") {
		return unknown("whether the network plugin of " + other.name + " takes Pods of " + m.name + " for its own")
	}
	return d
}

// hasGroup reports whether a cluster serves an API group.
func hasGroup(snap *cluster.Snapshot, name string) bool {
	return slices.ContainsFunc(cluster.List[*cluster.APIGroup](snap, ""), func(g *cluster.APIGroup) bool { return g.Name == name })
}

// entered reports whether there is a way into the network of a cluster from others: an
// east-west gateway, which passes TLS through to the endpoints.
func (m *member) entered() bool {
	passes := func(s *networkingapi.Server) bool {
		return s.GetTls().GetMode() == networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH
	}
	for _, gw := range cluster.List[*gatewayv1.Gateway](m.snap, "") {
		if gw.Labels[networkLabel] == m.network {
			return true
		}
	}
	if !slices.ContainsFunc(cluster.List[*corev1.Service](m.snap, ""), func(s *corev1.Service) bool { return s.Labels[networkLabel] == m.network && m.network != "" }) {
		return false
	}
	return slices.ContainsFunc(cluster.List[*networkingv1.Gateway](m.snap, ""), func(g *networkingv1.Gateway) bool { return slices.ContainsFunc(g.Spec.GetServers(), passes) })
}

// whosePolicies is what is not known of a cluster that has no control plane of its own.
func (m *member) whosePolicies() string {
	return fmt.Sprintf("which policies are in force in %s: its control plane is that of %s, which reads those of its own cluster", m.name, m.remote)
}

// endpoints reports whether a Service has endpoints in its cluster.
func (m *member) endpoints(svc *corev1.Service) bool {
	parts := m.slicesOf(svc)
	if len(parts) == 0 {
		return len(m.selects(svc)) > 0
	}
	return slices.ContainsFunc(parts, func(s *discoveryv1.EndpointSlice) bool { return len(s.Endpoints) > 0 })
}
