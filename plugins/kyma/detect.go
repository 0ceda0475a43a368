package kyma

import (
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	networkingk8s "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Detect finds the group of Kyma's API Gateway, an APIRule, a policy that is made of one,
// or something else that Kyma alone has.
func (Platform) Detect(s *cluster.Snapshot) string {
	switch {
	case slices.ContainsFunc(cluster.List[*cluster.APIGroup](s, ""), func(g *cluster.APIGroup) bool { return g.Name == apirule.Group }):
		return "the cluster serves " + apirule.Group
	case s.HasAny(APIRules):
		return "there are APIRules"
	case cluster.Kept(s, "made of APIRules", anyOwned[*securityv1.AuthorizationPolicy]):
		return "there are policies with the labels of APIRules"
	case cluster.Kept(s, "of Kyma's Istio module", anyOwned[*networkingk8s.NetworkPolicy]):
		return "there are NetworkPolicies of Kyma's Istio module"
	case cluster.Kept(s, "of Kyma's Istio module", anyOwned[*securityv1.PeerAuthentication]):
		return "there is a PeerAuthentication of Kyma's"
	case cluster.Kept(s, "in Kyma's namespace", inModuleNamespace):
		return "there is a Gateway in namespace " + moduleNamespace
	}
	return ""
}

func anyOwned[T metav1.Object](all []T) bool {
	return slices.ContainsFunc(all, func(o T) bool { _, ok := ownerOf(o); return ok })
}

func inModuleNamespace(all []*networkingv1.Gateway) bool {
	return slices.ContainsFunc(all, func(g *networkingv1.Gateway) bool { return g.Namespace == moduleNamespace })
}
