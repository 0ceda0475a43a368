package gitops

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// flux is told by the labels of its kustomize and helm controllers
// (fluxcd/kustomize-controller and fluxcd/helm-controller, "Managed by" in their docs).
func flux(o metav1.Object) (owner.Owner, bool) {
	labels := o.GetLabels()
	for _, by := range []struct{ prefix, kind string }{
		{"kustomize.toolkit.fluxcd.io/", "Kustomization"},
		{"helm.toolkit.fluxcd.io/", "HelmRelease"},
	} {
		if name := labels[by.prefix+"name"]; name != "" {
			return owner.Owner{Manager: "Flux", Kind: by.kind, Namespace: labels[by.prefix+"namespace"], Name: name, Evidence: "label " + by.prefix + "name"}, true
		}
	}
	return owner.Owner{}, false
}

// Marks of Argo CD (argo-cd, docs/user-guide/resource_tracking.md). The label that it
// uses where nothing else is configured, app.kubernetes.io/instance, is set by charts
// as well, so it does not tell.
const (
	argoTracking = "argocd.argoproj.io/tracking-id" // APPLICATION:GROUP/KIND:NAMESPACE/NAME
	argoInstance = "argocd.argoproj.io/instance"
)

func argo(o metav1.Object) (owner.Owner, bool) {
	out := owner.Owner{Manager: "Argo CD", Kind: "Application"}
	if id, rest, ok := strings.Cut(o.GetAnnotations()[argoTracking], ":"); ok && id != "" && rest != "" {
		out.Name, out.Evidence = id, "annotation "+argoTracking
	} else if name := o.GetLabels()[argoInstance]; name != "" {
		out.Name, out.Evidence = name, "label "+argoInstance
	} else {
		return owner.Owner{}, false
	}
	// An Application of another namespace than Argo CD's own is NAMESPACE_NAME.
	if ns, name, ok := strings.Cut(out.Name, "_"); ok && ns != "" && name != "" {
		out.Namespace, out.Name = ns, name
	}
	return out, true
}

// helm is told by the annotations that Helm 3 sets on all it installs
// (helm, pkg/action/validate.go).
func helm(o metav1.Object) (owner.Owner, bool) {
	annotations := o.GetAnnotations()
	name := annotations["meta.helm.sh/release-name"]
	if name == "" {
		return owner.Owner{}, false
	}
	return owner.Owner{
		Manager: "Helm", Kind: "Helm release", Namespace: annotations["meta.helm.sh/release-namespace"], Name: name,
		Evidence: "annotation meta.helm.sh/release-name",
	}, true
}
