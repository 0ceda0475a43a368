package mesh

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
)

// SidecarOf returns the Sidecar that configures the proxy of a workload with these
// labels in the namespace, nil if none does, and why. It is the oldest in the
// namespace whose workloadSelector matches, else the oldest there without one, else
// the oldest without one in the root namespace. An empty workloadSelector is one.
// Sidecars are for sidecars: gateways, waypoints and ztunnel read none, which the
// caller knows (istio: model/push_context.go initSidecarScopes, doGetSidecarScope).
func SidecarOf(c Config, labels map[string]string, namespace string, sidecars []*networkingv1.Sidecar) (s *networkingv1.Sidecar, why string) {
	sorted := slices.DeleteFunc(slices.Clone(sidecars), func(s *networkingv1.Sidecar) bool { return s == nil || !c.reads(s.Labels) })
	slices.SortStableFunc(sorted, func(a, b *networkingv1.Sidecar) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	var own, root *networkingv1.Sidecar
	for _, s := range sorted {
		switch selector := s.Spec.GetWorkloadSelector(); {
		case selector != nil && s.Namespace == namespace && Selects(selector.GetLabels(), labels):
			return s, "its workloadSelector matches"
		case selector != nil:
		case s.Namespace == namespace && own == nil:
			own = s
		case s.Namespace == c.RootNamespace && root == nil:
			root = s
		}
	}
	switch {
	case own != nil:
		return own, "it is the default of namespace " + namespace
	case root != nil:
		return root, "it is the default of the mesh"
	}
	return nil, "no Sidecar applies: the proxy knows every Service and listens for those of the Pod"
}

// Inbound is what a Sidecar makes of connections to a port of the workload.
type Inbound struct {
	// Replaces says that the Sidecar has ingress listeners, so that no port of a
	// Service counts: what Services say of a protocol is not looked at.
	Replaces bool `json:"replaces,omitempty"`
	// Found says that one of the listeners is for the port. Of a port that is not
	// listed the proxy sniffs the protocol and passes it on to the same port; its mTLS
	// mode and all policies hold there just the same, by the number of the port.
	Found bool `json:"found,omitempty"`
	// Protocol is what the port is taken for; UnknownProtocol without Replaces, for
	// then the Service decides.
	Protocol Protocol `json:"protocol"`
	// ForwardTo is the port that the application is called at, 0 for a Unix socket;
	// Address is where: empty as dialled, else an address, or unix:///path. Policies
	// see the port of the listener, whatever this is.
	ForwardTo uint16 `json:"forwardTo,omitempty"`
	Address   string `json:"address,omitempty"`
	// TLSMode is what the listener asks for: SIMPLE, MUTUAL; empty: nothing. istiod
	// leaves it out unless its environment has ENABLE_TLS_ON_SIDECAR_INGRESS, and
	// then heeds it on ports whose mTLS mode is DISABLE (istio: features/experimental.go,
	// networking/core/listener_inbound.go buildInboundListeners).
	TLSMode string `json:"tlsMode,omitempty"`
	Field   string `json:"field,omitempty"`
	Why     string `json:"why,omitempty"`
	// Missing names the fact that is not known; then Protocol is UnknownProtocol.
	Missing string `json:"missing,omitempty"`
}

// Ingress returns what the Sidecar makes of a connection to the port of the Pod: the
// port that is dialled at the Pod's address. A nil Sidecar replaces nothing; a nil
// Pod is one whose traffic is redirected in the usual way. Istiod takes the first
// listener of a port (istio: networking/core/listener_inbound.go
// buildInboundChainConfigs, core/cluster.go buildInboundClusters).
func Ingress(s *networkingv1.Sidecar, pod *corev1.Pod, port uint16) Inbound {
	if s == nil || len(s.Spec.GetIngress()) == 0 {
		return Inbound{ForwardTo: port, Why: "no Sidecar lists what the workload listens on"}
	}
	name := "Sidecar " + named(s.Namespace, s.Name)
	redirected := pod == nil || pod.Annotations[annotationIntercept] != "NONE"
	for i, l := range s.Spec.GetIngress() {
		if l.GetPort().GetNumber() != uint32(port) {
			continue
		}
		in := Inbound{Replaces: true, Found: true, Field: fmt.Sprintf("spec.ingress[%d]", i), Why: name + " lists the port"}
		if l.GetCaptureMode() == networkingapi.CaptureMode_NONE && redirected {
			in.Missing = "what becomes of port " + strconv.Itoa(int(port)) + ", for which " + name + " sets captureMode NONE though the Pod's traffic is redirected"
			return in
		}
		in.Protocol = ingressProtocol(l.GetPort().GetProtocol())
		in.Address, in.ForwardTo = endpoint(l.GetDefaultEndpoint(), port)
		if l.GetTls() != nil {
			in.TLSMode = l.GetTls().GetMode().String()
		}
		return in
	}
	return Inbound{
		Replaces: true, Protocol: Auto, ForwardTo: port, Field: "spec.ingress",
		Why: name + " does not list the port, whatever Services say: its protocol is sniffed, and policies hold as elsewhere",
	}
}

// ingressProtocol reads a protocol as a Sidecar or ServiceEntry writes it: the whole
// word, in any case (istio: pkg/config/protocol/instance.go Parse).
func ingressProtocol(name string) Protocol {
	switch strings.ToLower(name) {
	case "http", "http2", "http_proxy", "grpc", "grpc-web":
		return HTTP
	case "tcp", "https", "tls", "mongo", "redis", "mysql":
		return TCP
	case "udp":
		return UDP
	}
	return Auto
}

// endpoint reads a defaultEndpoint; 0.0.0.0 and [::] are the Pod's own address.
func endpoint(text string, port uint16) (address string, forwardTo uint16) {
	if strings.HasPrefix(text, "unix://") {
		return text, 0
	}
	host, number, err := net.SplitHostPort(text)
	n, wrong := strconv.ParseUint(number, 10, 16)
	if err != nil || wrong != nil {
		return "", port // istiod refuses others
	}
	if host == "0.0.0.0" || host == "::" {
		host = ""
	}
	return host, uint16(n)
}
