package xds

import (
	"context"
	"fmt"

	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"

	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// Mesh is all that a ztunnel gets.
type Mesh struct {
	Workloads []*workloadapi.Workload
	Services  []*workloadapi.Service
	Policies  []*security.Authorization
}

const (
	addressType = "type.googleapis.com/istio.workload.Address"
	policyType  = "type.googleapis.com/istio.security.Authorization"
)

// FetchMesh asks for what a ztunnel knows of the mesh as it is now.
func (c *Client) FetchMesh(ctx context.Context) (*Mesh, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	node, err := Node{Kind: Ztunnel, Namespace: "istio-system", Name: "ztunnel", IP: "127.0.0.2"}.wire(c.version)
	if err != nil {
		return nil, err
	}
	s, err := discoveryv3.NewAggregatedDiscoveryServiceClient(c.conn).DeltaAggregatedResources(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking istiod for the mesh: %w", err)
	}
	out := &Mesh{}
	for _, url := range []string{addressType, policyType} {
		if err := s.Send(&discoveryv3.DeltaDiscoveryRequest{Node: node, TypeUrl: url, ResourceNamesSubscribe: []string{"*"}}); err != nil {
			return nil, err
		}
		for {
			got, err := s.Recv()
			if err != nil {
				return nil, fmt.Errorf("asking istiod for the mesh: %w", err)
			}
			if got.GetTypeUrl() != url {
				continue
			}
			if err := out.add(got); err != nil {
				return nil, err
			}
			break
		}
	}
	return out, nil
}

func (m *Mesh) add(got *discoveryv3.DeltaDiscoveryResponse) error {
	for _, r := range got.GetResources() {
		if got.GetTypeUrl() == policyType {
			p := &security.Authorization{}
			if err := r.GetResource().UnmarshalTo(p); err != nil {
				return err
			}
			m.Policies = append(m.Policies, p)
			continue
		}
		a := &workloadapi.Address{}
		if err := r.GetResource().UnmarshalTo(a); err != nil {
			return err
		}
		if w := a.GetWorkload(); w != nil {
			m.Workloads = append(m.Workloads, w)
		} else if s := a.GetService(); s != nil {
			m.Services = append(m.Services, s)
		}
	}
	return nil
}
