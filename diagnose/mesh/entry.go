package mesh

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// This file is what istiod knows of a workload that is no Pod: a WorkloadEntry, or
// an endpoint that stands in a ServiceEntry (istio: serviceregistry/serviceentry/
// conversion.go).

// annotationGroup names the WorkloadGroup that a proxy registered itself with.
const annotationGroup = "istio.io/autoRegistrationGroup"

// OfWorkloadEntry returns the data plane of the workload. A nil entry is not known.
//
// Nothing but labels and the service account tells: with one of them istiod takes
// the workload for one with a proxy, whose clients use mTLS; without, for one
// outside the mesh, even if a proxy runs there. The tunnel's label is that of a proxy
// which accepts HBONE.
func OfWorkloadEntry(we *networkingv1.WorkloadEntry) Presence {
	if we == nil {
		return Presence{Missing: "the WorkloadEntry"}
	}
	labels := EntryLabels(we)
	mode, has := labels[labelTLSMode]
	group := we.Annotations[annotationGroup]
	p := Presence{Plane: Sidecar, Revision: labels[labelRevision]}
	switch {
	case we.Annotations[annotationAmbient] == enabled:
		p.Plane, p.HBONE, p.Why = Ambient, true, "annotation "+annotationAmbient+": "+enabled
		return p
	case has && mode == "istio":
		p.Why = "label " + labelTLSMode + ": istio"
	case group != "":
		p.Why = "a proxy has registered itself with WorkloadGroup " + group
	case labels[labelTunnel] == "http":
		p.Why = "label " + labelTunnel + ": http"
	case !has && we.Spec.GetServiceAccount() != "":
		p.Why = "it has a serviceAccount"
	default:
		p.Plane, p.Cause = NoPlane, CauseNotLabelled
		p.Why = "it has neither a serviceAccount nor the label " + labelTLSMode + ": istio, so it is taken for one without a proxy"
		if has {
			p.Why = "label " + labelTLSMode + ": " + mode
		}
		return p
	}
	p.HBONE = labels[labelTunnel] == "http"
	if has && mode != "istio" && !p.HBONE {
		p.Notes = append(p.Notes, "label "+labelTLSMode+": "+mode+", so no client uses mTLS of itself")
	}
	if we.Spec.GetServiceAccount() == "" {
		p.Notes = append(p.Notes, "it has no serviceAccount, so its identity is not known")
	}
	return p
}

// EntryPrincipal returns the identity of the workload, without "spiffe://"; empty if
// the entry names no service account, for there is no default as with Pods.
func EntryPrincipal(c Config, we *networkingv1.WorkloadEntry) string {
	if we == nil || we.Spec.GetServiceAccount() == "" {
		return ""
	}
	return Principal(c, EntryPod(we))
}

// EntryLabels returns the labels that selectors and subsets see: those of the spec
// and of the object, which win.
func EntryLabels(we *networkingv1.WorkloadEntry) map[string]string {
	if we == nil {
		return nil
	}
	out := map[string]string{}
	for _, labels := range []map[string]string{we.Spec.GetLabels(), we.Labels} {
		for k, v := range labels {
			out[k] = v
		}
	}
	return out
}

// EntryPort returns the port that the workload is called at for a port of a Service
// or ServiceEntry: its own for the name, else the target, else the number.
func EntryPort(we *networkingv1.WorkloadEntry, name string, target, number uint32) uint16 {
	if we != nil {
		if port, ok := we.Spec.GetPorts()[name]; ok {
			return uint16(port)
		}
	}
	if target != 0 {
		return uint16(target)
	}
	return uint16(number)
}

// EntryPod returns a Pod that stands in for the workload where this package asks for
// one: [ServerMode], [ClientQuery], [Ingress], [SidecarOf]. It has the entry's name,
// labels, annotations, address and service account, and the label that says whether
// clients use mTLS; nil for nil. [Of] is not to be asked of it.
func EntryPod(we *networkingv1.WorkloadEntry) *corev1.Pod {
	if we == nil {
		return nil
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: we.Namespace, Name: we.Name, Annotations: we.Annotations, Labels: EntryLabels(we)}}
	pod.Spec.ServiceAccountName = we.Spec.GetServiceAccount()
	if _, has := pod.Labels[labelTLSMode]; !has {
		pod.Labels[labelTLSMode] = "disabled"
		if pod.Spec.ServiceAccountName != "" {
			pod.Labels[labelTLSMode] = "istio"
		}
	}
	if a, err := netip.ParseAddr(we.Spec.GetAddress()); err == nil {
		pod.Status.PodIP = a.String()
		pod.Status.PodIPs = []corev1.PodIP{{IP: a.String()}}
	}
	return pod
}

// InlineEntries returns the endpoints that stand in the ServiceEntry itself as
// WorkloadEntries, named as istiod names them: the ServiceEntry's name and the index.
// ztunnel is told to use HBONE by the labels of the ServiceEntry, not by theirs
// (istio: ambient/workloads.go), so clients in ambient see what that says.
func InlineEntries(se *networkingv1.ServiceEntry) []*networkingv1.WorkloadEntry {
	if se == nil || se.Spec.GetWorkloadSelector() != nil {
		return nil
	}
	var out []*networkingv1.WorkloadEntry
	for i, e := range se.Spec.GetEndpoints() {
		if e == nil {
			continue
		}
		we := &networkingv1.WorkloadEntry{ObjectMeta: metav1.ObjectMeta{Namespace: se.Namespace, Name: fmt.Sprintf("%s-%d", se.Name, i)}}
		e.DeepCopyInto(&we.Spec)
		out = append(out, we)
	}
	return out
}
