// Package xds asks a running istiod for what it would send to a proxy.
package xds

import (
	"fmt"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"google.golang.org/protobuf/types/known/structpb"
)

// Kind is what a proxy runs as.
type Kind string

// The kinds, as they stand at the head of a proxy's name.
const (
	Sidecar  Kind = "sidecar"
	Router   Kind = "router"
	Waypoint Kind = "waypoint"
	Ztunnel  Kind = "ztunnel"
)

// Node is a proxy as it introduces itself.
type Node struct {
	Kind            Kind
	Namespace, Name string // of its Pod
	IP              string
	Labels          map[string]string
	ServiceAccount  string
	// HBONE says that the proxy may be reached through HBONE.
	HBONE bool
}

// wire is the node as xDS knows it, with the metadata that Istio's agent reads
// from the Pod.
func (n Node) wire(version string) (*corev3.Node, error) {
	set := map[string]any{}
	for k, v := range n.Labels {
		set[k] = v
	}
	metadata, err := structpb.NewStruct(map[string]any{
		"NAMESPACE": n.Namespace, "NAME": n.Name, "LABELS": set, "ISTIO_VERSION": version,
		"CLUSTER_ID": "Kubernetes", "INSTANCE_IPS": n.IP, "SERVICE_ACCOUNT": n.ServiceAccount,
		"INTERCEPTION_MODE": "REDIRECT", "ENABLE_HBONE": fmt.Sprint(n.HBONE),
	})
	if err != nil {
		return nil, fmt.Errorf("node %s/%s: %w", n.Namespace, n.Name, err)
	}
	return &corev3.Node{
		Id:       fmt.Sprintf("%s~%s~%s.%s~%s.svc.cluster.local", n.Kind, n.IP, n.Name, n.Namespace, n.Namespace),
		Metadata: metadata,
	}, nil
}
