package facts

import (
	"net/netip"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// What a proxy puts on a connection.
const (
	MTLS      = "mTLS"
	HBONE     = "HBONE"
	TLS       = "TLS"
	Plaintext = "plaintext"
)

// upstream is an endpoint that a cluster leads to.
type upstream struct {
	at        netip.AddrPort
	host      string // where at is not valid: a name
	transport string
	sni       string
	waypoint  netip.AddrPort // where the tunnel ends, if not at the endpoint
}

const (
	originalDst  = "envoy.filters.listener.original_dst"
	socketMatch  = "envoy.transport_socket_match"
	mutualSecret = "default" // by this name Istio's own certificate is had
)

// upstreams are the endpoints of a cluster; dialled is what a passthrough keeps.
func upstreams(cfg *xds.Config, name string, dialled netip.AddrPort) []upstream {
	c := cfg.Clusters[name]
	if c.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		return []upstream{socketUpstream(pick(c, nil), dialled)}
	}
	load := c.GetLoadAssignment()
	if c.GetType() == clusterv3.Cluster_EDS {
		load = cfg.Endpoints[c.GetEdsClusterConfig().GetServiceName()]
		if load == nil {
			load = cfg.Endpoints[name]
		}
	}
	var out []upstream
	for _, group := range load.GetEndpoints() {
		for _, e := range group.GetLbEndpoints() {
			if h := e.GetHealthStatus(); h != corev3.HealthStatus_UNKNOWN && h != corev3.HealthStatus_HEALTHY {
				continue
			}
			out = append(out, endpoint(c, e, dialled))
		}
	}
	return out
}

// endpoint reads one of a cluster: an address, or the way into a tunnel to one.
func endpoint(c *clusterv3.Cluster, e *endpointv3.LbEndpoint, dialled netip.AddrPort) upstream {
	socket := pick(c, e.GetMetadata())
	address := e.GetEndpoint().GetAddress()
	if inner := address.GetEnvoyInternalAddress(); inner != nil {
		u := upstream{transport: HBONE}
		tunnel := e.GetMetadata().GetFilterMetadata()[originalDst].GetFields()
		u.at = addrPort(tunnel["local"].GetStringValue())
		u.waypoint = addrPort(tunnel["waypoint"].GetStringValue())
		if !u.at.IsValid() {
			u.at = addrPort(inner.GetEndpointId())
		}
		if !u.at.IsValid() { // the tunnel leads where the request was going
			u.at = dialled
		}
		return u
	}
	s := address.GetSocketAddress()
	ip, err := netip.ParseAddr(s.GetAddress())
	u := socketUpstream(socket, netip.AddrPortFrom(ip, uint16(s.GetPortValue()))) //nolint:gosec // a port
	if err != nil {
		u.host = s.GetAddress()
	}
	return u
}

func addrPort(s string) netip.AddrPort {
	a, err := netip.ParseAddrPort(s)
	if err != nil {
		return netip.AddrPort{}
	}
	return a
}

// pick chooses the transport socket: the first whose labels the endpoint has, else
// the cluster's own.
func pick(c *clusterv3.Cluster, m *corev3.Metadata) *corev3.TransportSocket {
	has := m.GetFilterMetadata()[socketMatch]
	for _, s := range c.GetTransportSocketMatches() {
		if contains(has, s.GetMatch()) {
			return s.GetTransportSocket()
		}
	}
	return c.GetTransportSocket()
}

func contains(has, wanted *structpb.Struct) bool {
	for k, v := range wanted.GetFields() {
		if has.GetFields()[k].GetStringValue() != v.GetStringValue() {
			return false
		}
	}
	return true
}

// socketUpstream reads what a transport socket puts on the connection.
func socketUpstream(s *corev3.TransportSocket, at netip.AddrPort) upstream {
	u := upstream{at: at, transport: Plaintext}
	t := &tlsv3.UpstreamTlsContext{}
	switch a := s.GetTypedConfig(); {
	case a == nil || !a.MessageIs(t) || a.UnmarshalTo(t) != nil:
	default:
		u.transport, u.sni = TLS, t.GetSni()
		for _, secret := range t.GetCommonTlsContext().GetTlsCertificateSdsSecretConfigs() {
			if secret.GetName() == mutualSecret {
				u.transport = MTLS
			}
		}
	}
	return u
}
