package mesh

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

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
	DefaultConfig                 proxyConfig            `json:"defaultConfig"`
	DefaultVirtualServiceExportTo []string               `json:"defaultVirtualServiceExportTo"`
	DefaultServiceExportTo        []string               `json:"defaultServiceExportTo"`
	DefaultDestinationRuleExport  []string               `json:"defaultDestinationRuleExportTo"`
	DiscoverySelectors            []metav1.LabelSelector `json:"discoverySelectors"`
	IngressControllerMode         string                 `json:"ingressControllerMode"`
	IngressSelector               string                 `json:"ingressSelector"`
	IngressService                string                 `json:"ingressService"`
	ProtocolDetectionTimeout      string                 `json:"protocolDetectionTimeout"`
	CACertificates                []struct {
		TrustDomains []string `json:"trustDomains"`
	} `json:"caCertificates"`
}

// proxyConfig is the part of istio.mesh.v1alpha1.ProxyConfig that is read.
type proxyConfig struct {
	GatewayTopology struct {
		NumTrustedProxies        *int   `json:"numTrustedProxies"`
		ForwardClientCertDetails string `json:"forwardClientCertDetails"`
	} `json:"gatewayTopology"`
	ProxyHeaders struct {
		ForwardedClientCert string `json:"forwardedClientCert"`
	} `json:"proxyHeaders"`
}

// override takes what a ProxyConfig sets: the mesh's default, or that of one Pod.
func (c *Config) override(p proxyConfig) {
	if n := p.GatewayTopology.NumTrustedProxies; n != nil {
		c.NumTrustedProxies = *n
	}
	if f := p.GatewayTopology.ForwardClientCertDetails; f != "UNDEFINED" {
		c.GatewayClientCert = first(f, c.GatewayClientCert)
	}
	if f := p.ProxyHeaders.ForwardedClientCert; f != "UNDEFINED" {
		c.SidecarClientCert = first(f, c.SidecarClientCert)
	}
}

// ForPod returns the settings of the proxy in a Pod: its annotation
// proxy.istio.io/config goes over the mesh's defaults. An annotation that cannot be
// read counts for nothing; the injector refuses such a Pod (istio:
// model/proxy_config.go). Objects of the kind ProxyConfig set none of these.
func (c Config) ForPod(pod *corev1.Pod) Config {
	if pod == nil || pod.Annotations[annotationProxyConfig] == "" {
		return c
	}
	var p proxyConfig
	if err := yaml.Unmarshal([]byte(pod.Annotations[annotationProxyConfig]), &p); err == nil {
		c.override(p)
	}
	return c
}

// Discovers reports whether the control plane looks at what is in the namespace, any
// kind of object; without selectors at all. known is false where the namespace could
// not be read (nil), and where a selector is invalid: istiod then goes on as before.
// The root namespace is looked at as any other (istio: pkg/kube/namespace/filter.go).
func (c Config) Discovers(ns *corev1.Namespace) (discovers, known bool) {
	if len(c.DiscoverySelectors) == 0 {
		return true, true
	}
	if ns == nil {
		return false, false
	}
	for i := range c.DiscoverySelectors {
		s, err := metav1.LabelSelectorAsSelector(&c.DiscoverySelectors[i])
		if err != nil {
			return false, false
		}
		discovers = discovers || s.Matches(labels.Set(ns.Labels))
	}
	return discovers, true
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
	c.override(m.DefaultConfig)
	c.VirtualServiceExportTo, c.ServiceExportTo = m.DefaultVirtualServiceExportTo, m.DefaultServiceExportTo
	c.DestinationRuleExportTo, c.DiscoverySelectors = m.DefaultDestinationRuleExport, m.DiscoverySelectors
	c.IngressController, c.IngressSelector = m.IngressControllerMode, m.IngressSelector
	if c.IngressSelector == "" && m.IngressService != "istio-ingressgateway" {
		c.IngressSelector = m.IngressService // istio: config/kube/ingress/gateways.go
	}
	c.ProtocolDetectionTimeout = m.ProtocolDetectionTimeout
	for _, ca := range m.CACertificates {
		c.TrustDomains = append(c.TrustDomains, ca.TrustDomains...)
	}
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
