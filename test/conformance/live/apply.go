package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// parse reads manifests.
func parse(text string) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	for doc := range strings.SplitSeq(text, "\n---\n") {
		object := map[string]any{}
		if err := yaml.Unmarshal([]byte(doc), &object); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, doc)
		}
		if len(object) > 0 {
			out = append(out, &unstructured.Unstructured{Object: object})
		}
	}
	return out, nil
}

// apply gives manifests to the API server, the namespaces first.
func (l *Lab) apply(ctx context.Context, text string) error {
	objects, err := parse(text)
	if err != nil {
		return err
	}
	return l.applyAll(ctx, objects)
}

// put is apply for a cluster. What PeerAuthentications with a selector mean to
// ztunnel, istiod works out when they come, and not again when those without one come
// later (istio: serviceregistry/ambient/policies.go, PeerAuthDerivedPolicies): these
// come first, and istiod has to know them.
func (l *Lab) put(ctx context.Context, text string) error {
	objects, err := parse(text)
	if err != nil {
		return err
	}
	first, rest := split(objects, func(o *unstructured.Unstructured) bool {
		_, selects, _ := nested(o.Object, "spec", "selector")
		return o.GetKind() == "Namespace" || o.GetKind() == "PeerAuthentication" && !selects
	})
	if err := l.applyAll(ctx, first); err != nil {
		return err
	}
	if slices.ContainsFunc(first, func(o *unstructured.Unstructured) bool { return o.GetKind() != "Namespace" }) {
		if err := l.mark(ctx); err != nil {
			return err
		}
	}
	return l.applyAll(ctx, rest)
}

func split[T any](list []T, first func(T) bool) (yes, no []T) {
	for _, e := range list {
		if first(e) {
			yes = append(yes, e)
		} else {
			no = append(no, e)
		}
	}
	return yes, no
}

// applyAll applies objects, namespaces first and in their order: a later one of the
// same name adds to the earlier.
func (l *Lab) applyAll(ctx context.Context, objects []*unstructured.Unstructured) error {
	first, rest := split(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == "Namespace" })
	for _, o := range first {
		if err := l.applyOne(ctx, o); err != nil {
			return err
		}
	}
	return each(rest, func(o *unstructured.Unstructured) error { return l.applyOne(ctx, o) })
}

func (l *Lab) applyOne(ctx context.Context, o *unstructured.Unstructured) error {
	at, err := l.of(o)
	if err != nil {
		return err
	}
	_, err = at.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: "conformance", Force: true})
	if err != nil {
		return fmt.Errorf("applying %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

// remove deletes what manifests hold, but for the namespaces: nobody uses them again.
func (l *Lab) remove(ctx context.Context, text string) error {
	objects, err := parse(text)
	if err != nil {
		return err
	}
	now := int64(0)
	return each(objects, func(o *unstructured.Unstructured) error {
		if o.GetKind() == "Namespace" {
			return nil
		}
		at, err := l.of(o)
		if err != nil {
			return err
		}
		err = at.Delete(ctx, o.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting %s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
		}
		return nil
	})
}

// of is where objects of this kind and namespace are.
func (l *Lab) of(o *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := o.GroupVersionKind()
	found, err := l.kinds.RESTMapping(kind.GroupKind(), kind.Version)
	if err != nil {
		return nil, fmt.Errorf("%s %s/%s: %w", o.GetKind(), o.GetNamespace(), o.GetName(), err)
	}
	if found.Scope.Name() == meta.RESTScopeNameRoot {
		return l.objects.Resource(found.Resource), nil
	}
	return l.objects.Resource(found.Resource).Namespace(o.GetNamespace()), nil
}

// each calls f for every element, eight at a time.
func each[T any](list []T, f func(T) error) error {
	errs := make(chan error)
	slots := make(chan struct{}, 8)
	for _, e := range list {
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs <- f(e)
		}()
	}
	var all []error
	for range list {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}
