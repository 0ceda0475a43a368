package mesh

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Config is what of the mesh's settings decides about a request.
type Config struct {
	RootNamespace      string   `json:"rootNamespace,omitempty"`
	TrustDomain        string   `json:"trustDomain,omitempty"`
	TrustDomainAliases []string `json:"trustDomainAliases,omitempty"`
	AutoMTLS           bool     `json:"autoMTLS,omitempty"`
	// PathNormalization is NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES.
	PathNormalization string `json:"pathNormalization,omitempty"`
	// Providers are the external authorizers by name; true means gRPC.
	Providers         map[string]bool `json:"providers,omitempty"`
	NumTrustedProxies int             `json:"numTrustedProxies,omitempty"`
	// DestinationRuleExportTo is what rules without exportTo have: "*" if empty.
	DestinationRuleExportTo []string `json:"destinationRuleExportTo,omitempty"`
	// OutboundPolicy is ALLOW_ANY, REGISTRY_ONLY or ALLOW_ANY_DYNAMIC_DNS.
	OutboundPolicy string `json:"outboundPolicy,omitempty"`
	// VirtualServiceExportTo and ServiceExportTo are what VirtualServices, Services and
	// ServiceEntries without exportTo have: "*" if empty.
	VirtualServiceExportTo []string `json:"virtualServiceExportTo,omitempty"`
	ServiceExportTo        []string `json:"serviceExportTo,omitempty"`
	// DiscoverySelectors are the labels of the namespaces that the control plane looks
	// at, any of them; all namespaces if empty. See [Config.Discovers].
	DiscoverySelectors []metav1.LabelSelector `json:"discoverySelectors,omitempty"`
	// TrustDomains are those that caCertificates give roots for.
	TrustDomains []string `json:"trustDomains,omitempty"`
	// IngressController is OFF, DEFAULT or STRICT, as which it counts if empty: which
	// Ingresses are served, with DEFAULT those without a class too. The Pods with the
	// label istio: IngressSelector serve them; "ingressgateway" if empty.
	IngressController string `json:"ingressController,omitempty"`
	IngressSelector   string `json:"ingressSelector,omitempty"`
	// GatewayClientCert is what a gateway does with the header
	// x-forwarded-client-cert: SANITIZE, FORWARD_ONLY, APPEND_FORWARD,
	// ALWAYS_FORWARD_ONLY or SANITIZE_SET, as which it counts if empty.
	// SidecarClientCert is what sidecars do; APPEND_FORWARD if empty.
	GatewayClientCert string `json:"gatewayClientCert,omitempty"`
	SidecarClientCert string `json:"sidecarClientCert,omitempty"`
	// ProtocolDetectionTimeout is how long a sidecar waits for the client's first bytes
	// before it takes a sniffed port for TCP, as "5s"; empty: for ever.
	ProtocolDetectionTimeout string `json:"protocolDetectionTimeout,omitempty"`
	// Revision is the control plane's own; empty filters no object.
	Revision string `json:"revision,omitempty"`
	// Assumed tells why these are defaults; empty if they were read.
	Assumed string `json:"assumed,omitempty"`
}

// DefaultConfig returns the settings of a mesh that sets none
// (istio: pkg/config/mesh/mesh.go DefaultMeshConfig).
func DefaultConfig() Config {
	return Config{
		RootNamespace:     "istio-system",
		TrustDomain:       "cluster.local",
		AutoMTLS:          true,
		PathNormalization: "BASE",
		OutboundPolicy:    "ALLOW_ANY",
	}
}

// Normalization is how the mesh rewrites paths before policies see them.
func (c Config) Normalization() authz.Normalization {
	switch c.PathNormalization {
	case "NONE":
		return authz.None
	case "MERGE_SLASHES":
		return authz.MergeSlashes
	case "DECODE_AND_MERGE_SLASHES":
		return authz.DecodeAndMergeSlashes
	}
	return authz.Base
}

// ParseConfig reads the mesh's ConfigMap. What it does not set has its default.
// With an error, or without a ConfigMap, the defaults are returned and say so.
func ParseConfig(cm *corev1.ConfigMap) (Config, error) {
	c := DefaultConfig()
	if cm == nil {
		c.Assumed = "defaults are assumed, because there is no mesh ConfigMap to read"
		return c, nil
	}
	var m meshConfig
	text, ok := cm.Data["mesh"]
	err := yaml.Unmarshal([]byte(text), &m)
	switch {
	case !ok:
		err = fmt.Errorf("configmap %q: no key %q", named(cm.Namespace, cm.Name), "mesh")
	case err != nil:
		err = fmt.Errorf("configmap %q: key %q: %w", named(cm.Namespace, cm.Name), "mesh", err)
	}
	if err != nil {
		c.Assumed = "defaults are assumed, because the mesh's settings could not be read: " + err.Error()
		return c, err
	}
	c.take(m)
	c.Revision = cm.Labels[labelRevision]
	if rev, found := strings.CutPrefix(cm.Name, "istio-"); found && c.Revision == "" {
		c.Revision = rev
	}
	return c, nil
}

// Principal returns the identity that the mesh's CA gives the Pod, without
// "spiffe://". Whether a peer sees it is for [Meet] to say.
func Principal(c Config, pod *corev1.Pod) string {
	if pod == nil {
		return ""
	}
	domain := strings.ReplaceAll(first(c.TrustDomain, "cluster.local"), "@", ".")
	return domain + "/ns/" + pod.Namespace + "/sa/" + first(pod.Spec.ServiceAccountName, "default")
}

// reads reports whether the control plane takes an object with these labels:
// the comparison is exact, revision tags are not resolved
// (istio: pkg/config/model.go ObjectInRevision).
func (c Config) reads(labels map[string]string) bool {
	rev, has := labels[labelRevision]
	return c.Revision == "" || !has || rev == c.Revision
}
