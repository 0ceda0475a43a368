package kyma

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// settings are what of Istio kyma-system/default decides about a request
// (kyma-project/istio, api/v1alpha2, and docs/user/04-00-istio-custom-resource.md).
type settings struct {
	Spec struct {
		CompatibilityMode      bool  `json:"compatibilityMode"`
		NetworkPoliciesEnabled *bool `json:"networkPoliciesEnabled"`
		Config                 struct {
			NumTrustedProxies            *int64       `json:"numTrustedProxies"`
			TrustDomain                  string       `json:"trustDomain"`
			ForwardClientCertDetails     string       `json:"forwardClientCertDetails"`
			GatewayExternalTrafficPolicy string       `json:"gatewayExternalTrafficPolicy"`
			Authorizers                  []authorizer `json:"authorizers"`
		} `json:"config"`
	} `json:"spec"`
	Status struct {
		State       string `json:"state"`
		Description string `json:"description"`
	} `json:"status"`
}

// authorizer is one of spec.config.authorizers, and of the mesh's extension providers.
type authorizer struct {
	Name       string `json:"name"`
	Service    string `json:"service"`
	Port       int64  `json:"port"`
	PathPrefix string `json:"pathPrefix"`
}

// settings are those of the Istio module; false if they were not read, or are not
// understood.
func (w world) settings() (*settings, bool) {
	item, ok := w.snap.Item(Istios, moduleNamespace, moduleName)
	if !ok {
		return nil, false
	}
	u, ok := item.Object.(*unstructured.Unstructured)
	if !ok {
		return nil, false
	}
	var out settings
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &out); err != nil {
		return nil, false
	}
	return &out, true
}

// rendered is what of the mesh's ConfigMap the module makes of its settings
// (api/v1alpha2/istio_merge.go).
type rendered struct {
	TrustDomain   string `json:"trustDomain"`
	DefaultConfig struct {
		GatewayTopology struct {
			NumTrustedProxies        *int64 `json:"numTrustedProxies"`
			ForwardClientCertDetails string `json:"forwardClientCertDetails"`
		} `json:"gatewayTopology"`
	} `json:"defaultConfig"`
	ExtensionProviders []providerOf `json:"extensionProviders"`
}

// providerOf is one of the mesh's extension providers.
type providerOf struct {
	Name string      `json:"name"`
	HTTP *authorizer `json:"envoyExtAuthzHttp"`
}

// rendered is what the mesh has; false if its ConfigMap was not read, or is not understood.
func (w world) rendered(root string) (*rendered, bool) {
	cm, ok := cluster.Get[*corev1.ConfigMap](w.snap, root, "istio")
	if !ok {
		return nil, false
	}
	var out rendered
	text, ok := cm.Data["mesh"]
	return &out, ok && yaml.Unmarshal([]byte(text), &out) == nil
}
