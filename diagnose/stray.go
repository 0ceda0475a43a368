package diagnose

import (
	"fmt"
	"slices"

	typeapi "istio.io/api/type/v1beta1"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// A stray object is one that would let the request through and does not apply to the
// endpoint, though it applies to nothing else that is in sight: it was most likely meant
// for it. Where the whole cluster is not in sight a selector has to differ by its
// spelling alone.

// stray words why an object with this namespace, selector and targetRefs does not apply
// to the endpoint, if it is a stray one; empty if it applies, or to others.
func (w *walk) stray(namespace string, sel map[string]string, refs []*typeapi.PolicyTargetReference) string {
	pod := w.dst.pod
	foreign := namespace != pod.Namespace && namespace != w.cfg.RootNamespace
	switch {
	case len(refs) > 0:
		return w.strayRefs(namespace, refs, foreign)
	case foreign:
		if !selects(sel, pod.Labels) || !w.in.whole() || w.in.selectsSome(namespace, sel) {
			return ""
		}
		return fmt.Sprintf("it is in namespace %s, and its selector looks there only, not in %s", namespace, pod.Namespace)
	case w.dst.presence.Plane == mesh.Waypoint && fitsAny(sel, w.behind):
		return "it has no targetRefs, and a waypoint takes only policies that do"
	case mesh.Selects(sel, pod.Labels):
		return ""
	}
	if !w.forNobody(namespace, sel, pod.Labels) {
		return ""
	}
	key, got, ok := differs(sel, pod.Labels)
	has := key + "=" + got
	if !ok {
		has = "no label " + key
	}
	return fmt.Sprintf("its selector wants %s=%s, and %s has %s", key, sel[key], w.dst.who(), has)
}

// forNobody reports whether a selector selects no Pod of a namespace; where that is not
// in sight, whether it differs from labels by the spelling of a value.
func (w *walk) forNobody(namespace string, sel, labels map[string]string) bool {
	if w.in.whole() {
		return !w.in.selectsSome(namespace, sel)
	}
	key, got, ok := differs(sel, labels)
	return ok && spell.Distance(sel[key], got) <= misspelt
}

// misspelt is by how many letters a misspelt value differs at most: two that are
// swapped are two.
const misspelt = 2

// around lists what may be a stray object: all that is in sight or, where that is a lot,
// what the namespaces of both ends and the root have.
func around[T cluster.Object](w *walk) []T {
	all := cluster.List[T](w.in.snap, "")
	if len(all) <= manyPolicies {
		return all
	}
	namespaces := []string{w.dst.pod.Namespace, w.cfg.RootNamespace}
	if w.src.pod != nil {
		namespaces = append(namespaces, w.src.pod.Namespace)
	}
	return of[T](w.in, unique(namespaces)...)
}

// differs finds the first label, by name, that a selector wants otherwise; ok is false
// if the label is not there at all.
func differs(sel, labels map[string]string) (key, got string, ok bool) {
	for _, k := range sortedKeys(sel) {
		if v, has := labels[k]; !has || v != sel[k] {
			return k, v, has
		}
	}
	return "", "", false
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func fitsAny(sel map[string]string, parties []party) bool {
	return slices.ContainsFunc(parties, func(p party) bool { return p.pod != nil && mesh.Selects(sel, p.pod.Labels) })
}

// strayRefs is stray for an object with targetRefs.
func (w *walk) strayRefs(namespace string, refs []*typeapi.PolicyTargetReference, foreign bool) string {
	for _, ref := range refs {
		name := ref.GetKind() + " " + ref.GetName()
		exists, known := w.in.exists(namespace, ref)
		switch plane := w.dst.presence.Plane; {
		case plane == mesh.Waypoint && w.r.service == nil && w.serviceOfBehind(namespace, ref):
			return fmt.Sprintf("its targetRefs name %s, and a call to a Pod's address is for no Service", name)
		case !known:
		case foreign && !exists && w.serves(ref.GetName()):
			return fmt.Sprintf("its targetRefs name %s, which is in namespace %s, and the policy is in %s", name, w.dst.pod.Namespace, namespace)
		case foreign:
		case !exists && (plane == mesh.Waypoint || plane == mesh.Gateway):
			return fmt.Sprintf("its targetRefs name %s, and there is none in namespace %s", name, namespace)
		case plane == mesh.Gateway && ref.GetKind() == "Service" && w.r.service != nil && w.r.service.Name == ref.GetName():
			return fmt.Sprintf("its targetRefs name %s, and a gateway follows those to its Gateway only", name)
		case plane != mesh.Gateway && plane != mesh.Waypoint && w.r.service != nil && ref.GetKind() == "Service" && w.r.service.Name == ref.GetName():
			return fmt.Sprintf("its targetRefs name %s, and only a waypoint follows those", name)
		}
	}
	return ""
}

// serviceOfBehind reports whether a policy's target is a Service of the Pod behind the
// waypoint that the leg leads to.
func (w *walk) serviceOfBehind(namespace string, ref *typeapi.PolicyTargetReference) bool {
	svc, ok := cluster.Get[*corev1.Service](w.in.snap, namespace, ref.GetName())
	return ok && ref.GetKind() == "Service" && len(svc.Spec.Selector) > 0 && fitsAny(svc.Spec.Selector, w.behind)
}

// serves reports whether a name is that of the Gateway or Service that the endpoint
// stands for.
func (w *walk) serves(name string) bool {
	return w.dst.pod.Labels[gatewayNameLabel] == name || w.r.service != nil && w.r.service.Name == name
}

// exists reports whether the target of a policy is there; known is false if that cannot
// be told.
func (in *inquiry) exists(namespace string, ref *typeapi.PolicyTargetReference) (exists, known bool) {
	if !in.whole() {
		return false, false
	}
	switch ref.GetKind() {
	case "Service":
		_, exists = cluster.Get[*corev1.Service](in.snap, namespace, ref.GetName())
	case "Gateway":
		_, exists = cluster.Get[*gatewayv1.Gateway](in.snap, namespace, ref.GetName())
	case "ServiceEntry":
		exists = slices.ContainsFunc(in.snap.Objects(cluster.ServiceEntries, namespace), func(o cluster.Object) bool { return o.GetName() == ref.GetName() })
	default:
		return false, false
	}
	return exists, true
}
