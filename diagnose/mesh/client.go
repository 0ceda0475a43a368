package mesh

import (
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
	// RuleMode is what Field says: SIMPLE.
	RuleMode string `json:"ruleMode,omitempty"`
	Why      string `json:"why,omitempty"`
	// Missing names the fact that is not known; only where TLS is UnknownTLS.
	Missing string `json:"missing,omitempty"`
	// Blocked tells why the client's own proxy does not let the connection out.
	Blocked string `json:"blocked,omitempty"`
	// Symptom is what the application sees of Blocked, where that is not usual.
	Symptom string `json:"symptom,omitempty"`
	// ByAddress says that the source's address is a Pod's own, by which a node plane may
	// look up an identity without any TLS.
	ByAddress bool `json:"byAddress,omitempty"`
	// OwnTLS says that the TLS is the application's, whatever Rule says.
	OwnTLS bool `json:"ownTLS,omitempty"`
}

// ClientQuery is what is known of a connection when the client opens it.
type ClientQuery struct {
	Config Config
	// Source is nil for a client that is no Pod, Destination for an unknown one.
	Source, Destination *corev1.Pod
	SourcePresence      Presence
	DestinationPresence Presence
	// Host is the FQDN of the Service or an external host; empty for a Pod IP.
	Host                    string
	ServiceNamespace        string
	ServicePort, TargetPort uint16
	ToPodIP, Headless       bool
	// HeadlessTCP says that the address and port that are dialled are those of an
	// endpoint of a headless Service and of a port of it that is TCP. The sidecar has
	// a listener for these and cannot tell the call from one by name, so Host,
	// ServiceNamespace, ServicePort and Endpoints are to be those of that Service,
	// also where ToPodIP is set.
	HeadlessTCP bool
	// External says that Host is outside the cluster, or is not registered: no Pod of
	// the mesh is there. Whether the mesh lets the connection out, the caller knows:
	// ServiceEntries are not among what is asked here.
	External bool
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
	q.Headless = q.Headless || q.HeadlessTCP
	c := q.decide()
	c.ByAddress = q.Source != nil && !q.Source.Spec.HostNetwork
	if https := strings.EqualFold(q.Scheme, "https"); https && c.TLS == Plaintext {
		c.OwnTLS, c.TLS, c.Why = true, SimpleTLS, join(c.Why, "the application itself speaks TLS")
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
	case source.Foreign() != nil:
		return Client{TLS: Plaintext, Why: source.Foreign().Title + " carries the connection as it is"}
	case source == Ambient && q.External:
		return Client{TLS: Plaintext, Why: q.outside() + ": ztunnel passes on what the application sends"}
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
	switch {
	case q.External:
		return q.toOutside()
	case q.passthrough():
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

// join puts two reasons in one sentence; an empty one leaves the other.
func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
