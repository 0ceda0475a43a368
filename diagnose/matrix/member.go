package matrix

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// member is a cluster of a fleet.
type member struct {
	*run
	name         string
	first        int // the place of its first source among all
	network      string
	certificates string // the root certificates, if they could be seen
	remote       string // whose control plane it has, if that is another cluster's
	local        []clusterLocal
	classOf      []int             // of its targets
	blocked      map[string]string // by the host of a target: what may lead requests elsewhere
	routes       []lead
	kinds        []crossKind
	domains      []domain
}

// crossKind are callers whose requests cross to other clusters alike.
type crossKind struct {
	plane   mesh.DataPlane
	held    string // what may keep them from leaving
	network string
	callers set
}

// domain are the callers whose identities are of one trust domain.
type domain struct {
	name    string
	missing string // what could not be read to know it
	callers set
}

// look finds what of a cluster matters to the others.
func (m *member) look() {
	m.classOf, m.blocked = make([]int, len(m.m.Targets)), map[string]string{}
	for class, targets := range m.due {
		for _, t := range targets {
			m.classOf[t] = class
		}
	}
	if ns, ok := cluster.Get[*corev1.Namespace](m.snap, "", m.MeshNamespace); ok {
		m.network = ns.Labels[networkLabel]
		m.remote = ns.Annotations["topology.istio.io/controlPlaneClusters"]
	}
	if cm, ok := cluster.Get[*corev1.ConfigMap](m.snap, m.MeshNamespace, rootCertificates); ok {
		m.certificates = strings.TrimSpace(cm.Data["root-cert.pem"])
	}
	for _, cm := range cluster.List[*corev1.ConfigMap](m.snap, m.MeshNamespace) {
		if cm.Name == "istio" || strings.HasPrefix(cm.Name, "istio-") {
			m.local = append(m.local, localsOf(cm)...)
		}
	}
}

// lookAtCallers finds the callers whose requests cross alike, and their trust domains.
func (m *member) lookAtCallers() {
	kinds, domains := map[crossKey]int{}, map[domainKey]int{}
	for _, i := range m.sources {
		c := m.callers[i]
		k := crossKey{c.presence.Plane, m.heldBack(c), cmp.Or(c.pod.Labels[networkLabel], m.network)}
		at, known := kinds[k]
		if !known {
			at = len(m.kinds)
			kinds[k] = at
			m.kinds = append(m.kinds, crossKind{k.plane, k.held, k.network, newSet(len(m.callers))})
		}
		m.kinds[at].callers.add(i)
		principal, missing := m.session.PrincipalOf(c.pod, m.MeshNamespace)
		name, _, _ := strings.Cut(principal, "/ns/")
		d := domainKey{name, missing}
		at, known = domains[d]
		if !known {
			at = len(m.domains)
			domains[d] = at
			m.domains = append(m.domains, domain{name, missing, newSet(len(m.callers))})
		}
		m.domains[at].callers.add(i)
	}
}

type (
	crossKey struct {
		plane         mesh.DataPlane
		held, network string
	}
	domainKey struct{ name, missing string }
)

// rootCertificates is the ConfigMap that holds the root of the mesh's certificates.
const rootCertificates = "istio-ca-root-cert"

// networkLabel says which network something is in. Without it, it is in the one without a
// name.
const networkLabel = "topology.istio.io/network"
