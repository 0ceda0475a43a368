// Package owner tells who keeps an object as it is: a controller that made it of
// another object, or a tool that applies it from somewhere else. A change to such an
// object does not last; it belongs to the object or place that it comes from.
package owner

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Owner is who keeps an object as it is.
type Owner struct {
	// Manager is what keeps it, as its users call it: "Helm", "Argo CD",
	// "Kyma's API Gateway"; for a controller that is not known by name, its kind.
	Manager string `json:"manager"`
	// Kind, Namespace and Name are of the object that it comes from. Namespace is
	// empty where the kind has none, or where it is not said.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Made says that a controller makes the object out of that one, so that it puts
	// back whatever is changed; without it the object is applied as it was written.
	Made bool `json:"made,omitempty"`
	// Evidence is the label, annotation or field that tells.
	Evidence string `json:"evidence"`
}

// String names what the object comes from: "APIRule shop/cart".
func (o Owner) String() string {
	if o.Namespace == "" {
		return o.Kind + " " + o.Name
	}
	return o.Kind + " " + o.Namespace + "/" + o.Name
}

// Controller is the one of metadata.ownerReferences; false if there is none.
func Controller(o metav1.Object) (Owner, bool) {
	ref := metav1.GetControllerOf(o)
	if ref == nil {
		return Owner{}, false
	}
	return Owner{
		Manager: "the controller of " + ref.Kind, Kind: ref.Kind, Namespace: o.GetNamespace(), Name: ref.Name,
		Made: true, Evidence: "metadata.ownerReferences",
	}, true
}
