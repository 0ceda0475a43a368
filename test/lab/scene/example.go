package scene

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// Example is a cluster of examples/ that runs on the lab, under the names of the files
// and with the addresses of its Pods.
type Example struct {
	lab     *lab.Lab
	objects []unstructured.Unstructured
}

// Stage puts the cluster of a file on the lab and waits until its Services have their
// endpoints. The mesh must be installed: the file's own istiod is left out.
//
// The Pods come first, with their status, and before their nodes: kwok would otherwise
// give them other addresses. The ReplicaSets and the Deployments adopt what is there.
func Stage(ctx context.Context, l *lab.Lab, file string) (*Example, error) {
	objects, err := readExample(file)
	if err != nil {
		return nil, err
	}
	e := &Example{lab: l, objects: objects}
	if err := e.stage(ctx); err != nil {
		return nil, errors.Join(err, e.Strike(context.WithoutCancel(ctx)))
	}
	return e, nil
}

func (e *Example) stage(ctx context.Context) error {
	chain := []string{"Pod", "ReplicaSet", "Deployment"}
	ground := func(o *unstructured.Unstructured) bool { return !slices.Contains(chain, o.GetKind()) }
	if err := e.apply(ctx, ground); err != nil {
		return err
	}
	if err := e.apply(ctx, kind("Pod")); err != nil {
		return err
	}
	if err := e.applyStatus(ctx); err != nil {
		return err
	}
	if err := e.lab.Apply(ctx, e.nodes()); err != nil {
		return err
	}
	for _, k := range chain[1:] {
		if err := e.apply(ctx, kind(k)); err != nil {
			return err
		}
	}
	return e.standing(ctx)
}

// standing waits until every Service has an endpoint and every Deployment its Pods.
func (e *Example) standing(ctx context.Context) error {
	for i := range e.objects {
		o := &e.objects[i]
		var args []string
		switch o.GetKind() {
		case "Deployment":
			args = []string{"--for=condition=Available", "deployment", o.GetName()}
		case "Service":
			args = []string{"--for=jsonpath={.endpoints[0].conditions.ready}=true", "endpointslice", "-l", "kubernetes.io/service-name=" + o.GetName()}
		default:
			continue
		}
		args = append([]string{"wait", "-n", o.GetNamespace(), "--timeout=60s"}, args...)
		if _, err := e.lab.Kubectl(ctx, "", args...); err != nil {
			return err
		}
	}
	return nil
}

// Strike removes the cluster and waits until it is gone, since the next example may use
// the same names. Namespaces that every cluster has only lose their labels.
func (e *Example) Strike(ctx context.Context) error {
	var failed []error
	remove := func(args ...string) {
		_, err := e.lab.Kubectl(ctx, "", append([]string{"delete", "--ignore-not-found", "--timeout=60s"}, args...)...)
		failed = append(failed, err)
	}
	workloads := []string{"DaemonSet", "Deployment", "ReplicaSet", "Pod"} // the makers first
	for _, k := range workloads {
		for i := range e.objects {
			if o := &e.objects[i]; o.GetKind() == k {
				remove(k, o.GetName(), "-n", o.GetNamespace())
			}
		}
	}
	for i := range slices.Backward(e.objects) {
		o := &e.objects[i]
		switch {
		case o.GetKind() == "Namespace" && o.GetName() == "default":
			failed = append(failed, e.unlabel(ctx, o))
		case o.GetKind() == "Namespace":
			remove("namespace", o.GetName())
		case !slices.Contains(workloads, o.GetKind()) && (o.GetKind() != "ServiceAccount" || o.GetName() != "default"):
			remove(resource(o), o.GetName(), "-n", o.GetNamespace())
		}
	}
	for _, n := range e.nodeNames() {
		remove("node", n)
	}
	return errors.Join(failed...)
}

func (e *Example) unlabel(ctx context.Context, ns *unstructured.Unstructured) error {
	args := []string{"label", "namespace", ns.GetName()}
	for k := range ns.GetLabels() {
		if k != "kubernetes.io/metadata.name" {
			args = append(args, k+"-")
		}
	}
	_, err := e.lab.Kubectl(ctx, "", args...)
	return err
}

// resource is how kubectl is told a kind of which several groups may have one.
func resource(o *unstructured.Unstructured) string {
	gvk := o.GroupVersionKind()
	if gvk.Group == "" {
		return gvk.Kind
	}
	return gvk.Kind + "." + gvk.Version + "." + gvk.Group
}
