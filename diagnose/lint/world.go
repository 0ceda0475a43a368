package lint

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// world is a snapshot in the order in which the checks ask of it.
type world struct {
	snap *cluster.Snapshot
	o    Options
	cfg  mesh.Config
	// configured says that the mesh's settings were read, and are not assumed.
	configured bool
	// dump says that the objects are those of a cluster and not only manifests.
	dump bool
	// ambientInSight says that ztunnel runs, or a workload in its care.
	ambientInSight bool
	// revisions are those of the control planes in sight.
	revisions map[string]bool
	*workloads
	accounts map[string]map[string]bool                  // service accounts by namespace
	names    map[string][]string                         // of the service accounts, sorted; those of namespaces for ""
	home     map[string]string                           // the first namespace that has a service account of the name
	outside  map[string]string                           // hosts of ServiceEntries outside the mesh
	targeted map[string]bool                             // what RequestAuthentications name: namespace Kind name, and namespace for any Gateway
	peersOf  map[string][]*securityv1.PeerAuthentication // of one class, the oldest first
	reaches  map[string]*scope                           // what selectors reach
}

func newWorld(s *cluster.Snapshot, o Options) *world {
	if o.MeshNamespace == "" {
		o.MeshNamespace = "istio-system"
	}
	w := &world{snap: s, o: o, cfg: mesh.DefaultConfig(), revisions: map[string]bool{}, reaches: map[string]*scope{}}
	w.readConfig()
	w.workloads = newWorkloads(s)
	w.readRevisions()
	w.ambientInSight = slices.ContainsFunc(w.all, func(l *workload) bool {
		return l.presence.Plane == mesh.Ambient || l.pod.Labels["app"] == "ztunnel"
	})
	w.dump = !o.Manifests || w.configured || w.running || len(w.revisions) > 0
	w.readAccounts()
	w.attach()
	return w
}

// readConfig finds the mesh's settings; of several control planes the plain one's.
func (w *world) readConfig() {
	w.cfg.RootNamespace = w.o.MeshNamespace
	for _, cm := range cluster.List[*corev1.ConfigMap](w.snap, w.o.MeshNamespace) {
		rev, revised := strings.CutPrefix(cm.Name, "istio-")
		if _, ok := cm.Data["mesh"]; !ok || cm.Name != "istio" && !revised {
			continue
		}
		if cm.Name == "istio" {
			rev = "default"
		}
		if own := cm.Labels[authz.RevisionLabel]; own != "" {
			rev = own
		}
		w.revisions[rev] = true
		c, err := mesh.ParseConfig(cm)
		if err != nil || w.configured && cm.Name != "istio" {
			continue
		}
		if c.RootNamespace == "" {
			c.RootNamespace = w.o.MeshNamespace
		}
		w.cfg, w.configured = c, true
	}
}

// readRevisions takes those that control planes in sight have, and settles which
// objects they look at: with several, or none, none is told apart.
func (w *world) readRevisions() {
	for _, l := range w.all {
		if l.pod.Labels["app"] != "istiod" {
			continue
		}
		rev := l.pod.Labels[authz.RevisionLabel]
		if rev == "" {
			rev = "default"
		}
		w.revisions[rev] = true
	}
	w.cfg.Revision = ""
	if len(w.revisions) == 1 {
		for rev := range w.revisions {
			w.cfg.Revision = rev
		}
	}
}

// readAccounts finds the service accounts that exist, or that somebody runs as.
func (w *world) readAccounts() {
	w.accounts = map[string]map[string]bool{}
	add := func(ns, name string) {
		if w.accounts[ns] == nil {
			w.accounts[ns] = map[string]bool{}
		}
		w.accounts[ns][name] = true
	}
	for _, sa := range cluster.List[*corev1.ServiceAccount](w.snap, "") {
		add(sa.Namespace, sa.Name)
	}
	for _, l := range w.all {
		add(l.pod.Namespace, or(l.pod.Spec.ServiceAccountName, "default"))
	}
	for _, we := range cluster.List[*networkingv1.WorkloadEntry](w.snap, "") {
		add(we.Namespace, or(we.Spec.GetServiceAccount(), "default"))
	}
	w.names, w.home = map[string][]string{}, map[string]string{}
	for _, ns := range slices.Sorted(maps.Keys(w.accounts)) {
		w.names[ns] = slices.Sorted(maps.Keys(w.accounts[ns]))
		for _, name := range w.names[ns] {
			if w.home[name] == "" && ns != w.cfg.RootNamespace {
				w.home[name] = ns
			}
		}
	}
	for _, ns := range cluster.List[*corev1.Namespace](w.snap, "") {
		w.names[""] = append(w.names[""], ns.Name)
	}
	// What istiod makes of a Gateway stands in no manifests. It says nothing of what else
	// there is in the namespace, so it is not among the names.
	for _, g := range cluster.List[*gatewayv1.Gateway](w.snap, "") {
		add(g.Namespace, gatewayAccount(g))
	}
}

// gatewayAccount is the service account that istiod gives to the proxy of a Gateway of the
// Gateway API (istio/pilot/pkg/config/kube/gatewaycommon, deploymentcontroller.go and classinfo.go).
func gatewayAccount(g *gatewayv1.Gateway) string {
	if name := g.Annotations["gateway.istio.io/service-account"]; name != "" {
		return name
	}
	switch class := string(g.Spec.GatewayClassName); class {
	case "istio-waypoint", "istio-east-west", "istio-agentgateway", "istio-agentgateway-waypoint":
		return g.Name
	default:
		return g.Name + "-" + class
	}
}

// otherRevision reports whether no control plane in sight looks at an object.
func (w *world) otherRevision(labels map[string]string) bool {
	rev, has := labels[authz.RevisionLabel]
	return has && len(w.revisions) > 0 && !w.revisions[rev]
}

// read reports whether the objects of a resource, in a namespace or in all, are known:
// what was not among them is not there. Of manifests nothing is known.
func (w *world) read(r cluster.Resource, namespace string) bool {
	if w.o.Manifests || !w.snap.Asked(cluster.Query{Resource: r, Namespace: namespace}) {
		return false
	}
	_, missing := w.snap.Missing(r, namespace, "")
	return !missing
}

// namespace returns a namespace and whether its labels are known: of one that manifests
// only name they are not.
func (w *world) namespace(name string) (*corev1.Namespace, bool) {
	ns, ok := cluster.Get[*corev1.Namespace](w.snap, "", name)
	return ns, ok && (!w.o.Manifests || len(ns.Labels) > 0)
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
