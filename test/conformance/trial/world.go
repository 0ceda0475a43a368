// Package trial holds what one trial of the evaluator consists of: a world (a
// workload, the mesh's settings and the objects that apply), a request, what the
// proxy answered, and what the product makes of the same request.
package trial

import (
	"net/netip"
	"time"

	meshv1alpha1 "istio.io/api/mesh/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// The workload of every world: the one that Istio's own golden inputs select.
const (
	Namespace = "foo"
	Workload  = "httpbin"
)

// Labels are the workload's.
func Labels() map[string]string { return map[string]string{"app": "httpbin", "version": "v1"} }

// World is everything but the request.
type World struct {
	Name   string
	Config mesh.Config
	// ForeignTrust lets peers of any trust domain through TLS, as istiod does with
	// PILOT_SKIP_VALIDATE_TRUST_DOMAIN.
	ForeignTrust bool
	// Address is where the workload listens: one of 127.1.0.0/16, or ::1.
	Address netip.Addr

	// Now is when requests are made: the product is told, so that it sees which tokens are
	// forged. Zero: it is not.
	Now time.Time
	// Declared are protocols that the Service gives to its ports in place of the usual
	// ones, by the container's port.
	Declared map[uint16]mesh.Protocol
	// Extra are ports beside the usual ones. They may be such that only the system's
	// administrator can listen on: a PROXY header says which one is meant.
	Extra []uint16
	// Extensions are further extension providers, which the evaluator is not told of.
	Extensions []*meshv1alpha1.MeshConfig_ExtensionProvider
	// AccessLogs are the extension providers that log what arrives.
	AccessLogs []string

	Policies               []authz.Policy
	PeerAuthentications    []*securityv1.PeerAuthentication
	RequestAuthentications []*securityv1.RequestAuthentication
}

// Port is one port of the workload.
type Port struct {
	Number   uint16 // the container's, which policies see
	Service  uint16 // the Service's, 0 if none leads here
	Name     string
	Protocol mesh.Protocol
}

// Ports are the workload's. The last ones are of no Service: they are sniffed.
func (w *World) Ports() []Port {
	out := []Port{
		{Number: 8000, Service: 80, Name: "http", Protocol: mesh.HTTP},
		{Number: 8001, Service: 81, Name: "web", Protocol: mesh.Auto},
		{Number: 8002, Service: 82, Name: "tcp-raw", Protocol: mesh.TCP},
		{Number: 8003, Protocol: mesh.Auto},
	}
	for i, p := range out {
		if declared, ok := w.Declared[p.Number]; ok {
			out[i].Protocol = declared
		}
	}
	for _, n := range w.Extra {
		out = append(out, Port{Number: n, Protocol: mesh.Auto})
	}
	return out
}

// Pod is the workload as Kubernetes has it.
func Pod() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: Workload, Labels: Labels()},
		Spec: corev1.PodSpec{
			ServiceAccountName: Workload,
			Containers:         []corev1.Container{{Name: "app"}, {Name: "istio-proxy"}},
		},
	}
}

// Mesh is the world's mesh as the evaluator takes it.
func (w *World) Mesh() authz.Mesh {
	m := authz.Mesh{
		RootNamespace:      w.Config.RootNamespace,
		TrustDomain:        w.Config.TrustDomain,
		TrustDomainAliases: w.Config.TrustDomainAliases,
		Providers:          map[string]authz.Provider{},
	}
	for name, grpc := range w.Config.Providers {
		m.Providers[name] = authz.Provider{GRPC: grpc}
	}
	return m
}

// Program compiles the world's policies for its workload.
func (w *World) Program(d authz.Dialect) *authz.Program {
	return authz.Compile(d, w.Mesh(), authz.Workload{Namespace: Namespace, Labels: Labels()}, w.Policies)
}
