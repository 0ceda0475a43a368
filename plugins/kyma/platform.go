// Package kyma knows what Kyma's API Gateway makes of APIRules: whose the policies are, why
// they keep callers of the cluster out, and what its documentation advises.
package kyma

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// Platform is Kyma.
type Platform struct{}

// Name is how version lists it.
func (Platform) Name() string { return "kyma" }

// Owner tells of which APIRule an object is made.
func (Platform) Owner(o metav1.Object) (owner.Owner, bool) { return ownerOf(o) }

const group = "gateway.kyma-project.io"

// APIRules are asked for in the version that is not going away; every controller since
// 3.0 serves it (kyma-project/api-gateway, config/crd/bases).
var APIRules = cluster.Resource{Group: group, Version: "v2", Plural: "apirules", Kind: "APIRule", Namespaced: true}

// Kinds are those that Kyma has of its own.
func (Platform) Kinds() []cluster.ExtraKind {
	return []cluster.ExtraKind{{Resource: APIRules, Older: []string{"v2alpha1", "v1beta1"}}}
}
