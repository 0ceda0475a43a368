package matrix

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	securityapi "istio.io/api/security/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// crossing is whether a caller's requests go on to the endpoints of other clusters.
type crossing struct {
	stays   bool   // they do not
	missing string // what is not known of it; empty: they do
}

// clusterLocal is an entry of meshConfig.serviceSettings: whether requests to a host stay
// in the cluster.
type clusterLocal struct {
	host  string
	local bool
}

// usuallyLocal are the hosts that stay in their cluster if nothing is said of them
// (pilot/pkg/model/cluster_local.go).
var usuallyLocal = []clusterLocal{{"*.kube-system.svc.cluster.local", true}, {"kubernetes.default.svc.cluster.local", true}}

// localsOf reads the serviceSettings of a mesh configuration.
func localsOf(cm *corev1.ConfigMap) []clusterLocal {
	var settings struct {
		ServiceSettings []struct {
			Settings struct {
				ClusterLocal bool `json:"clusterLocal"`
			} `json:"settings"`
			Hosts []string `json:"hosts"`
		} `json:"serviceSettings"`
	}
	if yaml.Unmarshal([]byte(cm.Data["mesh"]), &settings) != nil {
		return nil // what reads the rest of it says so
	}
	var out []clusterLocal
	for _, s := range settings.ServiceSettings {
		for _, h := range s.Hosts {
			out = append(out, clusterLocal{h, s.Settings.ClusterLocal})
		}
	}
	return out
}

// keeps reports whether requests to a host stay in the cluster: the most specific of the
// settings decides, the last of those that are alike.
func (m *member) keeps(host string) bool {
	best, out := -1, false
	for _, s := range slices.Concat(usuallyLocal, m.local) {
		rest, wild := strings.CutPrefix(s.host, "*")
		rank := len(rest)
		if !wild {
			rank += 1 << 16
		}
		if (s.host == host || wild && strings.HasSuffix(host, rest)) && rank >= best {
			best, out = rank, s.local
		}
	}
	return out
}

// host is what the mesh calls the Service of a target.
func (t Target) host() string { return t.service + "." + t.Namespace + ".svc.cluster.local" }

// mayName reports whether a host of a route or rule in a namespace may mean a target's.
func (t Target) mayName(host, namespace string) bool {
	host, _, _ = strings.Cut(strings.TrimPrefix(host, namespace+"/"), ":")
	if rest, wild := strings.CutPrefix(host, "*"); wild {
		return rest == "" || strings.HasSuffix(t.host(), rest) || strings.HasSuffix(t.service+"."+t.Namespace+".svc", rest) || strings.HasSuffix(t.service+"."+t.Namespace, rest)
	}
	parts := strings.Split(host, ".")
	return parts[0] == t.service && (len(parts) == 1 && namespace == t.Namespace || len(parts) > 1 && parts[1] == t.Namespace)
}

// crossingWords are the same for targets whose requests cross alike, whoever calls.
func (m *member) crossingWords(t Target) string {
	svc, port := m.service(t)
	if svc == nil {
		return fmt.Sprint("none", m.keeps(t.host()), m.blocked[t.host()])
	}
	return fmt.Sprint(m.keeps(t.host()), m.blocked[t.host()], port.Name, svc.Spec.ClusterIP == corev1.ClusterIPNone, svc.Spec.Type == corev1.ServiceTypeExternalName, m.endpoints(svc), spans(svc), svc.Labels[globalLabel])
}

// service is the Service of a target in a cluster, and the port; nil if it has none.
func (m *member) service(t Target) (*corev1.Service, corev1.ServicePort) {
	svc, ok := cluster.Get[*corev1.Service](m.snap, t.Namespace, t.service)
	if !ok {
		return nil, corev1.ServicePort{}
	}
	for _, p := range svc.Spec.Ports {
		if p.Port == t.number && (p.Protocol == "" || p.Protocol == corev1.ProtocolTCP) {
			return svc, p
		}
	}
	return nil, corev1.ServicePort{}
}

// spans reports whether a network plugin is told to span a Service over clusters
// (docs.cilium.io, Cluster Mesh, Load-balancing & Service Discovery).
func spans(svc *corev1.Service) bool {
	return svc.Annotations["service.cilium.io/global"] == "true" || svc.Annotations["io.cilium/global-service"] == "true"
}

// crosses tells whether requests of callers to a target go to other clusters, too.
func (m *member) crosses(k crossKind, t Target) crossing {
	svc, _ := m.service(t)
	unknown := func(format string, args ...any) crossing { return crossing{missing: fmt.Sprintf(format, args...)} }
	switch {
	case svc != nil && svc.Spec.Type == corev1.ServiceTypeExternalName:
		return crossing{stays: true} // it is another name, there
	case k.plane == mesh.NoPlane && svc != nil && spans(svc):
		return unknown("whether the network plugin of %s leads requests to %s to other clusters", m.name, t.Name)
	case k.plane == mesh.NoPlane:
		return crossing{stays: true}
	case k.plane == mesh.Ambient && svc != nil && svc.Labels[globalLabel] != "true":
		return crossing{stays: true}
	case k.plane != mesh.Sidecar && k.plane != mesh.Gateway:
		return unknown("whether workloads of %s whose data plane is %s reach other clusters", m.name, k.plane)
	case m.keeps(t.host()):
		return crossing{stays: true}
	case svc == nil:
		return unknown("whether %s is resolved in %s, where no Service has the name and port", t.Name, m.name)
	case svc.Spec.ClusterIP == corev1.ClusterIPNone:
		return unknown("to which clusters requests to %s go, which is headless", t.Name)
	case m.blocked[t.host()] != "":
		return unknown("what %s of %s makes of requests that go to other clusters", m.blocked[t.host()], m.name)
	case k.held != "":
		return unknown("whether %s of %s lets requests out to other clusters", k.held, m.name)
	}
	return crossing{}
}

// globalLabel makes a Service of ambient one of all clusters (istio.io, Ambient, Install
// Multicluster: only the setting of the local cluster counts).
const globalLabel = "istio.io/global"

// inTheWay names what of a cluster may lead requests to a target elsewhere, or change how
// they are sent; empty: nothing.
func (m *member) inTheWay(t Target) string {
	for _, vs := range cluster.List[*networkingv1.VirtualService](m.snap, "") {
		gateways := vs.Spec.GetGateways()
		if (len(gateways) == 0 || slices.Contains(gateways, "mesh")) && slices.ContainsFunc(vs.Spec.GetHosts(), func(h string) bool { return t.mayName(h, vs.Namespace) }) {
			return "VirtualService " + vs.Namespace + "/" + vs.Name
		}
	}
	for _, dr := range cluster.List[*networkingv1.DestinationRule](m.snap, "") {
		if t.mayName(dr.Spec.GetHost(), dr.Namespace) && changesTLS(dr.Spec.GetTrafficPolicy()) {
			return "DestinationRule " + dr.Namespace + "/" + dr.Name
		}
	}
	if off := m.disabling(t); off != "" {
		return off
	}
	return m.parentRoute(t)
}

// disabling names a PeerAuthentication that may turn the mesh's TLS off at a target; empty:
// there is none.
func (m *member) disabling(t Target) string {
	for _, pa := range cluster.List[*securityv1.PeerAuthentication](m.snap, "") {
		if (pa.Namespace == t.Namespace || m.roots[pa.Namespace]) && disables(pa) {
			return "PeerAuthentication " + pa.Namespace + "/" + pa.Name
		}
	}
	return ""
}

// changesTLS reports whether a rule's policy sends anything but the mesh's own TLS.
func changesTLS(p *networkingapi.TrafficPolicy) bool {
	other := func(t *networkingapi.ClientTLSSettings) bool {
		return t != nil && t.GetMode() != networkingapi.ClientTLSSettings_ISTIO_MUTUAL
	}
	return other(p.GetTls()) || slices.ContainsFunc(p.GetPortLevelSettings(), func(s *networkingapi.TrafficPolicy_PortTrafficPolicy) bool { return other(s.GetTls()) })
}

// disables reports whether a PeerAuthentication turns the mesh's TLS off somewhere: what
// one cluster says of a Service, the proxies of the others do not know.
func disables(pa *securityv1.PeerAuthentication) bool {
	off := func(mode securityapi.PeerAuthentication_MutualTLS_Mode) bool {
		return mode == securityapi.PeerAuthentication_MutualTLS_DISABLE
	}
	if off(pa.Spec.GetMtls().GetMode()) {
		return true
	}
	for _, p := range pa.Spec.GetPortLevelMtls() {
		if off(p.GetMode()) {
			return true
		}
	}
	return false
}

// heldBack names what of a cluster may keep a caller's requests from leaving it.
func (m *member) heldBack(c *caller) string {
	for _, n := range m.networks[c.Namespace] {
		if n.egress != "" && n.maySelect(c.pod) {
			return "NetworkPolicy " + n.Namespace + "/" + n.Name
		}
	}
	for _, s := range cluster.List[*networkingv1.Sidecar](m.snap, "") {
		if s.Namespace == c.Namespace || m.roots[s.Namespace] {
			return "Sidecar " + s.Namespace + "/" + s.Name
		}
	}
	for _, f := range cluster.List[*networkingv1alpha3.EnvoyFilter](m.snap, "") {
		if f.Namespace == c.Namespace || m.roots[f.Namespace] {
			return "EnvoyFilter " + f.Namespace + "/" + f.Name
		}
	}
	if m.visible.careful {
		return "a policy of a network plugin"
	}
	return ""
}
