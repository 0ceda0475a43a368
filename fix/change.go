package fix

import (
	"encoding/json"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// Change is what becomes of one object.
type Change struct {
	Resource cluster.Resource `json:"-"`
	// Kind, Namespace and Name are of the object; Namespace is empty where the kind
	// has none.
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Before is the object as it was read; nil where it is created.
	Before json.RawMessage `json:"before,omitempty"`
	// After is the object as it is meant to be; nil where it is deleted.
	After json.RawMessage `json:"after,omitempty"`
	// Owner is who keeps the object as it is; nil if nothing tells of anybody.
	Owner *owner.Owner `json:"owner,omitempty"`
}

// Verb says what happens to the object: create, change or delete.
func (c Change) Verb() string {
	switch {
	case len(c.Before) == 0:
		return "create"
	case len(c.After) == 0:
		return "delete"
	}
	return "change"
}

// sameObject reports whether another change is of the same object.
func (c Change) sameObject(other Change) bool {
	return other.Resource == c.Resource && other.Namespace == c.Namespace && other.Name == c.Name
}

// Object names it: "AuthorizationPolicy shop/allow-cart".
func (c Change) Object() string {
	if c.Namespace == "" {
		return c.Kind + " " + c.Name
	}
	return c.Kind + " " + c.Namespace + "/" + c.Name
}
