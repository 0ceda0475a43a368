package complete

import (
	"context"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// few is how many Pods are told where no letter of a name is typed.
const few = 100

// kind is what names are looked for, and what is typed before them.
type kind struct {
	resource cluster.Resource
	before   string
}

// names puts NAME and NAME.NAMESPACE of objects. Where nothing in the namespace begins with
// name, all namespaces are looked at.
func (f *found) names(ctx context.Context, kinds []kind, name string) {
	if !f.Reader.Live() {
		f.namesOfFiles(ctx, kinds)
		return
	}
	var wait sync.WaitGroup
	hits := make([]bool, len(kinds))
	for i, k := range kinds {
		wait.Go(func() { hits[i] = f.here(ctx, k, name) })
		if whole, _, dotted := cutLast(name); dotted {
			wait.Go(func() { f.everywhere(ctx, k, "metadata.name="+whole) })
		}
	}
	wait.Wait()
	for _, hit := range hits {
		if hit {
			return
		}
	}
	if name == "" || strings.Contains(name, ".") {
		return
	}
	for _, k := range kinds {
		wait.Go(func() {
			if k.resource != cluster.Pods || !f.everyNamespace(ctx, k) {
				f.everywhere(ctx, k, "")
			}
		})
	}
	wait.Wait()
}

const (
	// many is how many namespaces are asked one by one.
	many = 300
	// atOnce is how many of them at the same time.
	atOnce = 16
)

// everyNamespace asks each namespace for the names: so much shorter are tables, which do
// not say a namespace, than the metadata that do. It reports whether it did.
func (f *found) everyNamespace(ctx context.Context, k kind) bool {
	namespaces := f.all(ctx, cluster.Query{Resource: cluster.Namespaces}, many+1)
	if len(namespaces) == 0 || len(namespaces) > many {
		return false
	}
	var wait sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, ns := range namespaces {
		turns <- struct{}{}
		wait.Go(func() {
			defer func() { <-turns }()
			names := f.all(ctx, cluster.Query{Resource: k.resource, Namespace: ns}, 0)
			for i := range names {
				names[i] = k.before + names[i] + "." + ns
			}
			f.put(names...)
		})
	}
	wait.Wait()
	return true
}

// here puts names of the namespace. Where nothing is typed, very many Pods say nothing.
func (f *found) here(ctx context.Context, k kind, name string) bool {
	most := 0
	if k.resource == cluster.Pods && k.before == "" && name == "" {
		most = few + 1
	}
	names := f.all(ctx, cluster.Query{Resource: k.resource, Namespace: f.Namespace}, most)
	if most > 0 && len(names) >= most {
		return true
	}
	for i := range names {
		names[i] = k.before + names[i]
	}
	return f.put(names...)
}

// everywhere puts names of all namespaces.
func (f *found) everywhere(ctx context.Context, k kind, fields string) {
	pager, ok := f.Reader.(cluster.Pager)
	if !ok {
		return
	}
	_ = pager.Heads(ctx, cluster.Query{Resource: k.resource, Fields: fields}, func(heads []metav1.ObjectMeta) {
		words := make([]string, len(heads))
		for i, h := range heads {
			words[i] = k.before + h.Name + "." + h.Namespace
		}
		f.put(words...)
	})
}

// all are the names that a server knows, or none.
func (f *found) all(ctx context.Context, q cluster.Query, most int) []string {
	if namer, ok := f.Reader.(cluster.Namer); ok {
		names, _ := namer.AllNames(ctx, q, most)
		return names
	}
	return f.Reader.Names(ctx, q.Resource, q.Namespace)
}

// namesOfFiles puts all names: they are in memory.
func (f *found) namesOfFiles(ctx context.Context, kinds []kind) {
	for _, k := range kinds {
		for _, r := range f.Reader.Read(ctx, []cluster.Query{{Resource: k.resource}}) {
			for _, item := range r.Items {
				o := item.Object
				if o.GetAnnotations()[cluster.PredictedAnnotation] != "" || metav1.GetControllerOf(o) != nil && k.resource != cluster.Pods {
					continue // it does not exist, or is known by what created it
				}
				if o.GetNamespace() == f.Namespace {
					f.put(k.before + o.GetName())
				}
				if o.GetNamespace() != f.Namespace || strings.Contains(f.word, ".") {
					f.put(k.before + o.GetName() + "." + o.GetNamespace())
				}
			}
		}
	}
}

// cutLast cuts NAME.NAMESPACE where the namespace begins.
func cutLast(s string) (name, namespace string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
