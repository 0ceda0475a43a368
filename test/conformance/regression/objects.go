// Package regression writes a disagreement down as a TrafficTest: the objects, one
// case, and what the real proxy said.
package regression

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// objects are the world's, and the client's Pod if it has an identity.
func objects(w *trial.World, r *trial.Request) ([]any, error) {
	out, err := Objects(w)
	if r.Identity != "" {
		out = append(out, client(r))
	}
	return out, err
}

// Objects are those of a world as a cluster holds them: the mesh's settings, the
// workload with its Service, and the policies.
func Objects(w *trial.World) ([]any, error) {
	out := []any{}
	settings, err := config(w.Config)
	if err != nil {
		return nil, err
	}
	if settings != nil {
		out = append(out, settings)
	}
	server := trial.Pod()
	server.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	server.Status.PodIP = w.Address.String()
	out = append(out, server, service(w))
	for _, p := range w.Policies {
		o := &securityv1.AuthorizationPolicy{
			TypeMeta:   metav1.TypeMeta{APIVersion: "security.istio.io/v1", Kind: "AuthorizationPolicy"},
			ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Annotations: p.Annotations},
		}
		p.Spec.DeepCopyInto(&o.Spec)
		out = append(out, o)
	}
	for _, p := range w.PeerAuthentications {
		o := p.DeepCopy()
		o.TypeMeta = metav1.TypeMeta{APIVersion: "security.istio.io/v1", Kind: "PeerAuthentication"}
		out = append(out, o)
	}
	for _, p := range w.RequestAuthentications {
		o := p.DeepCopy()
		o.TypeMeta = metav1.TypeMeta{APIVersion: "security.istio.io/v1", Kind: "RequestAuthentication"}
		out = append(out, o)
	}
	return out, nil
}

// config is the mesh's ConfigMap; nil if all is as by default.
func config(c mesh.Config) (*corev1.ConfigMap, error) {
	m := map[string]any{}
	plain := mesh.DefaultConfig()
	if c.TrustDomain != plain.TrustDomain {
		m["trustDomain"] = c.TrustDomain
	}
	if len(c.TrustDomainAliases) > 0 {
		m["trustDomainAliases"] = c.TrustDomainAliases
	}
	if c.PathNormalization != plain.PathNormalization {
		m["pathNormalization"] = map[string]any{"normalization": c.PathNormalization}
	}
	var providers []any
	for _, name := range slices.Sorted(maps.Keys(c.Providers)) {
		kind, grpc := "envoyExtAuthzHttp", c.Providers[name]
		if grpc {
			kind = "envoyExtAuthzGrpc"
		}
		providers = append(providers, map[string]any{"name": name, kind: map[string]any{
			"service": trial.AuthorizerHost, "port": trial.AuthorizerOf(name, grpc).Port,
		}})
	}
	if len(providers) > 0 {
		m["extensionProviders"] = providers
	}
	if len(m) == 0 {
		return nil, nil
	}
	text, err := yaml.Marshal(m)
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Namespace: plain.RootNamespace, Name: "istio"},
		Data:       map[string]string{"mesh": string(text)},
	}, err
}

func service(w *trial.World) *corev1.Service {
	s := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: metav1.ObjectMeta{Namespace: trial.Namespace, Name: trial.Workload},
		Spec:       corev1.ServiceSpec{Selector: trial.Labels()},
	}
	for _, p := range w.Ports() {
		if p.Service != 0 {
			s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{
				Name: p.Name, Port: int32(p.Service), TargetPort: intstr.FromInt32(int32(p.Number)),
			})
		}
	}
	return s
}

// client is a Pod with a sidecar and the request's identity, but for the trust
// domain: a Pod has the mesh's.
func client(r *trial.Request) *corev1.Pod {
	parts := strings.Split(r.Identity, "/")
	p := trial.Pod()
	p.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}
	p.Name, p.Namespace, p.Labels = "client", parts[2], nil
	p.Spec.ServiceAccountName = parts[4]
	p.Status.PodIP = r.Source.String()
	return p
}

// document renders an object without what only the server fills in.
func document(o any) (string, error) {
	raw, err := yaml.Marshal(o)
	if err != nil {
		return "", err
	}
	var m map[string]any
	if err := yaml.Unmarshal(raw, &m); err != nil {
		return "", fmt.Errorf("an object that was just written: %w", err)
	}
	if status, ok := m["status"].(map[string]any); ok && status["podIP"] == nil {
		delete(m, "status")
	}
	if meta, ok := m["metadata"].(map[string]any); ok {
		delete(meta, "creationTimestamp")
	}
	raw, err = yaml.Marshal(m)
	return string(raw), err
}
