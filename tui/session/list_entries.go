package session

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// workloadTypes are what a source can be called by that creates Pods.
var workloadTypes = []string{"deploy", "sts", "ds", "cronjob", "job", "rs"}

// entries are what an object can be picked as.
func (l *lister) entries(o cluster.Object) []tui.Entry {
	switch o := o.(type) {
	case *corev1.Namespace:
		return namespaceEntry(o.Name)
	case *corev1.Pod:
		return l.pod(o)
	case *corev1.Service:
		return serviceEntries(o)
	}
	if metav1.GetControllerOf(o) != nil {
		return nil // it is known by the name of what created it
	}
	kind, _ := diagnose.WorkloadOf(&metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{
		Kind: o.GetObjectKind().GroupVersionKind().Kind, Name: o.GetName(), Controller: new(true),
	}}})
	return l.workload(kind, o.GetName(), o.GetNamespace())
}

func namespaceEntry(name string) []tui.Entry {
	return []tui.Entry{{Kind: tui.NamespaceEntry, Name: name, Text: name}}
}

// pod is a Pod and, if it is the first of them, the workload that created it.
func (l *lister) pod(o metav1.Object) []tui.Entry {
	var out []tui.Entry
	if kind, name := diagnose.WorkloadOf(o); kind != "pod" {
		out = l.workload(kind, name, o.GetNamespace())
	}
	if o.GetAnnotations()[cluster.PredictedAnnotation] != "" {
		return out // it does not exist: only its workload has a name
	}
	return append(out, tui.Entry{
		Kind: tui.PodEntry, Namespace: o.GetNamespace(), Name: o.GetName(), Text: "pod/" + o.GetName() + "." + o.GetNamespace(),
	})
}

func (l *lister) workload(kind, name, namespace string) []tui.Entry {
	text := kind + "/" + name + "." + namespace
	if l.seen[text] || !slices.Contains(workloadTypes, kind) {
		return nil
	}
	l.seen[text] = true
	return []tui.Entry{{Kind: tui.WorkloadEntry, Namespace: namespace, Name: name, Text: text}}
}
