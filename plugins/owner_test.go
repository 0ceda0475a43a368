package plugins_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// Marks that the platforms look for.
const (
	apiRuleName      = "apirule.gateway.kyma-project.io/name"
	apiRuleNamespace = "apirule.gateway.kyma-project.io/namespace"
	apiRuleBoth      = "apirule.gateway.kyma-project.io/v1beta1"
	argoTracking     = "argocd.argoproj.io/tracking-id"
	argoInstance     = "argocd.argoproj.io/instance"
)

func TestOwnerOf(t *testing.T) {
	plugins.Install()
	yes := true
	tests := []struct {
		name                string
		labels, annotations map[string]string
		refs                []metav1.OwnerReference
		want                string // String and Manager; "" for nobody
	}{
		{name: "nobody"},
		{name: "a chart's instance label is no Application", labels: map[string]string{"app.kubernetes.io/instance": "shop"}},
		{name: "an owner that is not the controller", refs: []metav1.OwnerReference{{Kind: "Cart", Name: "c"}}},
		{name: "a controller", refs: []metav1.OwnerReference{{Kind: "Cart", Name: "c", Controller: &yes}}, want: "Cart shop/c, the controller of Cart"},
		{name: "Kyma since 3.5.0", labels: map[string]string{apiRuleName: "cart", apiRuleNamespace: "rules"}, want: "APIRule rules/cart, Kyma's API Gateway"},
		{name: "Kyma before", labels: map[string]string{apiRuleBoth: "cart.v2.rules"}, want: "APIRule rules/cart.v2, Kyma's API Gateway"},
		{name: "Kyma, cut short", labels: map[string]string{apiRuleBoth: "cart"}},
		{
			name:        "what Kyma's Istio module keeps",
			annotations: map[string]string{"istios.operator.kyma-project.io/managed-by-disclaimer": "DO NOT EDIT"},
			want:        "Istio kyma-system/default, Kyma's Istio module",
		},
		{
			name:   "a NetworkPolicy of Kyma's Istio module",
			labels: map[string]string{"kyma-project.io/module": "istio", "kyma-project.io/managed-by": "kyma"},
			want:   "Istio kyma-system/default, Kyma's Istio module",
		},
		{
			name:        "what Kyma's API Gateway module keeps",
			labels:      map[string]string{"kyma-project.io/module": "api-gateway"},
			annotations: map[string]string{"apigateways.operator.kyma-project.io/managed-by-disclaimer": "DO NOT EDIT"},
			want:        "APIGateway default, Kyma's API Gateway module",
		},
		{
			name:   "a NetworkPolicy of Kyma's API Gateway module",
			labels: map[string]string{"kyma-project.io/module": "api-gateway", "operator.kyma-project.io/managed-by": "kyma"},
			want:   "APIGateway default, Kyma's API Gateway module",
		},
		{name: "a label of Kyma's API Gateway and no more", labels: map[string]string{"kyma-project.io/module": "api-gateway"}},
		{name: "another module of Kyma", labels: map[string]string{"kyma-project.io/module": "telemetry", "kyma-project.io/managed-by": "kyma"}},
		{
			name:   "a Kustomization of Flux",
			labels: map[string]string{"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"},
			want:   "Kustomization flux-system/apps, Flux",
		},
		{
			name:        "a chart that Flux installs",
			labels:      map[string]string{"helm.toolkit.fluxcd.io/name": "shop", "helm.toolkit.fluxcd.io/namespace": "shop"},
			annotations: map[string]string{"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"},
			want:        "HelmRelease shop/shop, Flux",
		},
		{name: "Argo CD", annotations: map[string]string{argoTracking: "shop:security.istio.io/AuthorizationPolicy:shop/allow"}, want: "Application shop, Argo CD"},
		{name: "Argo CD, an Application elsewhere", annotations: map[string]string{argoTracking: "team_shop:/Service:shop/cart"}, want: "Application team/shop, Argo CD"},
		{name: "Argo CD by label", labels: map[string]string{argoInstance: "shop"}, want: "Application shop, Argo CD"},
		{name: "Helm", annotations: map[string]string{"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "ns"}, want: "Helm release ns/shop, Helm"},
		{
			name: "what is made of an APIRule that Argo CD applies", labels: map[string]string{apiRuleName: "cart", apiRuleNamespace: "shop"},
			annotations: map[string]string{argoTracking: "shop:x/y:shop/z"}, want: "APIRule shop/cart, Kyma's API Gateway",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			owner, ok := diagnose.OwnerOf(&metav1.ObjectMeta{Namespace: "shop", Labels: tt.labels, Annotations: tt.annotations, OwnerReferences: tt.refs})
			got := ""
			if ok {
				got = owner.String() + ", " + owner.Manager
				if owner.Evidence == "" {
					t.Error("no evidence")
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
