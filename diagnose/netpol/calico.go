package netpol

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// calicoOthers begin the names under which Calico shows the policies of Kubernetes
// and of its network policy API: those are evaluated as what they are.
var calicoOthers = []string{"knp.", "kanp.", "kbanp.", "kcnp."}

// calicoSelects matches a NetworkPolicy or GlobalNetworkPolicy of Calico.
func calicoSelects(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
	if slices.ContainsFunc(calicoOthers, func(prefix string) bool { return strings.HasPrefix(p.GetName(), prefix) }) {
		return no
	}
	spec := field(p.Object, "spec")
	out := min(
		calicoTypes(spec, d),
		calicoMatches(field(spec, "selector"), e.calicoLabel),
		calicoMatches(field(spec, "namespaceSelector"), e.calicoNamespaceLabel),
	)
	if accounts, _ := field(spec, "serviceAccountSelector").(string); accounts != "" && accounts != "all()" {
		out = min(out, unknown)
	}
	return out
}

// calicoTypes is typesName for a policy whose empty lists count as none.
func calicoTypes(spec any, d Direction) truth {
	if types, ok := field(spec, "types").([]any); ok && len(types) > 0 {
		return truthOf(slices.Contains(types, any(string(d))))
	}
	ingress, _ := field(spec, "ingress").([]any)
	egress, _ := field(spec, "egress").([]any)
	if d == networkingv1.PolicyTypeEgress {
		return truthOf(len(egress) > 0)
	}
	return truthOf(len(ingress) > 0 || len(egress) == 0)
}

// calicoMatches evaluates a selector; none selects everything, and what cannot be
// read is unknown.
func calicoMatches(v any, label calicoLabels) truth {
	if v == nil || v == "" {
		return yes
	}
	text, ok := v.(string)
	if !ok {
		return unknown
	}
	s := calicoSelector{tokens: calicoTokens(text), label: label}
	out := s.or()
	if s.wrong || len(s.tokens) > 0 {
		return unknown
	}
	return out
}

// calicoLabel returns a label that Calico sees on a Pod.
func (e Endpoint) calicoLabel(key string) (value string, has, known bool) {
	const own = "projectcalico.org/"
	switch {
	case key == own+"namespace":
		return e.Namespace, true, true
	case key == own+"orchestrator":
		return "k8s", true, true
	case strings.HasPrefix(key, "pcns."):
		return e.calicoNamespaceLabel(strings.TrimPrefix(key, "pcns."))
	}
	value, has = e.Labels[key]
	return value, has, has || !strings.HasPrefix(key, own) && !strings.HasPrefix(key, "pcsa.")
}

// calicoNamespaceLabel returns a label that Calico sees on the Pod's namespace.
func (e Endpoint) calicoNamespaceLabel(key string) (value string, has, known bool) {
	if key == "projectcalico.org/name" {
		return e.Namespace, true, true
	}
	return e.namespaceLabel(key)
}
