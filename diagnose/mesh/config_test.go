package mesh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func configMap(name string, labels, data set) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: name, Labels: labels}, Data: data}
}

func TestParseConfig(t *testing.T) {
	full := `
rootNamespace: mesh
trustDomain: td1
trustDomainAliases: [td2]
enableAutoMtls: false
pathNormalization: {normalization: MERGE_SLASHES}
outboundTrafficPolicy: {mode: REGISTRY_ONLY}
defaultConfig:
  discoveryAddress: istiod.mesh.svc:15012
  gatewayTopology: {numTrustedProxies: 2, forwardClientCertDetails: APPEND_FORWARD}
  proxyHeaders: {forwardedClientCert: SANITIZE}
defaultVirtualServiceExportTo: ["."]
defaultServiceExportTo: [a]
defaultDestinationRuleExportTo: ["*"]
discoverySelectors:
- matchLabels: {mesh: "yes"}
- matchExpressions: [{key: env, operator: In, values: [prod]}]
ingressControllerMode: DEFAULT
ingressSelector: gw
protocolDetectionTimeout: 5s
caCertificates:
- {pem: x, trustDomains: [td3]}
- {pem: y, trustDomains: [td4, td5]}
extensionProviders:
- name: opa
  envoyExtAuthzGrpc: {service: opa.opa.svc.cluster.local, port: 9191}
- name: oauth
  envoyExtAuthzHttp: {service: oauth.oauth.svc.cluster.local, port: 80}
- name: zipkin
  zipkin: {service: z, port: 1}
aFieldOfTomorrow: {x: 1}
`
	defaults := DefaultConfig()
	revised := defaults
	revised.Revision = "canary"
	tests := map[string]struct {
		cm   *corev1.ConfigMap
		want Config
	}{
		"everything": {configMap("istio", set{"istio.io/rev": "default"}, set{"mesh": full}), Config{
			RootNamespace: "mesh", TrustDomain: "td1", TrustDomainAliases: []string{"td2"},
			PathNormalization: "MERGE_SLASHES", OutboundPolicy: "REGISTRY_ONLY", NumTrustedProxies: 2,
			Providers: map[string]bool{"opa": true, "oauth": false}, Revision: "default",
			VirtualServiceExportTo: []string{"."}, ServiceExportTo: []string{"a"}, DestinationRuleExportTo: []string{"*"},
			DiscoverySelectors: []metav1.LabelSelector{
				{MatchLabels: set{"mesh": "yes"}},
				{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "env", Operator: "In", Values: []string{"prod"}}}},
			},
			IngressController: "DEFAULT", IngressSelector: "gw", ProtocolDetectionTimeout: "5s",
			TrustDomains:      []string{"td3", "td4", "td5"},
			GatewayClientCert: "APPEND_FORWARD", SidecarClientCert: "SANITIZE",
		}},
		"nothing": {configMap("istio", nil, set{"mesh": ""}), defaults},
		"the Ingress' Service is its selector": {configMap("istio", nil, set{"mesh": "ingressService: gw"}), func() Config {
			c := DefaultConfig()
			c.IngressSelector = "gw"
			return c
		}()},
		"the default Service is none": {configMap("istio", nil, set{"mesh": "ingressService: istio-ingressgateway"}), defaults},
		"DEFAULT is BASE":             {configMap("istio", nil, set{"mesh": "pathNormalization: {normalization: DEFAULT}"}), defaults},
		"the revision by its name":    {configMap("istio-canary", nil, set{"mesh": ""}), revised},
		"the revision by its label":   {configMap("istio", set{"istio.io/rev": "canary"}, set{"mesh": ""}), revised},
		"the label before the name":   {configMap("istio-stable", set{"istio.io/rev": "canary"}, set{"mesh": ""}), revised},
		"no tracer is an authorizer":  {configMap("istio", nil, set{"mesh": "extensionProviders: [{name: z, zipkin: {}}]"}), defaults},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ParseConfig(tt.cm)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseConfigThatCannotBeRead(t *testing.T) {
	if c, err := ParseConfig(nil); err != nil || c.Assumed == "" || c.RootNamespace != "istio-system" {
		t.Errorf("no ConfigMap: got %+v, %v", c, err)
	}
	for name, cm := range map[string]*corev1.ConfigMap{
		"no key":   configMap("istio", nil, nil),
		"no YAML":  configMap("istio", nil, set{"mesh": "a: [b"}),
		"no match": configMap("istio", nil, set{"mesh": "enableAutoMtls: maybe"}),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := ParseConfig(cm)
			if err == nil || !strings.Contains(err.Error(), `"istio-system/istio"`) || !strings.Contains(err.Error(), `"mesh"`) {
				t.Errorf("error: %v", err)
			}
			if c.Assumed == "" || !c.AutoMTLS {
				t.Errorf("the defaults are not assumed: %+v", c)
			}
		})
	}
}

func TestPrincipal(t *testing.T) {
	web := pod()
	web.Spec.ServiceAccountName = "web"
	for want, got := range map[string]string{
		"":                                Principal(DefaultConfig(), nil),
		"cluster.local/ns/foo/sa/web":     Principal(DefaultConfig(), web),
		"td/ns/foo/sa/default":            Principal(Config{TrustDomain: "td"}, pod()),
		"cluster.local/ns/foo/sa/default": Principal(Config{}, pod()),
		"a.b/ns/foo/sa/default":           Principal(Config{TrustDomain: "a@b"}, pod()),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestForPod follows istio: model/proxy_config.go.
func TestForPod(t *testing.T) {
	c := DefaultConfig()
	c.NumTrustedProxies, c.GatewayClientCert = 1, "SANITIZE"
	with := func(config string) *corev1.Pod { return pod(annotated(set{"proxy.istio.io/config": config})) }
	tests := map[string]struct {
		pod     *corev1.Pod
		proxies int
		gateway string
		sidecar string
	}{
		"no Pod":         {nil, 1, "SANITIZE", ""},
		"no annotation":  {pod(), 1, "SANITIZE", ""},
		"something else": {with("concurrency: 2"), 1, "SANITIZE", ""},
		"proxies":        {with("gatewayTopology: {numTrustedProxies: 2}"), 2, "SANITIZE", ""},
		"none of them":   {with(`{"gatewayTopology":{"numTrustedProxies":0}}`), 0, "SANITIZE", ""},
		"certificates":   {with("gatewayTopology: {forwardClientCertDetails: FORWARD_ONLY}\nproxyHeaders: {forwardedClientCert: SANITIZE_SET}"), 1, "FORWARD_ONLY", "SANITIZE_SET"},
		"UNDEFINED":      {with("gatewayTopology: {forwardClientCertDetails: UNDEFINED}\nproxyHeaders: {forwardedClientCert: UNDEFINED}"), 1, "SANITIZE", ""},
		"no YAML":        {with("a: [b"), 1, "SANITIZE", ""},
		"no match":       {with("gatewayTopology: 1"), 1, "SANITIZE", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := c.ForPod(tt.pod)
			if got.NumTrustedProxies != tt.proxies || got.GatewayClientCert != tt.gateway || got.SidecarClientCert != tt.sidecar {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestDiscovers follows istio: pkg/kube/namespace/filter.go.
func TestDiscovers(t *testing.T) {
	c := DefaultConfig()
	if d, known := c.Discovers(nil); !d || !known {
		t.Error("without selectors every namespace is looked at")
	}
	c.DiscoverySelectors = []metav1.LabelSelector{
		{MatchLabels: set{"mesh": "yes"}},
		{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "env", Operator: "In", Values: []string{"prod"}}}},
	}
	for name, tt := range map[string]struct {
		ns               *corev1.Namespace
		discovers, known bool
	}{
		"the first":  {namespace("a", set{"mesh": "yes"}), true, true},
		"the second": {namespace("a", set{"env": "prod"}), true, true},
		"none":       {namespace("a", set{"env": "test"}), false, true},
		"unread":     {nil, false, false},
	} {
		if d, known := c.Discovers(tt.ns); d != tt.discovers || known != tt.known {
			t.Errorf("%s: got %v, %v", name, d, known)
		}
	}
	c.DiscoverySelectors = append(c.DiscoverySelectors, metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "env", Operator: "rubbish"}}})
	if _, known := c.Discovers(namespace("a", set{"mesh": "yes"})); known {
		t.Error("with an invalid selector istiod goes on as before")
	}
}
