package kyma

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Marks of Kyma's modules: an annotation on most of what they keep, and labels on their
// NetworkPolicies (kyma-project/istio, internal/resources/resources.go and
// internal/reconciliations/istioresources/networkpolicies; kyma-project/api-gateway,
// internal/reconciliations/resource.go and internal/networkpolicy).
const (
	disclaimer        = "istios.operator.kyma-project.io/managed-by-disclaimer"
	gatewayDisclaimer = "apigateways.operator.kyma-project.io/managed-by-disclaimer"
	moduleLabel       = "kyma-project.io/module"
	keptLabel         = "kyma-project.io/managed-by"
	gatewayKeptLabel  = "operator.kyma-project.io/managed-by"
)

// ownerOf tells of which APIRule an object is made, or which module keeps it.
func ownerOf(o metav1.Object) (owner.Owner, bool) {
	labels := o.GetLabels()
	if rule, ok := apirule.Owner(labels); ok {
		out := owner.Owner{Manager: "Kyma's API Gateway", Kind: apirule.Kind, Namespace: rule.Namespace, Name: rule.Name, Made: true}
		if out.Evidence = "label " + apirule.NameLabel; labels[apirule.NameLabel] == "" || labels[apirule.NamespaceLabel] == "" {
			out.Evidence = "label " + apirule.LegacyLabel
		}
		return out, true
	}
	if why := gatewayModule(o); why != "" {
		return owner.Owner{Manager: "Kyma's API Gateway module", Kind: APIGateways.Kind, Name: moduleName, Made: true, Evidence: why}, true
	}
	module := owner.Owner{Manager: "Kyma's Istio module", Kind: Istios.Kind, Namespace: moduleNamespace, Name: moduleName, Made: true}
	switch {
	case o.GetAnnotations()[disclaimer] != "":
		module.Evidence = "annotation " + disclaimer
	case labels[moduleLabel] == "istio" && labels[keptLabel] == "kyma":
		module.Evidence = "label " + moduleLabel
	default:
		return owner.Owner{}, false
	}
	return module, true
}

// gatewayModule is the mark of the API Gateway module on an object; empty if it has none.
func gatewayModule(o metav1.Object) string {
	labels := o.GetLabels()
	switch {
	case o.GetAnnotations()[gatewayDisclaimer] != "":
		return "annotation " + gatewayDisclaimer
	case labels[moduleLabel] == "api-gateway" && labels[gatewayKeptLabel] == "kyma":
		return "label " + moduleLabel
	}
	return ""
}

// ruleOf is the APIRule that an object is made of.
func ruleOf(o metav1.Object) (apirule.Ref, bool) { return apirule.Owner(o.GetLabels()) }

// named is an APIRule in a sentence, and among the objects of a finding.
func named(r apirule.Ref) string { return apirule.Kind + " " + r.String() }
