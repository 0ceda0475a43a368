// Package owner tells who keeps an object as it is: a controller that made it of
// another object, or a tool that applies it from somewhere else. A change to such an
// object does not last; it belongs to the object or place that it comes from.
package owner

import (
	"strings"

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

// Of returns who keeps an object; false if nothing tells of anybody. Where several
// do, it is the one nearest to the source: what is made of an object comes from that
// object, whatever has applied it, and a chart that Flux or Argo CD installs is theirs.
func Of(o metav1.Object) (Owner, bool) {
	for _, known := range []func(metav1.Object) (Owner, bool){apiRule, controller, flux, argo, helm} {
		if owner, ok := known(o); ok {
			return owner, true
		}
	}
	return Owner{}, false
}

// Labels of Kyma's API Gateway, since 3.5.0 and before (kyma-project/api-gateway,
// internal/processing/label.go). It sets no owner reference.
const (
	apiRuleName      = "apirule.gateway.kyma-project.io/name"
	apiRuleNamespace = "apirule.gateway.kyma-project.io/namespace"
	apiRuleBoth      = "apirule.gateway.kyma-project.io/v1beta1"
)

func apiRule(o metav1.Object) (Owner, bool) {
	out := Owner{Manager: "Kyma's API Gateway", Kind: "APIRule", Made: true}
	labels := o.GetLabels()
	if name := labels[apiRuleName]; name != "" {
		out.Name, out.Namespace, out.Evidence = name, labels[apiRuleNamespace], "label "+apiRuleName
		return out, true
	}
	// NAME.NAMESPACE: a name may have dots, a namespace has none.
	name, namespace, ok := cutLast(labels[apiRuleBoth], ".")
	if !ok {
		return Owner{}, false
	}
	out.Name, out.Namespace, out.Evidence = name, namespace, "label "+apiRuleBoth
	return out, true
}

// controller is the one of metadata.ownerReferences.
func controller(o metav1.Object) (Owner, bool) {
	ref := metav1.GetControllerOf(o)
	if ref == nil {
		return Owner{}, false
	}
	return Owner{
		Manager: "the controller of " + ref.Kind, Kind: ref.Kind, Namespace: o.GetNamespace(), Name: ref.Name,
		Made: true, Evidence: "metadata.ownerReferences",
	}, true
}

// flux is told by the labels of its kustomize and helm controllers
// (fluxcd/kustomize-controller and fluxcd/helm-controller, "Managed by" in their docs).
func flux(o metav1.Object) (Owner, bool) {
	labels := o.GetLabels()
	for _, by := range []struct{ prefix, kind string }{
		{"kustomize.toolkit.fluxcd.io/", "Kustomization"},
		{"helm.toolkit.fluxcd.io/", "HelmRelease"},
	} {
		if name := labels[by.prefix+"name"]; name != "" {
			return Owner{Manager: "Flux", Kind: by.kind, Namespace: labels[by.prefix+"namespace"], Name: name, Evidence: "label " + by.prefix + "name"}, true
		}
	}
	return Owner{}, false
}

// Marks of Argo CD (argo-cd, docs/user-guide/resource_tracking.md). The label that it
// uses where nothing else is configured, app.kubernetes.io/instance, is set by charts
// as well, so it does not tell.
const (
	argoTracking = "argocd.argoproj.io/tracking-id" // APPLICATION:GROUP/KIND:NAMESPACE/NAME
	argoInstance = "argocd.argoproj.io/instance"
)

func argo(o metav1.Object) (Owner, bool) {
	out := Owner{Manager: "Argo CD", Kind: "Application"}
	if id, rest, ok := strings.Cut(o.GetAnnotations()[argoTracking], ":"); ok && id != "" && rest != "" {
		out.Name, out.Evidence = id, "annotation "+argoTracking
	} else if name := o.GetLabels()[argoInstance]; name != "" {
		out.Name, out.Evidence = name, "label "+argoInstance
	} else {
		return Owner{}, false
	}
	// An Application of another namespace than Argo CD's own is NAMESPACE_NAME.
	if ns, name, ok := strings.Cut(out.Name, "_"); ok {
		out.Namespace, out.Name = ns, name
	}
	return out, true
}

// helm is told by the annotations that Helm 3 sets on all it installs
// (helm, pkg/action/validate.go).
func helm(o metav1.Object) (Owner, bool) {
	annotations := o.GetAnnotations()
	name := annotations["meta.helm.sh/release-name"]
	if name == "" {
		return Owner{}, false
	}
	return Owner{
		Manager: "Helm", Kind: "Helm release", Namespace: annotations["meta.helm.sh/release-namespace"], Name: name,
		Evidence: "annotation meta.helm.sh/release-name",
	}, true
}

// cutLast cuts s around the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i <= 0 || i+len(sep) == len(s) {
		return "", "", false
	}
	return s[:i], s[i+len(sep):], true
}
