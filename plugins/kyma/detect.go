package kyma

import (
	"slices"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// ingressPrincipal is the identity that the generated policies admit, a constant of the
// controller (kyma-project/api-gateway, internal/builders/istio.go).
const ingressPrincipal = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"

// Detect finds the group of Kyma's API Gateway, an APIRule, or a policy that is made of
// one.
func (Platform) Detect(s *cluster.Snapshot) string {
	if slices.ContainsFunc(cluster.List[*cluster.APIGroup](s, ""), func(g *cluster.APIGroup) bool { return g.Name == group }) {
		return "the cluster serves " + group
	}
	if len(s.Objects(APIRules, "")) > 0 {
		return "there are APIRules"
	}
	made := cluster.Kept(s, "made of APIRules", func(all []*securityv1.AuthorizationPolicy) bool {
		return slices.ContainsFunc(all, func(p *securityv1.AuthorizationPolicy) bool { return isMade(p) })
	})
	if made {
		return "there are policies with the labels of APIRules"
	}
	return ""
}

func isMade(o metav1.Object) bool {
	_, ok := ownerOf(o)
	return ok
}

// Needs are the APIRules that the policies of the destination's namespace are made of.
func (Platform) Needs(leg diagnose.Leg) []cluster.Query {
	if leg.Destination == nil {
		return nil
	}
	var out []cluster.Query
	for _, p := range cluster.List[*securityv1.AuthorizationPolicy](leg.Snapshot, leg.Destination.Namespace) {
		o, ok := ownerOf(p)
		if !ok || !selects(p, leg.Destination.Labels) {
			continue
		}
		q := cluster.Query{Resource: APIRules, Namespace: o.Namespace, Name: o.Name}
		if !slices.Contains(out, q) {
			out = append(out, q)
		}
	}
	return out
}

// selects reports whether a policy selects a Pod with these labels.
func selects(p *securityv1.AuthorizationPolicy, labels map[string]string) bool {
	for k, v := range p.Spec.GetSelector().GetMatchLabels() {
		if labels[k] != v {
			return false
		}
	}
	return true
}
