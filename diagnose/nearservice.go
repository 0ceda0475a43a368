package diagnose

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// portOwner names the Service that says what a port is, before what it says.
func (w *walk) portOwner() string {
	if svc := w.r.service; svc != nil && w.r.protocolWhy != "" {
		return "Service " + svc.Namespace + "/" + svc.Name + ", "
	}
	return ""
}

// nobodySelected words why a Service leads to no Pod that runs: the workload that is
// scaled to nothing, Pods that no EndpointSlice names, or the Pod that it was most likely
// meant for.
func (in *inquiry) nobodySelected(svc *corev1.Service) string {
	sel := svc.Spec.Selector
	for _, pod := range in.selected(svc.Namespace, sel) {
		if pod.Annotations[cluster.PredictedReplicasAnnotation] == "0" {
			kind := pod.Annotations[cluster.PredictedAnnotation]
			return fmt.Sprintf("%s %s/%s, which its selector %s selects, is scaled to nothing (spec.replicas 0)", kind, pod.Namespace, pod.Name, mapWords(sel))
		}
	}
	for _, pod := range in.selected(svc.Namespace, sel) {
		if running(pod) {
			return fmt.Sprintf("its selector %s selects %s, but none of its EndpointSlices names a Pod", mapWords(sel), party{pod: pod}.who())
		}
	}
	words := "no Pod matches its selector " + mapWords(sel)
	if pod := in.meantBy(svc); pod != nil {
		key, got, ok := differs(sel, pod.Labels)
		has := key + "=" + got
		if !ok {
			has = "no label " + key
		}
		words += fmt.Sprintf("; %s has %s", party{pod: pod}.who(), has)
	}
	return words
}

// meantBy is the Pod that a Service without endpoints was most likely meant for: one
// that bears its name, or whose label differs by its spelling; nil if there is none, or
// several workloads.
func (in *inquiry) meantBy(svc *corev1.Service) *corev1.Pod {
	var found *corev1.Pod
	for _, pod := range cluster.List[*corev1.Pod](in.snap, svc.Namespace) {
		key, got, _ := differs(svc.Spec.Selector, pod.Labels)
		near := got != "" && spell.Closest(svc.Spec.Selector[key], []string{got}, spell.Distance) != ""
		name := party{pod: pod}.who()
		if !running(pod) || !near && name != svc.Namespace+"/"+svc.Name && !strings.HasPrefix(pod.Name, svc.Name+"-") {
			continue
		}
		if found != nil && (party{pod: found}).who() != name {
			return nil
		}
		found = pod
	}
	return found
}
