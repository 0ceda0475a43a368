package kyma

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// Labels of Kyma's API Gateway, since 3.5.0 and before (kyma-project/api-gateway,
// internal/processing/label.go). It sets no owner reference.
const (
	apiRuleName      = "apirule.gateway.kyma-project.io/name"
	apiRuleNamespace = "apirule.gateway.kyma-project.io/namespace"
	apiRuleBoth      = "apirule.gateway.kyma-project.io/v1beta1"
)

// ownerOf tells of which APIRule an object is made.
func ownerOf(o metav1.Object) (owner.Owner, bool) {
	out := owner.Owner{Manager: "Kyma's API Gateway", Kind: "APIRule", Made: true}
	labels := o.GetLabels()
	if name := labels[apiRuleName]; name != "" {
		out.Name, out.Namespace, out.Evidence = name, labels[apiRuleNamespace], "label "+apiRuleName
		return out, true
	}
	// NAME.NAMESPACE: a name may have dots, a namespace has none.
	name, namespace, ok := cutLast(labels[apiRuleBoth], ".")
	if !ok {
		return owner.Owner{}, false
	}
	out.Name, out.Namespace, out.Evidence = name, namespace, "label "+apiRuleBoth
	return out, true
}

// cutLast cuts s around the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i <= 0 || i+len(sep) == len(s) {
		return "", "", false
	}
	return s[:i], s[i+len(sep):], true
}
