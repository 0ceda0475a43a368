package fix

import (
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// relabel gives the Pods of a workload the one label that a selector asks for: in the
// template of what makes them, unless that selects them by the label that they have, or
// on a Pod that nothing makes. svc is the Service whose endpoints they become; nil for
// none.
func (sc scene) relabel(pods []*corev1.Pod, wants map[string]string, svc *corev1.Service) []draft {
	key := wrongLabels(wants, pods[0].Labels)[0]
	value := wants[key]
	var simulated []cluster.Edit
	var next []*corev1.Pod
	for _, pod := range pods {
		if workload(pod, diagnose.Hop{}) != workload(pods[0], diagnose.Hop{}) {
			return nil
		}
		pod = pod.DeepCopy()
		metav1.SetMetaDataLabel(&pod.ObjectMeta, key, value)
		raw, err := cluster.RawOf(cluster.Pods, pod)
		if err != nil {
			return nil
		}
		next = append(next, pod)
		simulated = append(simulated, cluster.Edit{Resource: cluster.Pods, Namespace: pod.Namespace, Name: pod.Name, After: raw})
	}
	if svc != nil {
		simulated = append(simulated, sc.sliced(svc, next)...)
	}
	in, field := "metadata.labels", "Pod "+pods[0].Namespace+"/"+pods[0].Name
	var afterwards []string
	item, ok := sc.snap.Item(cluster.Pods, pods[0].Namespace, pods[0].Name)
	if metav1.GetControllerOf(pods[0]) != nil {
		sc.caller = pods[0]
		if item, ok = sc.creator(); ok {
			in, field = "spec.template.metadata.labels", "the Pods of "+reference(item)
			afterwards = []string{"the change restarts the Pods of " + reference(item)}
			own := stringMap(at(parse(item.Raw), "spec.selector.matchLabels"))
			if had, selects := own[key]; selects && had != value {
				return nil // its own selector cannot be changed
			}
		}
	}
	if !ok || made(item) {
		return nil
	}
	return []draft{{
		kind: Relabel, title: fmt.Sprintf("label %s %s=%s in place of %s", field, key, value, pods[0].Labels[key]),
		changes:    []Change{changed(item, func(object tree) { set(object, in, withLabel(at(object, in), key, value)) })},
		simulated:  simulated,
		afterwards: afterwards,
		danger:     sc.letsGo(pods[0].Namespace, pods[0].Labels, next[0].Labels),
	}}
}

// letsGo is the danger that policies of a namespace which select the one set of labels do
// not select the other; empty if there are none.
func (sc scene) letsGo(namespace string, from, to map[string]string) string {
	var names []string
	for _, r := range []cluster.Resource{cluster.AuthorizationPolicies, cluster.PeerAuthentications, cluster.RequestAuthentications, cluster.NetworkPolicies} {
		field := "spec.selector.matchLabels"
		if r == cluster.NetworkPolicies {
			field = "spec.podSelector.matchLabels"
		}
		for _, o := range sc.snap.Objects(r, namespace) {
			item, ok := sc.snap.Item(r, namespace, o.GetName())
			if set := stringMap(at(parse(item.Raw), field)); ok && matches(set, from) && !matches(set, to) {
				names = append(names, reference(item))
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return strings.Join(names, ", ") + ": policies that do not select the Pods as they are labelled then"
}

// scaleUp starts one Pod of a workload that is scaled to nothing and that a Service
// selects.
func (sc scene) scaleUp(svc *corev1.Service) []draft {
	var out []draft
	for _, r := range []cluster.Resource{cluster.Deployments, cluster.StatefulSets} {
		for _, o := range sc.snap.Objects(r, svc.Namespace) {
			item, ok := sc.snap.Item(r, svc.Namespace, o.GetName())
			object := parse(item.Raw)
			n, scaled := at(object, "spec.replicas").(float64)
			if !ok || made(item) || !scaled || n != 0 || !matches(svc.Spec.Selector, stringMap(at(object, "spec.template.metadata.labels"))) {
				continue
			}
			c := changed(item, func(object tree) { set(object, "spec.replicas", 1) })
			d := draft{
				kind: ScaleUp, title: "start a Pod of " + reference(item) + " (spec.replicas: 1)", changes: []Change{c},
				danger: "somebody has scaled it to nothing, or what scales it has: ask why",
			}
			after, err := cluster.Decode(r, c.After)
			if err != nil {
				continue
			}
			pod, ok := cluster.PredictPod(after.Object)
			if raw, err := cluster.RawOf(cluster.Pods, pod); ok && err == nil {
				d.simulated = append(d.simulated, cluster.Edit{Resource: cluster.Pods, Namespace: pod.Namespace, Name: pod.Name, After: raw})
				d.simulated = append(d.simulated, sc.sliced(svc, []*corev1.Pod{pod})...)
				out = append(out, d)
			}
		}
	}
	return out
}

// repointed is a Service whose port of that index leads elsewhere.
func repointed(svc *corev1.Service, i int, to string) *corev1.Service {
	out := svc.DeepCopy()
	out.Spec.Ports[i].TargetPort = intstr.Parse(to)
	return out
}

// sliced are the EndpointSlices of a Service as the cluster writes them when these are
// its Pods; none where there are none, for then its Pods are looked for themselves.
func (sc scene) sliced(svc *corev1.Service, pods []*corev1.Pod) []cluster.Edit {
	var out []cluster.Edit
	for _, had := range cluster.List[*discoveryv1.EndpointSlice](sc.snap, svc.Namespace) {
		if had.Labels[serviceLabel] != svc.Name {
			continue
		}
		e := cluster.Edit{Resource: cluster.EndpointSlices, Namespace: had.Namespace, Name: had.Name}
		if len(out) == 0 { // the others are gone
			next := had.DeepCopy()
			next.Ports, next.Endpoints = slicePorts(svc, pods[0]), nil
			for _, pod := range pods {
				next.Endpoints = append(next.Endpoints, discoveryv1.Endpoint{
					Addresses: unique([]string{pod.Status.PodIP}), TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name},
					Conditions: discoveryv1.EndpointConditions{Ready: new(ready(pod))},
				})
			}
			raw, err := json.Marshal(next)
			if err != nil {
				return nil
			}
			e.After = raw
		}
		out = append(out, e)
	}
	return out
}
