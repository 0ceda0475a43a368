package matrix

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Source is who may call: a Pod, or somebody who is not in sight.
type Source struct {
	// Name is pod/NAME.NAMESPACE, or TYPE/NAME.NAMESPACE of what would create a Pod, or
	// diagnose.AnyWorkload or diagnose.Anybody.
	Name string `json:"name"`
	// Workload is what the Pod belongs to: deploy/sleep.foo.
	Workload string `json:"workload"`
	// Namespace is empty for who is not in sight.
	Namespace string `json:"namespace,omitempty"`
	// Cluster is that of several that it is in: its names end in @ and the cluster's.
	Cluster string `json:"cluster,omitempty"`
}

// Stranger reports whether the source is one that is not in sight.
func (s Source) Stranger() bool { return s.Namespace == "" }

// bare is a name of the source without its cluster.
func (s Source) bare(name string) string {
	if s.Cluster == "" {
		return name
	}
	return strings.TrimSuffix(name, "@"+s.Cluster)
}

// caller is a Pod as a source.
type caller struct {
	Source
	pod      *corev1.Pod
	ns       *corev1.Namespace
	presence mesh.Presence
	account  string
	address  netip.Addr
	kind     string // of whose ways it has, see world.kindOf
}

// callers are the Pods that can call, by namespace and name.
func callers(snap *cluster.Snapshot) []*caller {
	var out []*caller
	for _, pod := range cluster.List[*corev1.Pod](snap, "") {
		if pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		c := &caller{pod: pod, account: cmp.Or(pod.Spec.ServiceAccountName, "default"), ns: namespaceOf(snap, pod.Namespace)}
		c.presence = mesh.Of(pod, c.ns)
		if ip, err := netip.ParseAddr(pod.Status.PodIP); err == nil {
			c.address = ip.Unmap()
		}
		c.Name, c.Namespace = "pod/"+pod.Name+"."+pod.Namespace, pod.Namespace
		if kind := pod.Annotations[cluster.PredictedAnnotation]; kind != "" {
			c.Name = strings.ToLower(kind) + "/" + pod.Name + "." + pod.Namespace
		}
		kind, name := diagnose.WorkloadOf(pod)
		c.Workload = kind + "/" + name + "." + pod.Namespace
		out = append(out, c)
	}
	return out
}

// namespaceOf is nil for a Namespace that could not be read; one that is named and not
// declared is there without labels.
func namespaceOf(snap *cluster.Snapshot, name string) *corev1.Namespace {
	if ns, ok := cluster.Get[*corev1.Namespace](snap, "", name); ok {
		return ns
	}
	if _, missing := snap.Missing(cluster.Namespaces, "", name); missing {
		return nil
	}
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

// kindOf is what of a Pod may change its ways, whatever the target is.
func (w *world) kindOf(c *caller) string {
	pod, p := c.pod, c.presence
	if w.visible.alone || p.Plane == mesh.UnknownPlane || p.Plane == mesh.Gateway || p.Plane == mesh.Waypoint || pod.Spec.HostNetwork {
		return c.Name // there are few, and each may be alone
	}
	v := w.visible
	var nsLabels map[string]string
	if c.ns != nil {
		nsLabels = c.ns.Labels
	}
	words := []string{
		p.Plane.String(), p.Cause.String(), p.Missing, p.Revision, p.GatewayName, fmt.Sprint(p.HBONE, p.Predicted, c.ns == nil),
		pod.Annotations[cluster.PredictedAnnotation], w.marked[pod.Namespace],
		v.labels(pod.Labels), v.labels(nsLabels), meshWords(pod.Annotations), w.egressOf(c),
	}
	words = append(words, v.sidecars[pod.Namespace])
	if diagnose.PerNode(p.Plane, w.snap) {
		words = append(words, pod.Spec.NodeName)
	}
	if v.all || v.namespaces[pod.Namespace] || w.anywhere && v.narrowed(pod.Namespace) {
		words = append(words, pod.Namespace)
	}
	if v.careful {
		words = append(words, pod.Namespace, c.account, labels.Set(pod.Labels).String(), labels.Set(nsLabels).String(), c.address.String(), pod.Spec.NodeName, portWords(pod))
	}
	return strings.Join(words, "\x00")
}

// ofMesh reports whether a label or annotation is the mesh's.
func ofMesh(key string) bool {
	return strings.Contains(key, "istio.io/") || strings.Contains(key, "gateway.networking.k8s.io/")
}

// meshWords are the annotations that are the mesh's.
func meshWords(annotations map[string]string) string {
	out := map[string]string{}
	for k, v := range annotations {
		if ofMesh(k) {
			out[k] = v
		}
	}
	return labels.Set(out).String()
}

func portWords(pod *corev1.Pod) string {
	var out strings.Builder
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for _, c := range list {
			for _, p := range c.Ports {
				fmt.Fprint(&out, p.Name, "=", p.ContainerPort, p.Protocol, ",")
			}
		}
	}
	return out.String()
}
