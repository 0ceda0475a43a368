package fix

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Labels that ask for a data plane.
const (
	injectLabel    = "sidecar.istio.io/inject"
	injectionLabel = "istio-injection"
	revisionLabel  = "istio.io/rev"
	planeLabel     = "istio.io/dataplane-mode"
)

// identify gives a caller an identity that shows none.
func (sc scene) identify() []draft {
	if sc.principal() != "" {
		return nil
	}
	return slices.Concat(sc.join(), sc.clientTLS())
}

// join brings the caller into the mesh of the target: first its workload, then its
// namespace.
func (sc scene) join() []draft {
	if sc.caller == nil || sc.before.DataPlane != "none" || sc.caller.Spec.HostNetwork {
		return nil
	}
	key, value := sc.joinLabel()
	var out []draft
	if item, ok := sc.creator(); ok {
		object := strings.ToLower(item.Resource.Kind) + "/" + item.Object.GetName()
		out = append(out, draft{
			kind: Inject, title: fmt.Sprintf("label the Pods of %s %s/%s %s=%s", item.Resource.Kind, sc.caller.Namespace, item.Object.GetName(), key, value),
			changes: []Change{changed(item, func(object tree) {
				set(object, "spec.template.metadata.labels", withLabel(at(object, "spec.template.metadata.labels"), key, value))
			})},
			simulated:  sc.restarted(map[string]string{key: value}, nil, func(p *corev1.Pod) bool { return workload(p, sc.before) == item.Object.GetName() }),
			afterwards: []string{"the change restarts the Pods of " + object},
		})
	}
	ns, ok := sc.snap.Item(cluster.Namespaces, "", sc.caller.Namespace)
	if !ok {
		return out
	}
	if key == injectLabel {
		key, value = injectionLabel, "enabled"
	}
	if ns.Object.GetLabels()[key] == value {
		return out // its Pods only have to start anew
	}
	return append(out, draft{
		kind: Inject, title: fmt.Sprintf("label Namespace %s %s=%s", sc.caller.Namespace, key, value),
		changes: []Change{changed(ns, func(object tree) {
			set(object, "metadata.labels", withLabel(at(object, "metadata.labels"), key, value))
		})},
		simulated:  sc.restarted(nil, map[string]string{key: value}, func(*corev1.Pod) bool { return true }),
		afterwards: []string{"restart the Pods of namespace " + sc.caller.Namespace + ": kubectl rollout restart deployment -n " + sc.caller.Namespace},
		danger:     "all Pods of the namespace get a proxy when they start anew, and policies are enforced for them",
	})
}

// joinLabel is the label that a Pod asks for the target's data plane with.
func (sc scene) joinLabel() (key, value string) {
	if sc.hop.DataPlane == "ambient" {
		return planeLabel, "ambient"
	}
	if rev := sc.revision(); rev != "" && rev != "default" {
		return revisionLabel, rev
	}
	return injectLabel, "true"
}

// revision is the target's control plane; empty is the default one.
func (sc scene) revision() string {
	if sc.pod == nil {
		return ""
	}
	if rev := sc.pod.Annotations[revisionLabel]; rev != "" {
		return rev
	}
	ns, _ := cluster.Get[*corev1.Namespace](sc.snap, "", sc.pod.Namespace)
	if ns == nil {
		return sc.pod.Labels[revisionLabel]
	}
	return ns.Labels[revisionLabel]
}

// creators are what a Pod can be made by, by kind.
var creators = map[string]cluster.Resource{
	"Deployment": cluster.Deployments, "StatefulSet": cluster.StatefulSets, "DaemonSet": cluster.DaemonSets,
}

// creator is what makes the caller's Pods, if it is known.
func (sc scene) creator() (cluster.Item, bool) {
	r, name, ok := sc.maker()
	if !ok {
		return cluster.Item{}, false
	}
	return sc.snap.Item(r, sc.caller.Namespace, name)
}

// maker names what makes the caller's Pods; false if nothing does whose template is known
// to hold their labels.
func (sc scene) maker() (r cluster.Resource, name string, ok bool) {
	ref := metav1.GetControllerOf(sc.caller)
	if ref == nil {
		return r, "", false
	}
	kind := ref.Kind
	if kind == "ReplicaSet" {
		kind = "Deployment"
	}
	r, ok = creators[kind]
	return r, workload(sc.caller, sc.before), ok
}

// restarted are the Pods of the caller's namespace that have no proxy as they are after
// they have started anew, with a label of their own or of the namespace.
func (sc scene) restarted(own, namespace map[string]string, which func(*corev1.Pod) bool) []cluster.Edit {
	ns, _ := cluster.Get[*corev1.Namespace](sc.snap, "", sc.caller.Namespace)
	if ns == nil {
		ns = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: sc.caller.Namespace}}
	}
	ns = ns.DeepCopy()
	for k, v := range namespace {
		metav1.SetMetaDataLabel(&ns.ObjectMeta, k, v)
	}
	var out []cluster.Edit
	for _, pod := range cluster.List[*corev1.Pod](sc.snap, sc.caller.Namespace) {
		if !which(pod) || pod.Spec.HostNetwork || proxied(pod) {
			continue
		}
		next := pod.DeepCopy()
		for k, v := range own {
			metav1.SetMetaDataLabel(&next.ObjectMeta, k, v)
		}
		if !enrolled(next, ns) {
			continue
		}
		if raw, err := cluster.RawOf(cluster.Pods, next); err == nil {
			out = append(out, cluster.Edit{Resource: cluster.Pods, Namespace: pod.Namespace, Name: pod.Name, After: raw})
		}
	}
	return out
}

// enrolled gives a Pod the proxy that it would start with, as the injector and the CNI
// agent leave their marks; false if it would get none.
func enrolled(pod *corev1.Pod, ns *corev1.Namespace) bool {
	predicted := pod.DeepCopy()
	metav1.SetMetaDataAnnotation(&predicted.ObjectMeta, cluster.PredictedAnnotation, "Pod")
	switch mesh.Of(predicted, ns).Plane {
	case mesh.Sidecar:
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: proxyContainer, Args: []string{"proxy", "sidecar"}})
		metav1.SetMetaDataLabel(&pod.ObjectMeta, "security.istio.io/tlsMode", "istio")
		metav1.SetMetaDataAnnotation(&pod.ObjectMeta, "sidecar.istio.io/status", "{}")
	case mesh.Ambient:
		metav1.SetMetaDataAnnotation(&pod.ObjectMeta, "ambient.istio.io/redirection", "enabled")
	default:
		return false
	}
	return true
}

// proxyContainer is the sidecar's.
const proxyContainer = "istio-proxy"

// proxied reports whether a Pod has a proxy of its own.
func proxied(pod *corev1.Pod) bool {
	has := func(c corev1.Container) bool { return c.Name == proxyContainer }
	return slices.ContainsFunc(pod.Spec.Containers, has) || slices.ContainsFunc(pod.Spec.InitContainers, has)
}

func withLabel(v any, key, value string) tree {
	object, _ := clone(v).(tree)
	if object == nil {
		object = tree{}
	}
	object[key] = value
	return object
}

// linked is the object of the chain of cause that is of a kind, and the field that the
// chain names.
func (sc scene) linked(kind string, r cluster.Resource) (item cluster.Item, field string, ok bool) {
	for _, l := range sc.answer.Chain {
		if name, is := strings.CutPrefix(l.Object, kind+" "); is {
			namespace, name, _ := strings.Cut(name, "/")
			item, ok = sc.snap.Item(r, namespace, name)
			return item, l.Field, ok
		}
	}
	return cluster.Item{}, "", false
}
