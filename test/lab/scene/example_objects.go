package scene

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// readExample reads what of a file can be given to an API server.
func readExample(file string) ([]unstructured.Unstructured, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []unstructured.Unstructured
	for d := yaml.NewYAMLOrJSONDecoder(f, 4096); ; {
		var o unstructured.Unstructured
		switch err := d.Decode(&o.Object); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, fmt.Errorf("%s: %w", file, err)
		case len(o.Object) > 0 && !elsewhere(&o):
			o.SetOwnerReferences(nil)                                     // they lack UIDs
			unstructured.RemoveNestedField(o.Object, "spec", "clusterIP") // the lab has its own
			out = append(out, o)
		}
	}
}

// elsewhere reports whether an object comes from elsewhere on the lab: from the mesh that
// is installed, or from a controller.
func elsewhere(o *unstructured.Unstructured) bool {
	mesh := o.GetNamespace() == RootNamespace && (strings.HasPrefix(o.GetName(), "istiod") || o.GetKind() == "ConfigMap")
	ofDaemonSet := slices.ContainsFunc(o.GetOwnerReferences(), func(r v1.OwnerReference) bool { return r.Kind == "DaemonSet" })
	return mesh || ofDaemonSet || o.GetKind() == "EndpointSlice" || o.GetKind() == "Namespace" && o.GetName() == RootNamespace
}

func kind(k string) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool { return o.GetKind() == k }
}

// apply gives the API server the objects that are meant, without their status.
func (e *Example) apply(ctx context.Context, meant func(*unstructured.Unstructured) bool) error {
	var out []unstructured.Unstructured
	for i := range e.objects {
		if meant(&e.objects[i]) {
			o := e.objects[i].DeepCopy()
			unstructured.RemoveNestedField(o.Object, "status")
			out = append(out, *o)
		}
	}
	return e.give(ctx, out)
}

// applyStatus gives it the status of those that no controller of the lab looks after.
func (e *Example) applyStatus(ctx context.Context) error {
	var out []unstructured.Unstructured
	for i := range e.objects {
		o := &e.objects[i]
		status, has := o.Object["status"]
		if !has || o.GetKind() != "Pod" && o.GetKind() != "APIRule" {
			continue
		}
		only := unstructured.Unstructured{Object: map[string]any{"status": status}}
		only.SetGroupVersionKind(o.GroupVersionKind())
		only.SetNamespace(o.GetNamespace())
		only.SetName(o.GetName())
		out = append(out, only)
	}
	return e.give(ctx, out, "--subresource=status")
}

func (e *Example) give(ctx context.Context, objects []unstructured.Unstructured, args ...string) error {
	if len(objects) == 0 {
		return nil
	}
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		return err
	}
	args = append([]string{"apply", "--server-side", "--force-conflicts", "-f", "-"}, args...)
	_, err = e.lab.Kubectl(ctx, string(list), args...)
	return err
}

// nodeNames are the nodes on which the Pods are.
func (e *Example) nodeNames() []string {
	var out []string
	for i := range e.objects {
		name, _, _ := unstructured.NestedString(e.objects[i].Object, "spec", "nodeName")
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// nodes are manifests of them.
func (e *Example) nodes() string {
	var out strings.Builder
	for _, name := range e.nodeNames() {
		fmt.Fprintf(&out, "---\n{apiVersion: v1, kind: Node, metadata: {name: %[1]s, annotations: {kwok.x-k8s.io/node: fake}, labels: {kubernetes.io/hostname: %[1]s}}}\n", name)
	}
	return out.String()
}
