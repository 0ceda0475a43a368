// Package kyma knows what Kyma's API Gateway makes of APIRules: whose the policies are, why
// they keep callers of the cluster out, which rule of an APIRule refuses a request, in what
// the policies are not what it asks for, and what Kyma's documentation advises. What is
// made of an APIRule is known by package apirule.
package kyma

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Platform is Kyma.
type Platform struct{}

// Name is how version lists it.
func (Platform) Name() string { return "kyma" }

// Owner tells of which APIRule an object is made, or which of Kyma's modules keeps it.
func (Platform) Owner(o metav1.Object) (owner.Owner, bool) { return ownerOf(o) }

// APIRules are asked for in the version that is not going away; every controller since
// 3.0 serves it (kyma-project/api-gateway, config/crd/bases).
var APIRules = cluster.Resource{Group: apirule.Group, Version: apirule.V2, Plural: "apirules", Kind: apirule.Kind, Namespaced: true}

// Istios are the settings of Kyma's Istio module, of which one counts: kyma-system/default
// (kyma-project/istio, api/v1alpha2).
var Istios = cluster.Resource{Group: "operator.kyma-project.io", Version: "v1alpha2", Plural: "istios", Kind: "Istio", Namespaced: true}

// APIGateways are the settings of Kyma's API Gateway module, of which one counts: default
// (kyma-project/api-gateway, apis/operator/v1alpha1).
var APIGateways = cluster.Resource{Group: Istios.Group, Version: "v1alpha1", Plural: "apigateways", Kind: "APIGateway"}

const (
	moduleNamespace = "kyma-system"
	moduleName      = "default"
)

// Kinds are those that Kyma has of its own.
func (Platform) Kinds() []cluster.ExtraKind {
	return []cluster.ExtraKind{
		{Resource: APIRules, Older: []string{apirule.V2Alpha1, apirule.V1Beta1}},
		{Resource: Istios, Older: []string{"v1alpha1"}},
		{Resource: APIGateways},
	}
}
