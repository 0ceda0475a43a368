package apply

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// Target is an object as requests name it.
type Target struct {
	APIVersion string `json:"apiVersion"`
	Plural     string `json:"plural"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace,omitempty"`
	Name       string `json:"name"`
}

// String is "AuthorizationPolicy shop/allow-cart".
func (t Target) String() string {
	return fix.Change{Kind: t.Kind, Namespace: t.Namespace, Name: t.Name}.Object()
}

// Resource is the kind of object.
func (t Target) Resource() cluster.Resource {
	group, version := t.group()
	return cluster.Resource{Group: group, Version: version, Plural: t.Plural, Kind: t.Kind, Namespaced: t.Namespace != ""}
}

func (t Target) group() (group, version string) {
	if group, version, ok := strings.Cut(t.APIVersion, "/"); ok {
		return group, version
	}
	return "", t.APIVersion
}

// resource is its name in RBAC: "authorizationpolicies.security.istio.io".
func (t Target) resource() string {
	r := t.Resource()
	return r.String()
}

// root is the path of its API.
func (t Target) root() string {
	if group, _ := t.group(); group == "" {
		return "/api/" + t.APIVersion
	}
	return "/apis/" + t.APIVersion
}

// targetOf is the target of a change. The object says which version it is in: it need not
// be the resource's own, where the server does not serve that.
func targetOf(c fix.Change, o object) (Target, error) {
	t := Target{APIVersion: c.Resource.Version, Plural: c.Resource.Plural, Kind: c.Kind, Namespace: c.Namespace, Name: c.Name}
	if c.Resource.Group != "" {
		t.APIVersion = c.Resource.Group + "/" + c.Resource.Version
	}
	if v, _ := o["apiVersion"].(string); v != "" {
		t.APIVersion = v
	}
	metadata, _ := o["metadata"].(object)
	name, _ := metadata["name"].(string)
	namespace, _ := metadata["namespace"].(string)
	switch {
	case t.Plural == "" || t.Kind == "" || t.Name == "" || c.Resource.Namespaced != (t.Namespace != ""):
		return t, fmt.Errorf("the change of %q does not say what it is about", c.Object())
	case name != t.Name || namespace != t.Namespace:
		return t, fmt.Errorf("the change of %s holds %s/%s", t, namespace, name)
	}
	return t, nil
}

// guard refuses what is never written, and what could not be recorded without a secret.
func guard(t Target, verb string, fields []Field) *Error {
	refuse := func(why, help string) *Error {
		return &Error{Reason: Unsupported, Object: t.String(), Message: why, Help: help}
	}
	group, _ := t.group()
	switch {
	case group == "" && (t.Plural == "secrets" || t.Plural == "configmaps"):
		return refuse(t.Kind+"s are not written", "change it where it comes from")
	case group != "apps" && group != "batch" && (group != "" || t.Plural != "pods"):
		return nil
	case verb != Changes:
		return refuse("workloads are neither created nor deleted", "")
	}
	for _, f := range fields {
		if composed(f.Before) || composed(f.After) {
			return refuse("of a workload only labels, annotations and single values are changed, not "+paths([]Field{f}), "change it where it comes from")
		}
	}
	return nil
}

// composed reports whether a value is a list or a map that is not empty.
func composed(raw json.RawMessage) bool {
	switch v := value(raw).(type) {
	case object:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}
