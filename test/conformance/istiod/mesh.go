package istiod

import (
	"fmt"
	"maps"
	"slices"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/config/host"
	istiomesh "istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/protocol"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

type (
	provider = meshv1alpha1.MeshConfig_ExtensionProvider
	overGRPC = meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationGrpcProvider
	overHTTP = meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationHttpProvider
)

func meshConfig(w *trial.World) *meshv1alpha1.MeshConfig {
	m := istiomesh.DefaultMeshConfig()
	m.RootNamespace = w.Config.RootNamespace
	m.TrustDomain = w.Config.TrustDomain
	m.TrustDomainAliases = w.Config.TrustDomainAliases
	m.PathNormalization = &meshv1alpha1.MeshConfig_ProxyPathNormalization{
		Normalization: meshv1alpha1.MeshConfig_ProxyPathNormalization_NormalizationType(
			meshv1alpha1.MeshConfig_ProxyPathNormalization_NormalizationType_value[w.Config.PathNormalization]),
	}
	for _, name := range slices.Sorted(maps.Keys(w.Config.Providers)) {
		m.ExtensionProviders = append(m.ExtensionProviders, extension(name, w.Config.Providers[name]))
	}
	m.ExtensionProviders = append(m.ExtensionProviders, w.Extensions...)
	m.DefaultProviders = &meshv1alpha1.MeshConfig_DefaultProviders{AccessLogging: w.AccessLogs}
	return m
}

func extension(name string, grpc bool) *provider {
	port := trial.AuthorizerOf(name, grpc).Port
	if grpc {
		return &provider{Name: name, Provider: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExtAuthzGrpc{
			EnvoyExtAuthzGrpc: &overGRPC{Service: trial.AuthorizerHost, Port: port},
		}}
	}
	return &provider{Name: name, Provider: &meshv1alpha1.MeshConfig_ExtensionProvider_EnvoyExtAuthzHttp{
		EnvoyExtAuthzHttp: &overHTTP{Service: trial.AuthorizerHost, Port: port},
	}}
}

// services are the workload's and the authorizers'.
func services(w *trial.World) []*model.Service {
	authorizers := service("authorizer", trial.AuthorizerHost)
	add := func(port uint32) {
		authorizers.Ports = append(authorizers.Ports, &model.Port{Name: fmt.Sprint(port), Port: int(port), Protocol: protocol.GRPC})
	}
	for _, a := range trial.Authorizers() {
		add(a.Port)
	}
	add(trial.NobodyPort)
	return []*model.Service{workload(w), authorizers}
}

func workload(w *trial.World) *model.Service {
	s := service(trial.Workload, trial.Workload+"."+trial.Namespace+".svc.cluster.local")
	for _, p := range w.Ports() {
		if p.Service != 0 {
			s.Ports = append(s.Ports, &model.Port{Name: p.Name, Port: int(p.Service), Protocol: declared(p.Protocol)})
		}
	}
	return s
}

func service(name, hostname string) *model.Service {
	s := &model.Service{DefaultAddress: "10.0.0.1", Resolution: model.ClientSideLB}
	s.Hostname = host.Name(hostname)
	s.Attributes.Name, s.Attributes.Namespace = name, trial.Namespace
	return s
}

func declared(p mesh.Protocol) protocol.Instance {
	switch p {
	case mesh.HTTP:
		return protocol.HTTP
	case mesh.TCP:
		return protocol.TCP
	case mesh.Auto, mesh.UnknownProtocol, mesh.UDP:
	}
	return protocol.Unsupported
}

// targets are the Service's ports and where they lead.
func targets(w *trial.World) []model.ServiceTarget {
	s := workload(w)
	var out []model.ServiceTarget
	for i, p := range w.Ports() {
		if p.Service != 0 {
			out = append(out, model.ServiceTarget{
				Service: s,
				Port:    model.ServiceInstancePort{ServicePort: s.Ports[i], TargetPort: uint32(p.Number)},
			})
		}
	}
	return out
}
