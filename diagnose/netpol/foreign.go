package netpol

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// Selects reports whether a policy that a network plugin brings is about the
// direction and selects the Pod. Maybe is said where that is not known: the kind is
// not, or its selector asks for more than an Endpoint tells. Neither of them means
// that the policy has nothing to say of the Pod.
func Selects(policy *unstructured.Unstructured, pod Endpoint, d Direction) (sure, maybe bool) {
	t := foreignSelects(policy, pod, d)
	return t == yes, t == unknown
}

// foreignKinds say for the kinds of a group whom a policy selects.
var foreignKinds = map[string]func(*unstructured.Unstructured, Endpoint, Direction) truth{
	"cilium.io":             ciliumSelects,
	"projectcalico.org":     calicoSelects,
	"crd.projectcalico.org": calicoSelects,
	"crd.antrea.io":         antreaSelects,
	"k8s.ovn.org":           onlyEgress,
	"network.openshift.io":  onlyEgress,
	"networking.gke.io": func(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
		return min(onlyEgress(p, e, d), podSelected(p, e))
	},
	"networking.k8s.aws": awsSelects,
}

func foreignSelects(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
	if !e.Pod || p.GetNamespace() != "" && p.GetNamespace() != e.Namespace {
		return no
	}
	t := unknown
	if selects, ok := foreignKinds[p.GroupVersionKind().Group]; ok {
		t = selects(p, e, d)
	}
	if e.HostNetwork { // whether that is the Pod or its node differs
		t = min(t, unknown)
	}
	return t
}

// onlyEgress is about kinds that speak of what leaves the Pods of their namespace.
func onlyEgress(_ *unstructured.Unstructured, _ Endpoint, d Direction) truth {
	return truthOf(d == networkingv1.PolicyTypeEgress)
}

// awsSelects knows a NetworkPolicy with names of domains, and one with tiers.
func awsSelects(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
	spec := field(p.Object, "spec")
	t := min(typesName(spec, d), podSelected(p, e))
	if p.GetNamespace() == "" {
		t = min(hasAny(spec, d, "ingress", "egress"), applied(field(spec, "subject"), e))
	}
	return t
}

// podSelected matches spec.podSelector.
func podSelected(p *unstructured.Unstructured, e Endpoint) truth {
	return matchesSelector(field(p.Object, "spec", "podSelector"), e.Labels, "")
}

// typesName says whether policyTypes or types name the direction; without them it
// is the rules that tell.
func typesName(spec any, d Direction) truth {
	for _, name := range []string{"policyTypes", "types"} {
		if types, ok := field(spec, name).([]any); ok && len(types) > 0 {
			return truthOf(slices.Contains(types, any(string(d))))
		}
	}
	if d == networkingv1.PolicyTypeEgress {
		return truthOf(field(spec, "egress") != nil)
	}
	return truthOf(field(spec, "ingress") != nil || field(spec, "egress") == nil)
}

// hasAny says whether one of the fields that belong to the direction is there.
func hasAny(spec any, d Direction, ingress, egress string, either ...string) truth {
	name := ingress
	if d == networkingv1.PolicyTypeEgress {
		name = egress
	}
	return truthOf(slices.ContainsFunc(append(either, name), func(name string) bool { return field(spec, name) != nil }))
}

// field returns what stands at the path; nil if nothing does.
func field(v any, path ...string) any {
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// matchesSelector matches a label selector that was not decoded. None at all
// selects everything; what is no selector is unknown. See matchLabels for the fact.
func matchesSelector(v any, set labels.Set, fact string) truth {
	sel, ok := selectorOf(v)
	if !ok {
		return unknown
	}
	f := matchLabels("", sel, set, fact)
	if len(f.invalid) > 0 {
		return unknown
	}
	return f.truth
}

func selectorOf(v any) (*metav1.LabelSelector, bool) {
	sel := &metav1.LabelSelector{}
	if v == nil {
		return sel, true
	}
	object, ok := v.(map[string]any)
	return sel, ok && runtime.DefaultUnstructuredConverter.FromUnstructured(object, sel) == nil
}

// namespaceFact names the labels of the namespace if they are not known.
func (e Endpoint) namespaceFact() string {
	if e.NamespaceKnown {
		return ""
	}
	return "labels of namespace " + e.Namespace
}

// namespaceLabel returns a label of the namespace, and whether it is known.
func (e Endpoint) namespaceLabel(key string) (value string, has, known bool) {
	value, has = e.namespaceLabels()[key]
	return value, has, e.NamespaceKnown || key == corev1.LabelMetadataName
}

// brands tell apart the kinds that several groups name alike.
var brands = map[string]string{
	"projectcalico.org": "Calico ", "crd.projectcalico.org": "Calico ", "crd.antrea.io": "Antrea ",
	"networking.k8s.aws": "AWS ", "crd.nsx.vmware.com": "NSX ",
}

// foreignName names a policy: CiliumNetworkPolicy foo/web.
func foreignName(p *unstructured.Unstructured) string {
	name := p.GetName()
	if p.GetNamespace() != "" {
		name = p.GetNamespace() + "/" + name
	}
	return brands[p.GroupVersionKind().Group] + p.GetKind() + " " + name
}

// foreign leaves the verdict open if a policy may select the subject that is not
// evaluated. What a Pod says to itself leaves it for no network.
func (a ask) foreign(r Result, policies []*unstructured.Unstructured) Result {
	if a.c.isSelf() {
		return r
	}
	var facts []string
	for _, p := range policies {
		if p == nil {
			continue
		}
		switch foreignSelects(p, a.subject, a.direction) {
		case yes:
			facts = append(facts, "what "+foreignName(p)+" does, which selects "+a.subject.String())
		case unknown:
			facts = append(facts, "what "+foreignName(p)+" does, which may select "+a.subject.String())
		case no:
		}
	}
	if len(facts) == 0 {
		return r
	}
	slices.SortFunc(facts, cmp.Compare[string])
	r.Verdict, r.Missing = Undetermined, sorted(append(r.Missing, facts...))
	r.Policy, r.Field = "", ""
	r.Why = a.why(r)
	return r
}
