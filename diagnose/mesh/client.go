package mesh

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// TLS is what the client's side puts on the connection. The zero value is not known.
type TLS uint8

const (
	UnknownTLS   TLS = iota
	Plaintext        // no TLS of the mesh; the application may bring its own
	MutualTLS        // Istio's mTLS, or HBONE
	SimpleTLS        // TLS without a client certificate
	OwnMutualTLS     // mTLS with certificates of the user
)

// String returns the kind of TLS in words.
func (t TLS) String() string {
	switch t {
	case UnknownTLS:
		return "unknown"
	case Plaintext:
		return "plaintext"
	case MutualTLS:
		return "mTLS"
	case SimpleTLS:
		return "TLS"
	case OwnMutualTLS:
		return "own mTLS"
	}
	return "?"
}

// MarshalText makes a TLS readable in JSON and YAML.
func (t TLS) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Client is what the client's side puts on the connection, with the evidence.
type Client struct {
	TLS   TLS  `json:"tls"`
	HBONE bool `json:"hbone,omitempty"`
	// Rule is the DestinationRule that decides, namespace/name.
	Rule  string `json:"rule,omitempty"`
	Field string `json:"field,omitempty"`
	Why   string `json:"why,omitempty"`
	// Missing names the fact that is not known; only where TLS is UnknownTLS.
	Missing string `json:"missing,omitempty"`
	// Blocked tells why the client's own proxy does not let the connection out.
	Blocked string `json:"blocked,omitempty"`
	// ByAddress says that the source's address is a Pod's own, by which Kmesh looks
	// up an identity without any TLS.
	ByAddress bool `json:"byAddress,omitempty"`
}

// ClientQuery is what is known of a connection when the client opens it.
type ClientQuery struct {
	Config Config
	// Source is nil for a client that is no Pod, Destination for an unknown one.
	Source, Destination *corev1.Pod
	SourcePresence      Presence
	DestinationPresence Presence
	// Host is the FQDN of the Service; empty for a Pod IP.
	Host                    string
	ServiceNamespace        string
	ServicePort, TargetPort uint16
	ToPodIP, Headless       bool
	// Server is what the destination port demands.
	Server Server
	Rules  []*networkingv1.DestinationRule
	// RulesUnread names what DestinationRules could not be read; empty if all were.
	RulesUnread string
	// Scheme is the scheme the application speaks: https means TLS of its own.
	Scheme string

	// Subset is the subset that routing chose; empty if none or not known.
	Subset string
	// ServiceIPs are the Service's cluster IPs: they matter to redirection by range.
	ServiceIPs []string
	// Endpoints are all Pods of a headless Service; nil if they were not read.
	Endpoints []*corev1.Pod
}

// ClientTLS returns what the client's side puts on the connection. It does not say
// whether the server takes it: see [Meet].
func ClientTLS(q ClientQuery) Client {
	c := q.decide()
	c.ByAddress = q.Source != nil && !q.Source.Spec.HostNetwork
	if https := strings.EqualFold(q.Scheme, "https"); https && c.TLS == Plaintext {
		c.TLS, c.Why = SimpleTLS, join(c.Why, "the application itself speaks TLS")
	} else if https && c.TLS != UnknownTLS {
		c.Why = join(c.Why, "the application's own TLS is inside")
	}
	return c
}

// decide goes through what stands between the application and the wire.
func (q ClientQuery) decide() Client {
	switch source := q.SourcePresence.Plane; {
	case q.Source != nil && q.Destination != nil && q.ToPodIP && samePod(q.Source, q.Destination):
		return Client{TLS: Plaintext, Why: "a Pod's call to its own address stays in the Pod and crosses no proxy"}
	case source == UnknownPlane:
		return Client{Missing: first(q.SourcePresence.Missing, "the data plane of the source")}
	case source == NoPlane && q.Source == nil:
		return Client{TLS: Plaintext, Why: first(q.SourcePresence.Why, "the source is outside the mesh")}
	case source == NoPlane:
		return Client{TLS: Plaintext, Why: join(podName(q.Source)+" has no data plane", q.SourcePresence.Why)}
	case source == Kmesh:
		return Client{TLS: Plaintext, Why: "Kmesh carries the connection as it is"}
	case source == Ambient:
		return q.fromAmbient()
	case source == Sidecar && q.Source != nil:
		addresses, port := q.dialled()
		captured, why, missing := capturedOutbound(q.Source, addresses, port)
		if missing != "" {
			return Client{Missing: missing}
		}
		if !captured {
			return Client{TLS: Plaintext, Why: "the sidecar of " + podName(q.Source) + " does not see the connection: " + why}
		}
	}
	if q.passthrough() {
		return q.toAddress()
	}
	return q.fromEnvoy()
}

// fromAmbient: ztunnel uses HBONE towards whatever accepts it, and knows neither
// DestinationRules nor Istio's mTLS without HBONE.
func (q ClientQuery) fromAmbient() Client {
	switch d := q.DestinationPresence; {
	case d.Plane == UnknownPlane:
		return Client{Missing: first(d.Missing, "the data plane of the destination")}
	case d.HBONE:
		return Client{TLS: MutualTLS, HBONE: true, Why: "ztunnel uses HBONE: the destination accepts it"}
	case d.Plane == Sidecar:
		return Client{TLS: Plaintext, Why: "the destination's sidecar does not accept HBONE: it lacks the label " + labelTunnel + ": http"}
	}
	return Client{TLS: Plaintext, Why: "the destination does not accept HBONE"}
}

// passthrough reports whether a sidecar takes the connection for one to an address
// it knows nothing about. Gateways and waypoints route to Services only.
func (q ClientQuery) passthrough() bool {
	return q.SourcePresence.Plane == Sidecar && (q.Host == "" || q.ToPodIP && !q.Headless)
}

// toAddress: the passthrough cluster adds nothing and takes no DestinationRule.
func (q ClientQuery) toAddress() Client {
	if q.Config.OutboundPolicy == "REGISTRY_ONLY" {
		return Client{
			TLS: Plaintext, Why: "the call is to a Pod IP",
			Blocked: "outboundTrafficPolicy is REGISTRY_ONLY and a Pod IP belongs to no Service: the client's sidecar drops the connection",
		}
	}
	return Client{TLS: Plaintext, Why: "the call is to a Pod IP: the client's sidecar passes it through as it is"}
}

// dialled returns the addresses that the application may dial, and the port.
func (q ClientQuery) dialled() ([]netip.Addr, uint16) {
	var out []netip.Addr
	ips, port := q.ServiceIPs, q.ServicePort
	if q.Host == "" || q.ToPodIP || q.Headless {
		ips = nil
		if q.Destination != nil {
			ips = append(ips, q.Destination.Status.PodIP)
			for _, ip := range q.Destination.Status.PodIPs {
				ips = append(ips, ip.IP)
			}
		}
		if q.ToPodIP || q.Host == "" || port == 0 {
			port = q.TargetPort
		}
	}
	for _, ip := range ips {
		if a, err := netip.ParseAddr(ip); err == nil {
			out = append(out, a)
		}
	}
	return out, port
}

func samePod(a, b *corev1.Pod) bool {
	return a == b || a.Namespace == b.Namespace && a.Name == b.Name && a.Name != "" && a.UID == b.UID
}

// join puts two reasons in one sentence; an empty one leaves the other.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
