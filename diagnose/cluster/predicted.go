package cluster

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// addPods adds the Pods that the workloads of manifests would create, where none
// of them is in the files. A snapshot says itself which Pods there were.
func (f *Files) addPods(l *loader) {
	taken, pods := map[key]bool{}, map[string][]owned{}
	for _, item := range f.items[Pods] {
		pod, ok := item.Object.(*corev1.Pod)
		if _, predicted := item.Object.GetAnnotations()[PredictedAnnotation]; !ok || predicted {
			continue // of a saved snapshot: the workload at hand may have changed since
		}
		taken[key{Pods, pod.Namespace, pod.Name}] = true
		pods[pod.Namespace] = append(pods[pod.Namespace], f.owned(pod))
	}
	var items []Item
	for _, k := range slices.SortedFunc(maps.Keys(l.own), compareKeys) {
		workload := l.own[k].Object
		_, template, selector := workloadOf(workload)
		if template == nil || f.belongsToAnother(workload) || hasPod(k, selector, pods[k.namespace]) {
			continue
		}
		pod, ok := PredictPod(workload)
		if !ok {
			continue
		}
		if taken[key{Pods, pod.Namespace, pod.Name}] {
			pod.Name += "-" + strings.ToLower(k.resource.Kind)
		}
		taken[key{Pods, pod.Namespace, pod.Name}] = true
		raw, err := RawOf(Pods, pod)
		if err != nil {
			raw = nil // the typed form came from JSON, so this does not happen
		}
		items = append(items, Item{Pods, pod, raw})
	}
	f.items[Pods] = merge(f.items[Pods], items)
}

func compareKeys(a, b key) int {
	return cmp.Or(
		cmp.Compare(a.resource.Group, b.resource.Group), cmp.Compare(a.resource.Plural, b.resource.Plural),
		cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
}

// belongsToAnother says whether another workload of the files stands for this one:
// the Deployment of a ReplicaSet. A ReplicaSet scaled to nothing whose owner is
// not in the files is one of its former ones.
func (f *Files) belongsToAnother(workload Object) bool {
	owner := metav1.GetControllerOf(workload)
	if owner == nil {
		return false
	}
	set, isSet := workload.(*appsv1.ReplicaSet)
	return f.owner(workload.GetNamespace(), owner) != nil || isSet && set.Spec.Replicas != nil && *set.Spec.Replicas == 0
}

// owner returns the object that a reference names; nil if it is not in the files.
func (f *Files) owner(namespace string, ref *metav1.OwnerReference) Object {
	for _, r := range []Resource{Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, CronJobs} {
		if item, found := lookup(f.items[r], namespace, ref.Name); found && r.Kind == ref.Kind {
			return item.Object
		}
	}
	return nil
}

// owned is a Pod with those who own it: its owner, the owner's owner, and so on.
type owned struct {
	pod    *corev1.Pod
	owners []metav1.OwnerReference
	// known says that the last of the owners is in the files.
	known bool
}

func (f *Files) owned(pod *corev1.Pod) owned {
	const longest = 3 // Job, CronJob, and whatever made that
	out := owned{pod: pod}
	for at := Object(pod); at != nil && len(out.owners) < longest; {
		owner := metav1.GetControllerOf(at)
		if owner == nil {
			break
		}
		out.owners = append(out.owners, *owner)
		at = f.owner(pod.Namespace, owner)
		out.known = at != nil
	}
	return out
}

// hasPod says whether one of the Pods is the workload's: its owners lead there, or
// they lead to no other that is in the files, and its labels match.
func hasPod(workload key, selector *metav1.LabelSelector, pods []owned) bool {
	selects, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		selects = labels.Nothing()
	}
	return slices.ContainsFunc(pods, func(p owned) bool {
		for _, owner := range p.owners {
			if owner.Kind == workload.resource.Kind && owner.Name == workload.name || runOf(workload, owner) {
				return true
			}
		}
		return !p.known && !selects.Empty() && selects.Matches(labels.Set(p.pod.Labels))
	})
}

// runOf says whether the owner is a Job as the CronJob names its runs.
func runOf(cron key, owner metav1.OwnerReference) bool {
	minute, found := strings.CutPrefix(owner.Name, cron.name+"-")
	return found && cron.resource == CronJobs && owner.Kind == Jobs.Kind && integerText(minute, 64, false)
}
