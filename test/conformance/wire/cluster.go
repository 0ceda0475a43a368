package wire

import (
	"fmt"
	"path/filepath"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	internalv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/internal_upstream/v3"
	rawv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/raw_buffer/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
)

// mainInternal is the cluster by which a tunnel's inside comes to the proxy's own
// listener for it.
const mainInternal = "main_internal"

// use is the name here of a cluster of the proxy, which is added if it is new. http
// says that the proxy tells the next one that it speaks HTTP.
func (p *proxy) use(name string, http bool) string {
	own := p.name(name)
	if http {
		own += "|http"
	}
	served := p.config.Clusters[name]
	if served == nil || p.used[own] {
		return own
	}
	p.used[own] = true
	c := proto.Clone(served).(*clusterv3.Cluster)
	c.Name, c.AltStatName = own, ""
	if name == mainInternal {
		for _, g := range c.GetLoadAssignment().GetEndpoints() {
			for _, e := range g.GetLbEndpoints() {
				e.GetEndpoint().GetAddress().GetEnvoyInternalAddress().AddressNameSpecifier = &corev3.EnvoyInternalAddress_ServerListenerName{ServerListenerName: p.name(mainInternal)}
			}
		}
		p.batch.add(c)
		return own
	}
	c.LoadAssignment = p.endpoints(served)
	c.ClusterDiscoveryType, c.EdsClusterConfig = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC}, nil
	c.Filters, c.HealthChecks, c.OutlierDetection, c.LrsServer = nil, nil, nil, nil
	if c.GetLbPolicy() == clusterv3.Cluster_CLUSTER_PROVIDED {
		c.LbPolicy = clusterv3.Cluster_ROUND_ROBIN
	}
	sockets := []*corev3.TransportSocket{c.GetTransportSocket()}
	for _, m := range c.GetTransportSocketMatches() {
		sockets = append(sockets, m.GetTransportSocket())
	}
	for _, s := range sockets {
		p.batch.keep(p.outgoing(s, http))
	}
	if raw(c.GetTransportSocket()) {
		c.TransportSocket = nil
	}
	for _, m := range c.GetTransportSocketMatches() {
		if raw(m.GetTransportSocket()) {
			m.TransportSocket.Name = "envoy.transport_sockets.raw_buffer"
			p.batch.keep(m.GetTransportSocket().GetTypedConfig().MarshalFrom(&rawv3.RawBuffer{}))
		}
	}
	p.batch.add(c)
	return own
}

// raw reports whether a socket leads into the proxy itself, which the relay does here.
func raw(s *corev3.TransportSocket) bool {
	return s.GetTypedConfig().MessageIs(&internalv3.InternalUpstreamTransport{})
}

// endpoints are those of a cluster, each behind a relay.
func (p *proxy) endpoints(c *clusterv3.Cluster) *endpointv3.ClusterLoadAssignment {
	load := c.GetLoadAssignment()
	if c.GetType() == clusterv3.Cluster_EDS {
		load = p.config.Endpoints[c.GetEdsClusterConfig().GetServiceName()]
		if load == nil {
			load = p.config.Endpoints[c.GetName()]
		}
	}
	load, _ = proto.Clone(load).(*endpointv3.ClusterLoadAssignment)
	if load == nil {
		load = &endpointv3.ClusterLoadAssignment{}
	}
	load.ClusterName, load.NamedEndpoints = c.GetName(), nil
	if c.GetType() == clusterv3.Cluster_ORIGINAL_DST {
		load.Endpoints = []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: pipe(p.relay(facts.Upstream{Transport: facts.Plaintext}))}},
		}}}}
		return load
	}
	for _, g := range load.GetEndpoints() {
		for _, e := range g.GetLbEndpoints() {
			at := facts.UpstreamOf(c, e)
			e.GetEndpoint().Address, e.GetEndpoint().HealthCheckConfig, e.GetEndpoint().Hostname = pipe(p.relay(at)), nil, ""
		}
	}
	return load
}

// secure gives a server's socket certificates that are here.
func (p *proxy) secure(s *corev3.TransportSocket) error {
	t := &tlsv3.DownstreamTlsContext{}
	if s == nil || !s.GetTypedConfig().MessageIs(t) {
		return nil
	}
	if err := s.GetTypedConfig().UnmarshalTo(t); err != nil {
		return err
	}
	p.static(t.GetCommonTlsContext())
	return s.GetTypedConfig().MarshalFrom(t)
}

// outgoing does the same for a client's; the filter that overrides the protocols
// offered is one of Istio's, so they are set here.
func (p *proxy) outgoing(s *corev3.TransportSocket, http bool) error {
	t := &tlsv3.UpstreamTlsContext{}
	if s == nil || !s.GetTypedConfig().MessageIs(t) {
		return nil
	}
	if err := s.GetTypedConfig().UnmarshalTo(t); err != nil {
		return err
	}
	common := t.GetCommonTlsContext()
	p.static(common)
	if http && len(common.GetAlpnProtocols()) > 0 && strings.HasPrefix(common.GetAlpnProtocols()[0], "istio") {
		common.AlpnProtocols = []string{"istio-http/1.1", "istio", "http/1.1"}
	}
	return s.GetTypedConfig().MarshalFrom(t)
}

// static: without a source the names are those of the bootstrap's secrets. What is not
// the mesh's own gets a certificate of this mesh, which is to be seen by nobody.
func (p *proxy) static(c *tlsv3.CommonTlsContext) {
	for _, s := range c.GetTlsCertificateSdsSecretConfigs() {
		s.SdsConfig, s.Name = nil, p.batch.secret(p.identity)
	}
	combined := c.GetCombinedValidationContext()
	if s := combined.GetValidationContextSdsSecretConfig(); s != nil {
		if s.GetName() == rootCA {
			s.SdsConfig = nil
			return
		}
		c.ValidationContextType = nil
	}
	if s := c.GetValidationContextSdsSecretConfig(); s != nil {
		if s.GetName() == rootCA {
			s.SdsConfig = nil
			return
		}
		c.ValidationContextType = nil
	}
}

const rootCA = "ROOTCA"

// socket is where a listener listens.
func (b *Batch) socket() string {
	b.sockets++
	return filepath.Join(b.dir, fmt.Sprint(b.sockets))
}
