package matrix

import (
	"fmt"
	"slices"
	"strings"

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
