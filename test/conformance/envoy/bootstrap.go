package envoy

import (
	"net"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	internalv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/bootstrap/internal_listener/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstreamsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// bootstrap is what Envoy starts with: its administration, the mesh's secrets under
// the names that istiod uses, the authorizers, and where its listeners are.
func (l *Lab) bootstrap(admin, listeners string) (*bootstrapv3.Bootstrap, error) {
	secrets, err := l.secrets()
	if err != nil {
		return nil, err
	}
	static := &bootstrapv3.Bootstrap_StaticResources{Secrets: secrets}
	for _, a := range l.authorizers {
		c, err := a.cluster()
		if err != nil {
			return nil, err
		}
		static.Clusters = append(static.Clusters, c)
	}
	internal, err := anypb.New(&internalv3.InternalListener{})
	if err != nil {
		return nil, err
	}
	return &bootstrapv3.Bootstrap{
		Node: &corev3.Node{Id: "conformance", Cluster: "conformance"},
		Admin: &bootstrapv3.Admin{Address: &corev3.Address{Address: &corev3.Address_Pipe{
			Pipe: &corev3.Pipe{Path: admin},
		}}},
		StaticResources: static,
		BootstrapExtensions: []*corev3.TypedExtensionConfig{{
			Name: "envoy.bootstrap.internal_listener", TypedConfig: internal,
		}},
		DynamicResources: &bootstrapv3.Bootstrap_DynamicResources{LdsConfig: &corev3.ConfigSource{
			ResourceApiVersion: corev3.ApiVersion_V3,
			ConfigSourceSpecifier: &corev3.ConfigSource_PathConfigSource{
				PathConfigSource: &corev3.PathConfigSource{Path: listeners},
			},
		}},
	}, nil
}

func (l *Lab) secrets() ([]*tlsv3.Secret, error) {
	own, err := l.Secret("default", "cluster.local/ns/"+trial.Namespace+"/sa/"+trial.Workload)
	if err != nil {
		return nil, err
	}
	return []*tlsv3.Secret{
		own,
		{Name: "ROOTCA", Type: &tlsv3.Secret_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{
			TrustedCa: inline(l.authority.pem),
		}}},
	}, nil
}

// Secret is the certificate of an identity as Envoy takes it, under a name.
func (l *Lab) Secret(name, identity string) (*tlsv3.Secret, error) {
	leaf, err := l.authority.leaf(identity)
	if err != nil {
		return nil, err
	}
	chain, key, err := pair(leaf)
	if err != nil {
		return nil, err
	}
	return &tlsv3.Secret{Name: name, Type: &tlsv3.Secret_TlsCertificate{TlsCertificate: &tlsv3.TlsCertificate{
		CertificateChain: inline(chain), PrivateKey: inline(key),
	}}}, nil
}

func inline(b []byte) *corev3.DataSource {
	return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: b}}
}

// cluster is how Envoy reaches the authorizer, under the name that istiod uses.
func (a *authorizer) cluster() (*clusterv3.Cluster, error) {
	c := cluster(a.name, a.listener.Addr())
	if !a.grpc {
		return c, nil
	}
	h2, err := anypb.New(&upstreamsv3.HttpProtocolOptions{
		UpstreamProtocolOptions: &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig_{
			ExplicitHttpConfig: &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig{
				ProtocolConfig: &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{
					Http2ProtocolOptions: &corev3.Http2ProtocolOptions{},
				},
			},
		},
	})
	c.TypedExtensionProtocolOptions = map[string]*anypb.Any{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": h2}
	return c, err
}

// cluster has one endpoint.
func cluster(name string, at net.Addr) *clusterv3.Cluster {
	tcp := at.(*net.TCPAddr)
	return &clusterv3.Cluster{
		Name:           name,
		ConnectTimeout: durationpb.New(patience),
		LoadAssignment: &endpointv3.ClusterLoadAssignment{
			ClusterName: name,
			Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
				HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{
					Address: address(tcp.IP.String(), uint32(tcp.Port)),
				}},
			}}}},
		},
	}
}
