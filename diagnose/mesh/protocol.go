package mesh

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Protocol is what a proxy takes a port for. The zero value is not known.
type Protocol uint8

const (
	UnknownProtocol Protocol = iota
	HTTP                     // HTTP/1.1, HTTP/2, gRPC
	TCP                      // an opaque stream, also TLS that the application ends
	Auto                     // sniffed, connection by connection
	UDP                      // not proxied
)

// String returns the protocol in a word.
func (p Protocol) String() string {
	switch p {
	case UnknownProtocol:
		return "unknown"
	case HTTP:
		return "http"
	case TCP:
		return "tcp"
	case Auto:
		return "auto"
	case UDP:
		return "udp"
	}
	return "?"
}

// MarshalText makes a Protocol readable in JSON and YAML.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// wellKnown are the ports whose server speaks first: taken for TCP when the
// protocol is not declared (istio: pkg/config/kube/conversion.go).
var wellKnown = []int32{25, 53, 3306, 27017}

// PortProtocol returns what Istio takes a Service port for, and why. An appProtocol
// hides the port's name, also when Istio does not know it. Several Services with
// the same target port are not this function's matter: the oldest decides.
func PortProtocol(p corev1.ServicePort) (Protocol, string) {
	if p.Protocol == corev1.ProtocolUDP {
		return UDP, "protocol UDP is not proxied"
	}
	name, what := p.Name, "port name "+p.Name
	if p.AppProtocol != nil {
		name, what = *p.AppProtocol, "appProtocol "+first(*p.AppProtocol, `""`)
		switch name {
		case "kubernetes.io/h2c", "kubernetes.io/ws":
			return HTTP, what
		case "kubernetes.io/wss":
			return TCP, what + ": TLS that the application ends"
		}
	}
	if protocol, why := declared(name); protocol != UnknownProtocol {
		return protocol, what + why
	}
	known := "does not name a protocol"
	if p.AppProtocol != nil {
		known = "is unknown to Istio"
	} else if p.Name == "" {
		what, known = "the port", "has no name"
	}
	if slices.Contains(wellKnown, p.Port) {
		return TCP, fmt.Sprintf("%s %s; port %d is taken for TCP", what, known, p.Port)
	}
	return Auto, what + " " + known + ", so the protocol is sniffed"
}

// declared returns the protocol that a name starts with, and what is to be said of
// it; UnknownProtocol if Istio knows no such name.
func declared(name string) (Protocol, string) {
	lower := strings.ToLower(name)
	if strings.HasPrefix(lower, "grpc-web") {
		return HTTP, ""
	}
	head, _, _ := strings.Cut(lower, "-")
	switch head {
	case "http", "http2", "http_proxy", "grpc":
		return HTTP, ""
	case "https", "tls":
		return TCP, ": TLS that the application ends"
	case "tcp", "mongo", "redis", "mysql":
		return TCP, ""
	case "udp":
		return UDP, " is not proxied"
	}
	return UnknownProtocol, ""
}
