package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// workload is a Pod that stands for all its replicas.
type workload struct {
	pod      *corev1.Pod
	presence mesh.Presence
	services []*corev1.Service
	peers    []*securityv1.PeerAuthentication
	tokens   []*securityv1.RequestAuthentication
	custom   map[string]*securityv1.AuthorizationPolicy // the first of each provider
	admits   *bool                                      // its waypoint, once that was asked
}

// String names the workload: Pod namespace/name.
func (l *workload) String() string { return "Pod " + l.pod.Namespace + "/" + l.pod.Name }

// workloads are all workloads, and by what one looks for them.
type workloads struct {
	all     []*workload
	of      map[string][]*workload // by namespace
	labels  map[label][]*workload  // by label, with the namespace and without
	values  map[[2]string][]string // the values of a label, by namespace and key
	running bool                   // some of them were Pods, and not only what creates them
}

type label struct{ namespace, key, value string }

// passing are labels by which only replicas differ.
var passing = []string{
	"pod-template-hash", "controller-revision-hash", "pod-template-generation",
	"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
}

func newWorkloads(s *cluster.Snapshot) *workloads {
	out := &workloads{of: map[string][]*workload{}, labels: map[label][]*workload{}, values: map[[2]string][]string{}}
	seen := map[string]bool{}
	for _, pod := range cluster.List[*corev1.Pod](s, "") {
		ns, _ := cluster.Get[*corev1.Namespace](s, "", pod.Namespace)
		l := &workload{pod: pod, presence: mesh.Of(pod, ns)}
		out.running = out.running || !l.presence.Predicted
		if id := l.identity(); !seen[id] {
			seen[id] = true
			out.add(l)
		}
	}
	return out
}

func (ws *workloads) add(l *workload) {
	ns := l.pod.Namespace
	ws.all = append(ws.all, l)
	ws.of[ns] = append(ws.of[ns], l)
	for k, v := range l.pod.Labels {
		if here := (label{ns, k, v}); len(ws.labels[here]) == 0 {
			ws.values[[2]string{ns, k}] = append(ws.values[[2]string{ns, k}], v)
		}
		for _, place := range []string{ns, ""} {
			ws.labels[label{place, k, v}] = append(ws.labels[label{place, k, v}], l)
		}
	}
}

// identity is what the replicas of a workload have in common.
func (l *workload) identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %v %v", l.pod.Namespace, l.pod.Spec.ServiceAccountName, l.presence.Plane, l.presence.Predicted)
	for _, k := range slices.Sorted(maps.Keys(l.pod.Labels)) {
		if !slices.Contains(passing, k) {
			fmt.Fprintf(&b, " %s=%s", k, l.pod.Labels[k])
		}
	}
	for _, c := range l.pod.Spec.Containers {
		for _, p := range c.Ports {
			fmt.Fprintf(&b, " %s:%d", p.Name, p.ContainerPort)
		}
	}
	return b.String()
}

// reach returns what the labels select in a namespace, or everywhere. Each selector is
// looked up once.
func (w *world) reach(namespace string, selector map[string]string, everywhere bool) *scope {
	if everywhere {
		namespace = ""
	}
	id := namespace
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		id += "\x00" + k + "\x00" + selector[k]
	}
	if out, ok := w.reaches[id]; ok {
		return out
	}
	candidates := w.all
	if namespace != "" {
		candidates = w.of[namespace]
	}
	for k, v := range selector {
		if some := w.labels[label{namespace, k, v}]; len(some) < len(candidates) {
			candidates = some
		}
	}
	out := &scope{}
	for _, l := range candidates {
		if mesh.Selects(selector, l.pod.Labels) {
			out.loads = append(out.loads, l)
		}
	}
	w.reaches[id] = out
	return out
}

// mode is the mTLS mode of a port.
func (w *world) mode(l *workload, port uint16) mesh.Server {
	return mesh.ServerMode(w.cfg, l.pod, l.presence.Plane, port, l.peers)
}
