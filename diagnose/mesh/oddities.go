package mesh

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// oddities tells what the labels and what runs do not agree about. They decide
// nothing; a Namespace that could not be read gives none.
func (p *Presence) oddities(pod *corev1.Pod, ns *corev1.Namespace) []string {
	var out []string
	if p.Plane == Sidecar && !p.Predicted {
		if ofJob(pod) && !nativeSidecar(pod) {
			out = append(out, "the sidecar is not a native one: it keeps a Job from completing unless the application ends it")
		}
		if _, enrol := enrolment(pod, ns); enrol.wanted {
			out = append(out, enrol.why+" too: the sidecar wins")
		}
	}
	if ns == nil {
		return out
	}
	inject := injection(pod, ns)
	if p.Cause == CauseHostNetwork && inject.wanted {
		out = append(out, inject.why+", but Pods on the host network are not injected")
	}
	if wanted := revisionWanted(pod, ns); p.Plane == Sidecar && !p.Predicted && wanted != "" {
		if got := pod.Annotations[labelRevision]; got != "" && got != wanted {
			out = append(out, "it was injected by revision "+got+", and what is asked for is "+wanted+": unless that is a tag of the same revision, restart the Pod")
		}
	}
	return out
}

// revisionWanted returns the revision, or the tag of one, that labels ask for; empty if
// they name none: istio-injection asks for the default, whichever that is.
func revisionWanted(pod *corev1.Pod, ns *corev1.Namespace) string {
	if _, legacy := ns.Labels[labelInjection]; legacy {
		return ""
	}
	return first(ns.Labels[labelRevision], pod.Labels[labelRevision])
}

// onWindows reports whether the Pod is for a Windows node.
func onWindows(pod *corev1.Pod) bool {
	return pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows ||
		pod.Spec.NodeSelector["kubernetes.io/os"] == "windows" || pod.Spec.NodeSelector["beta.kubernetes.io/os"] == "windows"
}

// ofJob reports whether a Job made the Pod.
func ofJob(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.OwnerReferences, func(r metav1.OwnerReference) bool { return r.Kind == "Job" })
}

// nativeSidecar reports whether the proxy is an init container, so that it ends with
// the others.
func nativeSidecar(pod *corev1.Pod) bool {
	c, _ := proxyContainer(pod)
	for i := range pod.Spec.InitContainers {
		if c == &pod.Spec.InitContainers[i] {
			return true
		}
	}
	return c == nil // not to be seen: nothing is said of it
}
