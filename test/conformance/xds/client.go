package xds

import (
	"context"
	"fmt"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

const prefix = "type.googleapis.com/envoy.config."

// Client asks one istiod.
type Client struct {
	conn    *grpc.ClientConn
	version string // of the proxies
}

// NewClient returns a client of the istiod at an address.
func NewClient(address, version string) (*Client, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(256<<20)))
	if err != nil {
		return nil, err
	}
	return &Client{conn: conn, version: version}, nil
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Config is all that an Envoy gets.
type Config struct {
	Listeners []*listenerv3.Listener
	Routes    map[string]*routev3.RouteConfiguration
	Clusters  map[string]*clusterv3.Cluster
	Endpoints map[string]*endpointv3.ClusterLoadAssignment
}

// stream is one conversation with istiod.
type stream struct {
	discoveryv3.AggregatedDiscoveryService_StreamAggregatedResourcesClient
	node *corev3.Node
}

// Fetch asks for the whole configuration of a proxy as it is now.
func (c *Client) Fetch(ctx context.Context, n Node) (*Config, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	node, err := n.wire(c.version)
	if err != nil {
		return nil, err
	}
	open, err := discoveryv3.NewAggregatedDiscoveryServiceClient(c.conn).StreamAggregatedResources(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking istiod for %s: %w", node.GetId(), err)
	}
	s := &stream{open, node}
	out := &Config{
		Routes: map[string]*routev3.RouteConfiguration{}, Clusters: map[string]*clusterv3.Cluster{},
		Endpoints: map[string]*endpointv3.ClusterLoadAssignment{},
	}
	if err := s.fill(out); err != nil {
		return nil, fmt.Errorf("asking istiod for %s: %w", node.GetId(), err)
	}
	return out, nil
}

// fill asks in the order in which Envoy does.
func (s *stream) fill(out *Config) error {
	err := read(s, prefix+"cluster.v3.Cluster", nil, func(c *clusterv3.Cluster) { out.Clusters[c.GetName()] = c })
	if err != nil {
		return err
	}
	err = read(s, prefix+"endpoint.v3.ClusterLoadAssignment", out.endpointNames(),
		func(e *endpointv3.ClusterLoadAssignment) { out.Endpoints[e.GetClusterName()] = e })
	if err != nil {
		return err
	}
	err = read(s, prefix+"listener.v3.Listener", nil, func(l *listenerv3.Listener) { out.Listeners = append(out.Listeners, l) })
	if err != nil {
		return err
	}
	return read(s, prefix+"route.v3.RouteConfiguration", out.routeNames(),
		func(r *routev3.RouteConfiguration) { out.Routes[r.GetName()] = r })
}

// read asks for resources of a type; nil names are all. A type of which there is no
// name is not asked for.
func read[T any, M interface {
	*T
	proto.Message
}](s *stream, url string, names []string, add func(M)) error {
	if names != nil && len(names) == 0 {
		return nil
	}
	if err := s.Send(&discoveryv3.DiscoveryRequest{Node: s.node, TypeUrl: url, ResourceNames: names}); err != nil {
		return err
	}
	for {
		got, err := s.Recv()
		if err != nil {
			return err
		}
		if err := s.Send(&discoveryv3.DiscoveryRequest{
			TypeUrl: got.GetTypeUrl(), VersionInfo: got.GetVersionInfo(), ResponseNonce: got.GetNonce(),
			ResourceNames: names,
		}); err != nil {
			return err
		}
		if got.GetTypeUrl() != url {
			continue // a push of what was asked before
		}
		for _, r := range got.GetResources() {
			m := M(new(T))
			if err := r.UnmarshalTo(m); err != nil {
				return err
			}
			add(m)
		}
		return nil
	}
}
