package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	typeapi "istio.io/api/type/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// target is what a policy is for.
type target struct {
	*scope
	refs     bool              // it names what it is for, and selects no workloads
	services []*corev1.Service // that it names
	selector map[string]string
}

const gatewayGroup = "gateway.networking.k8s.io"

// targets finds what a policy is for, and reports what is not there.
func (w *world) targets(rep *reporter, sel *typeapi.WorkloadSelector, ref *typeapi.PolicyTargetReference, refs []*typeapi.PolicyTargetReference) target {
	ns := rep.object.GetNamespace()
	field := "spec.targetRefs[%d]"
	if len(refs) == 0 && ref != nil {
		refs, field = []*typeapi.PolicyTargetReference{ref}, "spec.targetRef%.0d"
	}
	if len(refs) == 0 {
		t := target{selector: sel.GetMatchLabels()}
		t.scope = w.reach(ns, t.selector, ns == w.cfg.RootNamespace)
		if len(t.loads) == 0 && len(t.selector) > 0 {
			w.selectsNothing(rep, t.selector)
		}
		return t
	}
	t := target{refs: true, scope: &scope{}}
	for i, r := range refs {
		w.targetRef(rep, &t, r, fmt.Sprintf(field, i))
	}
	return t
}

// targetRef finds one thing that a policy is for.
func (w *world) targetRef(rep *reporter, t *target, r *typeapi.PolicyTargetReference, field string) {
	ns := rep.object.GetNamespace()
	switch group := strings.TrimPrefix(r.GetGroup(), "core"); {
	case r.GetName() == "" || r.GetNamespace() != "" && r.GetNamespace() != ns: // the validation refuses it
	case group == "" && r.GetKind() == "Service":
		svc, ok := cluster.Get[*corev1.Service](w.snap, ns, r.GetName())
		if !ok {
			missing[*corev1.Service](w, rep, cluster.Services, r, field)
			return
		}
		t.services = append(t.services, svc)
		if len(svc.Spec.Selector) > 0 {
			t.loads = append(t.loads, w.reach(ns, svc.Spec.Selector, false).loads...)
		}
		w.passedBy(rep, svc, field)
	case group == gatewayGroup && r.GetKind() == "Gateway":
		if _, ok := cluster.Get[*gatewayv1.Gateway](w.snap, ns, r.GetName()); !ok {
			missing[*gatewayv1.Gateway](w, rep, cluster.Gateways, r, field)
		}
	case group == "networking.istio.io" && r.GetKind() == "ServiceEntry":
		if _, ok := cluster.Get[*networkingv1.ServiceEntry](w.snap, ns, r.GetName()); !ok {
			missing[*networkingv1.ServiceEntry](w, rep, cluster.ServiceEntries, r, field)
		}
	case group == gatewayGroup && r.GetKind() == "GatewayClass":
		if ns != w.cfg.RootNamespace && (w.configured || ns != "istio-system") {
			rep.add("AD0321", field, fmt.Sprintf("a GatewayClass is targeted from the root namespace %s only: in namespace %s the policy is in force nowhere by it", w.cfg.RootNamespace, ns))
		}
	}
}

// missing reports a target that is not there, if it would be in sight.
func missing[T cluster.Object](w *world, rep *reporter, resource cluster.Resource, r *typeapi.PolicyTargetReference, field string) {
	ns := rep.object.GetNamespace()
	var names []string
	for _, o := range cluster.List[T](w.snap, ns) {
		names = append(names, o.GetName())
	}
	if len(names) == 0 && !w.read(resource, ns) && (!w.o.Manifests || !w.running || len(w.of[ns]) == 0) {
		return
	}
	hint := ""
	if near := spell.Closest(r.GetName(), names, spell.Distance); near != "" {
		hint = ": did you mean " + near + "?"
	}
	rep.add("AD0321", field+".name", fmt.Sprintf("there is no %s %s in namespace %s%s", r.GetKind(), quoted(r.GetName()), ns, hint))
}

// passedBy reports a Service before which no waypoint stands: nothing enforces what is
// targeted at it.
func (w *world) passedBy(rep *reporter, svc *corev1.Service, field string) {
	ns, known := w.namespace(svc.Namespace)
	if name, _, _ := mesh.WaypointFor(ns, svc, nil, true); name != "" || !known || len(svc.Spec.Selector) == 0 {
		return
	}
	f := w.facts(w.reach(svc.Namespace, svc.Spec.Selector, false))
	switch {
	case f.only(mesh.Sidecar):
		rep.add("AD0311", field, fmt.Sprintf("the Pods of Service %s have sidecars, and a sidecar passes by every policy with targetRefs: no waypoint stands before it", quoted(svc.Name)))
	case f.only(mesh.Ambient):
		rep.add("AD0311", field, fmt.Sprintf("no waypoint stands before Service %s: neither it nor namespace %s is labelled istio.io/use-waypoint, and nothing else enforces a policy with targetRefs", quoted(svc.Name), svc.Namespace))
	}
}

// selectsNothing reports a selector that fits no Pod, if Pods are in sight.
func (w *world) selectsNothing(rep *reporter, selector map[string]string) {
	ns := rep.object.GetNamespace()
	const field = "spec.selector.matchLabels"
	elsewhere := w.reach("", selector, true).loads
	here := len(w.of[ns]) > 0 || w.read(cluster.Pods, ns)
	if ns == w.cfg.RootNamespace {
		here = w.read(cluster.Pods, "") || w.o.Manifests && w.running
	}
	switch {
	case len(elsewhere) > 0 && slices.ContainsFunc(elsewhere, func(l *workload) bool { return l.presence.Plane == mesh.Gateway }):
		rep.add("AD0316", field, fmt.Sprintf("no Pod of namespace %s has %s; gateway %s has, and a selector looks at its own namespace only", ns, selectorWords(selector), elsewhere[0]))
	case len(elsewhere) > 0:
		rep.add("AD0320", field, fmt.Sprintf("no Pod of namespace %s has %s; %s has, and a selector looks at its own namespace only", ns, selectorWords(selector), elsewhere[0]))
	case here:
		rep.add("AD0320", field, fmt.Sprintf("no Pod of namespace %s has %s%s", ns, selectorWords(selector), w.nearLabel(ns, selector)))
	}
}

// nearLabel says which label may have been meant.
func (w *world) nearLabel(ns string, selector map[string]string) string {
	const looked = 200 // values; a name is not guessed among more
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		v := selector[k]
		if len(w.labels[label{ns, k, v}]) > 0 {
			continue
		}
		values := w.values[[2]string{ns, k}]
		if near := spell.Closest(v, values[:min(len(values), looked)], spell.Distance); near != "" {
			return fmt.Sprintf(": did you mean %s: %s?", k, near)
		}
	}
	return ""
}

func selectorWords(selector map[string]string) string {
	var out []string
	for k, v := range selector {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return "the labels " + strings.Join(out, ",")
}

// unenforced reports a policy of which all Pods run without a proxy.
func (w *world) unenforced(rep *reporter, t target) {
	f := w.facts(t.scope)
	if t.refs || !f.only(mesh.NoPlane) || f.bare == nil || rep.object.GetNamespace() == w.cfg.RootNamespace && len(t.selector) == 0 {
		return
	}
	field := "spec"
	if len(t.selector) > 0 {
		field = "spec.selector"
	}
	rep.add("AD0301", field, fmt.Sprintf("it is for %s, and no proxy stands before it: nothing enforces the policy", f.bare))
}
