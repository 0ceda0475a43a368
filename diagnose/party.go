package diagnose

import (
	"net/netip"
	"strconv"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// gatewayNameLabel marks the Pods of a Gateway of the Gateway API.
const gatewayNameLabel = "gateway.networking.k8s.io/gateway-name"

// party is one end of the way: a Pod, or an address that is none.
type party struct {
	pod     *corev1.Pod // nil: an address outside
	ns      *corev1.Namespace
	address netip.Addr // of a party without a Pod
	host    string     // its name, if it has one
	node    bool       // a process of the node that the target is on
	anybody bool       // whoever calls, at whatever address
	meshed  bool       // somebody with an identity of the mesh
	// principal is the identity of who is meshed and no Pod; empty: whichever.
	principal string
	entry     bool // pod stands in for a workload that is none: a WorkloadEntry
	presence  mesh.Presence
	port      uint16 // of a destination: the Pod's port; 0 is not known
	ready     bool
}

// podParty describes a Pod with what the snapshot knows of its namespace.
func (in *inquiry) podParty(pod *corev1.Pod) party {
	p := party{pod: pod, ns: in.namespace(pod.Namespace), ready: ready(pod)}
	if p.ns == nil {
		asked := in.snap.Asked(get(cluster.Namespaces, "", pod.Namespace))
		if asked && in.missing(cluster.Namespaces, "", pod.Namespace) == "" { // a Namespace that is named but not declared exists without labels
			p.ns = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: pod.Namespace}}
		}
	}
	p.presence = mesh.Of(pod, p.ns)
	return p
}

// entryParty describes a workload that is no Pod.
func (in *inquiry) entryParty(we *networkingv1.WorkloadEntry) party {
	return party{
		pod: mesh.EntryPod(we), ns: in.namespace(we.Namespace), ready: true, entry: true,
		presence: mesh.OfWorkloadEntry(we), host: we.Spec.GetAddress(),
	}
}

// outsider is a source outside the mesh.
func outsider(ip netip.Addr) party {
	return party{address: ip, ready: true, presence: mesh.Presence{Plane: mesh.NoPlane, Why: "an address outside the mesh"}}
}

// String names the party as its user does: namespace/name, or the address.
func (p party) String() string {
	switch {
	case p.pod != nil:
		return p.pod.Namespace + "/" + p.pod.Name
	case p.host != "":
		return p.host
	case p.address.IsValid():
		return p.address.String()
	}
	return "an unknown address"
}

// who names the party in a sentence: namespace and workload, so that a sentence
// holds for all of its Pods.
func (p party) who() string {
	if p.pod == nil {
		return p.String()
	}
	_, name := WorkloadOf(p.pod)
	return p.pod.Namespace + "/" + name
}

// podAt finds the Pod of a namespace with an address.
func (in *inquiry) podAt(namespace, address string) *corev1.Pod {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return nil
	}
	return firstRunning(in.podsAt(ip.Unmap()), namespace)
}

// firstRunning is the first that takes part in traffic, of a namespace or of all.
func firstRunning(pods []*corev1.Pod, namespace string) *corev1.Pod {
	for _, pod := range pods {
		if running(pod) && (namespace == "" || pod.Namespace == namespace) {
			return pod
		}
	}
	return nil
}

// ip is the party's address; the zero Addr is not known.
func (p party) ip() netip.Addr {
	if p.pod == nil {
		return p.address
	}
	ip, err := netip.ParseAddr(p.pod.Status.PodIP)
	if err != nil {
		return netip.Addr{}
	}
	return ip.Unmap()
}

func (p party) endpoint() netpol.Endpoint {
	switch {
	case p.pod == nil:
		return netpol.Endpoint{IP: p.address, Name: p.host}
	case p.entry: // no network plugin stands before it
		return netpol.Endpoint{IP: p.ip(), Name: p.String()}
	}
	return netpol.PodEndpoint(p.pod, p.ns)
}

// workload names what the Pod belongs to: deploy/sleep.foo, or the Pod itself.
func (p party) workload() string {
	if p.pod == nil {
		if p.anybody || p.principal != "" {
			return p.host
		}
		return "ip/" + p.String()
	}
	kind, name := WorkloadOf(p.pod)
	if p.entry {
		kind = "workloadentry"
	}
	return kind + "/" + name + "." + p.pod.Namespace
}

// WorkloadOf names what created a Pod, of which only the metadata counts: deploy and the
// name of a Deployment; pod and the Pod's own where nothing did. A ReplicaSet whose name
// ends in the Pod's template hash is a Deployment's.
func WorkloadOf(pod metav1.Object) (kind, name string) {
	ref := metav1.GetControllerOf(pod)
	if ref == nil {
		return "pod", pod.GetName()
	}
	if ref.Kind == "ReplicaSet" {
		if hash := pod.GetLabels()["pod-template-hash"]; hash != "" && strings.HasSuffix(ref.Name, "-"+hash) {
			return "deploy", strings.TrimSuffix(ref.Name, "-"+hash)
		}
	}
	for _, c := range creators() {
		if c.resource.Kind == ref.Kind {
			return c.words[0], ref.Name
		}
	}
	return strings.ToLower(ref.Kind), ref.Name
}

// predicted reports whether the Pod does not exist yet.
func predicted(pod *corev1.Pod) bool { return pod.Annotations[cluster.PredictedAnnotation] != "" }

// running reports whether a Pod takes part in traffic, or will.
func running(pod *corev1.Pod) bool {
	return pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed
}

// ready reports whether a Pod is ready. One that nobody wrote a status for is.
func ready(pod *corev1.Pod) bool {
	if pod.DeletionTimestamp != nil {
		return false
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return pod.Status.Phase == "" || pod.Status.Phase == corev1.PodRunning
}

// shortPort words a Service's port: "8000 (http)".
func shortPort(number int32, name string) string {
	if name == "" {
		return strconv.Itoa(int(number))
	}
	return strconv.Itoa(int(number)) + " (" + name + ")"
}
