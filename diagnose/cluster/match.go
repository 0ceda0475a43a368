package cluster

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// matcher says of an item whether a server would show it to the query. The error
// is about a selector that a server would refuse.
func (q Query) matcher() (func(Item) bool, error) {
	byLabels, err := labels.Parse(q.Labels)
	if err != nil {
		return nil, fmt.Errorf("label selector %q: %w", q.Labels, err)
	}
	byFields, err := fields.ParseSelector(q.Fields)
	if err != nil {
		return nil, fmt.Errorf("field selector %q: %w", q.Fields, err)
	}
	for _, f := range byFields.Requirements() {
		if !selectable(q.Resource, f.Field) {
			return nil, fmt.Errorf("field selector %q: %s cannot be selected by %s", q.Fields, q.Resource.Plural, f.Field)
		}
	}
	return func(item Item) bool {
		o := item.Object
		return item.Resource == q.Resource &&
			(q.Name == "" || q.Name == o.GetName()) &&
			(q.Namespace == "" || q.Namespace == o.GetNamespace()) &&
			byLabels.Matches(labels.Set(o.GetLabels())) &&
			(byFields.Empty() || byFields.Matches(fieldsOf(o)))
	}, nil
}

// selectable says whether objects of the resource are selected by the field.
func selectable(r Resource, field string) bool {
	switch field {
	case "metadata.name", "metadata.namespace":
		return true
	case "status.podIP", "spec.serviceAccountName", "spec.nodeName":
		return r == Pods
	}
	return false
}

// fieldsOf are the fields that selectors know. A Pod that names no account runs
// as default: the API server fills it in.
func fieldsOf(o Object) fields.Set {
	out := fields.Set{"metadata.name": o.GetName(), "metadata.namespace": o.GetNamespace()}
	if pod, ok := o.(*corev1.Pod); ok {
		out["status.podIP"] = pod.Status.PodIP
		out["spec.serviceAccountName"] = cmp.Or(pod.Spec.ServiceAccountName, "default")
		out["spec.nodeName"] = pod.Spec.NodeName
	}
	return out
}
