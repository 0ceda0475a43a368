package live

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/clusters"
)

// resource is a kind of objects.
type resource struct{ group, version, plural string }

var nested = unstructured.NestedFieldNoCopy

// dumped are the kinds that the plugin reads.
var dumped = []resource{
	{"", "v1", "namespaces"},
	{"", "v1", "pods"},
	{"", "v1", "services"},
	{"", "v1", "configmaps"},
	{"discovery.k8s.io", "v1", "endpointslices"},
	{"security.istio.io", "v1", "authorizationpolicies"},
	{"security.istio.io", "v1", "peerauthentications"},
	{"security.istio.io", "v1", "requestauthentications"},
	{"networking.istio.io", "v1", "destinationrules"},
	{"networking.istio.io", "v1", "virtualservices"},
	{"networking.istio.io", "v1", "gateways"},
	{"networking.istio.io", "v1", "sidecars"},
	{"networking.istio.io", "v1", "serviceentries"},
	{"networking.istio.io", "v1", "workloadentries"},
	{"gateway.networking.k8s.io", "v1", "gateways"},
	{"gateway.networking.k8s.io", "v1", "gatewayclasses"},
	{"gateway.networking.k8s.io", "v1", "httproutes"},
	{"gateway.networking.k8s.io", "v1", "grpcroutes"},
	{"gateway.networking.k8s.io", "v1", "tlsroutes"},
	{"gateway.networking.k8s.io", "v1", "tcproutes"},
	{"gateway.networking.k8s.io", "v1beta1", "referencegrants"},
}

func (l *Lab) list(ctx context.Context, r resource) ([]unstructured.Unstructured, error) {
	got, err := l.objects.Resource(schema.GroupVersionResource{Group: r.group, Version: r.version, Resource: r.plural}).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", r.plural, err)
	}
	return got.Items, nil
}

// State is everything that the API server holds, as the plugin would read it.
type State struct{ objects []unstructured.Unstructured }

// state reads it.
func (l *Lab) state(ctx context.Context) (*State, error) {
	kinds := make([]int, len(dumped))
	for i := range kinds {
		kinds[i] = i
	}
	lists := make([][]unstructured.Unstructured, len(dumped))
	err := each(kinds, func(i int) (err error) {
		lists[i], err = l.list(ctx, dumped[i])
		return err
	})
	return &State{slices.Concat(lists...)}, err
}

// write puts what is a cluster's own, and the mesh's, into a file and returns its name.
func (s *State) write(dir string, c clusters.Cluster) (string, error) {
	var docs []string
	for i := range s.objects {
		o := s.objects[i].DeepCopy()
		if !belongs(o, c) {
			continue
		}
		o.SetManagedFields(nil)
		text, err := yaml.Marshal(o.Object)
		if err != nil {
			return "", err
		}
		docs = append(docs, string(text))
	}
	file := filepath.Join(dir, c.Name+".yaml")
	return file, os.WriteFile(file, []byte(strings.Join(docs, "---\n")), 0o600)
}

func belongs(o *unstructured.Unstructured, c clusters.Cluster) bool {
	at := o.GetNamespace()
	switch o.GetKind() {
	case "Namespace":
		at = o.GetName()
	case "ConfigMap":
		return at == clusters.Root && o.GetName() == "istio"
	case "GatewayClass":
		return true
	}
	return at == clusters.Root || slices.Contains(c.Namespaces, at)
}
