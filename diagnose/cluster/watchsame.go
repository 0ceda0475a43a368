package cluster

import (
	"maps"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// leaderMark is on objects that controllers write every two seconds to say that they live.
const leaderMark = "control-plane.alpha.kubernetes.io/leader"

// otherThan reports whether an object has changed in a way that could matter. Where a
// generation counts the changes of the specification, and nobody reads the status, what
// else is written does not count.
func otherThan(r Resource, a, b metav1.Object) bool {
	switch {
	case a.GetUID() != b.GetUID():
		return true
	case a.GetResourceVersion() == b.GetResourceVersion():
		return false
	case b.GetAnnotations()[leaderMark] != "":
		return false
	case readsStatus(r) || a.GetGeneration() == 0 || b.GetGeneration() == 0:
		return true
	}
	return a.GetGeneration() != b.GetGeneration() ||
		(a.GetDeletionTimestamp() == nil) != (b.GetDeletionTimestamp() == nil) ||
		!maps.Equal(a.GetLabels(), b.GetLabels()) || !maps.Equal(a.GetAnnotations(), b.GetAnnotations()) ||
		!reflect.DeepEqual(a.GetOwnerReferences(), b.GetOwnerReferences())
}

// readsStatus says of which resources the status is looked at: addresses, readiness.
func readsStatus(r Resource) bool {
	switch r {
	case Pods, Services, EndpointSlices, Namespaces, Gateways:
		return true
	}
	return false
}
