package mesh

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
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
	// OutboundPolicy is ALLOW_ANY or REGISTRY_ONLY.
	OutboundPolicy string `json:"outboundPolicy,omitempty"`
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

// meshConfig is the part of istio.mesh.v1alpha1.MeshConfig that is read.
type meshConfig struct {
	RootNamespace      string   `json:"rootNamespace"`
	TrustDomain        string   `json:"trustDomain"`
	TrustDomainAliases []string `json:"trustDomainAliases"`
	EnableAutoMTLS     *bool    `json:"enableAutoMtls"`
	PathNormalization  struct {
		Normalization string `json:"normalization"`
	} `json:"pathNormalization"`
	OutboundTrafficPolicy struct {
		Mode string `json:"mode"`
	} `json:"outboundTrafficPolicy"`
	ExtensionProviders []struct {
		Name string    `json:"name"`
		GRPC *struct{} `json:"envoyExtAuthzGrpc"`
		HTTP *struct{} `json:"envoyExtAuthzHttp"`
	} `json:"extensionProviders"`
	DefaultConfig struct {
		GatewayTopology struct {
			NumTrustedProxies int `json:"numTrustedProxies"`
		} `json:"gatewayTopology"`
	} `json:"defaultConfig"`
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

// take overrides the defaults with what m sets.
func (c *Config) take(m meshConfig) {
	c.RootNamespace = first(m.RootNamespace, c.RootNamespace)
	c.TrustDomain = first(m.TrustDomain, c.TrustDomain)
	c.TrustDomainAliases = m.TrustDomainAliases
	if m.EnableAutoMTLS != nil {
		c.AutoMTLS = *m.EnableAutoMTLS
	}
	if n := m.PathNormalization.Normalization; n != "" && n != "DEFAULT" {
		c.PathNormalization = n
	}
	c.OutboundPolicy = first(m.OutboundTrafficPolicy.Mode, c.OutboundPolicy)
	c.NumTrustedProxies = m.DefaultConfig.GatewayTopology.NumTrustedProxies
	for _, p := range m.ExtensionProviders {
		if p.GRPC == nil && p.HTTP == nil {
			continue // a tracer or a log: no authorizer
		}
		if c.Providers == nil {
			c.Providers = map[string]bool{}
		}
		c.Providers[p.Name] = p.GRPC != nil
	}
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
