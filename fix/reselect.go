package fix

import (
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// endpoints lead a Service to Pods again: by its selector, by their labels, by how many
// of them there are, or by the port that it leads to.
func (sc scene) endpoints() []draft {
	var out []draft
	for _, item := range sc.named(cluster.Services) {
		svc, ok := item.Object.(*corev1.Service)
		if !ok || len(svc.Spec.Selector) == 0 {
			continue
		}
		if pods := sc.serving(svc); len(pods) > 0 {
			out = append(out, sc.repoint(item, svc, pods)...)
			continue
		}
		out = append(out, sc.scaleUp(svc)...)
		if pods := sc.meant(svc.Namespace, svc.Name, svc.Spec.Selector); len(pods) > 0 {
			out = append(out, sc.reselect(item, svc, pods))
			out = append(out, sc.relabel(pods, svc.Spec.Selector, svc)...)
		}
	}
	return out
}

// serving are the Pods that a Service selects and that run.
func (sc scene) serving(svc *corev1.Service) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range selected(sc.snap, svc.Namespace, svc.Spec.Selector) {
		if running(pod) && pod.Annotations[cluster.PredictedReplicasAnnotation] != "0" {
			out = append(out, pod)
		}
	}
	return out
}

// meant are the Pods that a selector was meant for: one label of theirs has another
// value, the same of all, and their workload bears the name of what selects, or the values
// differ by their spelling. None if there are others like these.
func (sc scene) meant(namespace, name string, set map[string]string) []*corev1.Pod {
	found := map[string][]*corev1.Pod{}
	for _, pod := range cluster.List[*corev1.Pod](sc.snap, namespace) {
		wrong := wrongLabels(set, pod.Labels)
		if len(wrong) != 1 || !running(pod) {
			continue
		}
		own := workload(pod, diagnose.Hop{})
		if own == name || strings.HasPrefix(own, name+"-") || closest(set[wrong[0]], []string{pod.Labels[wrong[0]]}) != "" {
			is := wrong[0] + "=" + pod.Labels[wrong[0]]
			found[is] = append(found[is], pod)
		}
	}
	if len(found) != 1 {
		return nil
	}
	for _, pods := range found {
		return pods
	}
	return nil
}

// reselect lets a Service select the Pods that are there.
func (sc scene) reselect(item cluster.Item, svc *corev1.Service, pods []*corev1.Pod) draft {
	key := wrongLabels(svc.Spec.Selector, pods[0].Labels)[0]
	value := pods[0].Labels[key]
	meant := maps.Clone(pods[0].Labels)
	meant[key] = svc.Spec.Selector[key]
	return draft{
		danger: sc.letsGo(svc.Namespace, meant, pods[0].Labels),
		kind:   Endpoints, title: fmt.Sprintf("let Service %s/%s select %s=%s in place of %s", svc.Namespace, svc.Name, key, value, svc.Spec.Selector[key]),
		changes: []Change{changed(item, func(object tree) {
			set(object, "spec.selector", withLabel(at(object, "spec.selector"), key, value))
		})},
		simulated: sc.sliced(svc, pods),
	}
}

// repoint lets a Service lead to a port that its Pods have: where it names one that none
// of them declares, the one that was meant by its spelling, or the only one.
func (sc scene) repoint(item cluster.Item, svc *corev1.Service, pods []*corev1.Pod) []draft {
	var out []draft
	for i, p := range svc.Spec.Ports {
		declared := map[string]any{}
		var names []string
		for _, c := range pods[0].Spec.Containers {
			if c.Name == proxyContainer {
				continue
			}
			for _, port := range c.Ports {
				name, value := port.Name, any(port.Name)
				if name == "" {
					name, value = fmt.Sprint(port.ContainerPort), any(port.ContainerPort)
				}
				declared[name] = value
				names = append(names, name)
			}
		}
		to := only(p.TargetPort.StrVal, names)
		if p.TargetPort.StrVal == "" || declared[p.TargetPort.StrVal] != nil || to == "" {
			continue
		}
		field := fmt.Sprintf("spec.ports[%d].targetPort", i)
		out = append(out, draft{
			kind: Endpoints, title: fmt.Sprintf("lead port %d of Service %s/%s to the port %s of its Pods, in place of %s", p.Port, svc.Namespace, svc.Name, to, p.TargetPort.StrVal),
			changes:   []Change{changed(item, func(object tree) { set(object, field, declared[to]) })},
			simulated: sc.sliced(repointed(svc, i, to), pods),
		})
	}
	return out
}
