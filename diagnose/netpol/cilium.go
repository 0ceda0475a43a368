package netpol

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
)

// The labels that Cilium adds to those of a Pod.
const (
	ciliumNamespace       = "io.kubernetes.pod.namespace"
	ciliumNamespaceLabels = "io.cilium.k8s.namespace.labels."
	ciliumOwn             = "io.cilium." // of the rest an Endpoint knows nothing
)

// ciliumSelects matches the rules of a CiliumNetworkPolicy, or one for the whole
// cluster: spec and specs. A rule is about a direction if it has a list for it.
func ciliumSelects(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
	rules, _ := field(p.Object, "specs").([]any)
	if spec := field(p.Object, "spec"); spec != nil {
		rules = append(slices.Clone(rules), spec)
	}
	out := no
	for _, rule := range rules {
		about := max(hasAny(rule, d, "ingress", "egress", "enableDefaultDeny"), hasAny(rule, d, "ingressDeny", "egressDeny"))
		out = max(out, min(about, ciliumEndpoint(rule, e)))
	}
	return out
}

// ciliumEndpoint matches a rule's endpointSelector. A nodeSelector is about nodes.
func ciliumEndpoint(rule any, e Endpoint) truth {
	v := field(rule, "endpointSelector")
	if v == nil && field(rule, "nodeSelector") != nil {
		return truthOf(e.HostNetwork)
	}
	sel, ok := selectorOf(v)
	if v == nil || !ok {
		return unknown
	}
	exprs := slices.Clone(sel.MatchExpressions)
	for k, value := range sel.MatchLabels {
		exprs = append(exprs, metav1.LabelSelectorRequirement{Key: k, Operator: metav1.LabelSelectorOpIn, Values: []string{value}})
	}
	out := yes
	for _, expr := range exprs {
		out = min(out, ciliumRequirement(expr, e))
	}
	return out
}

// ciliumRequirement matches one label. Its key may name where the label is from:
// k8s for those of Pods, any for all; others are not of Kubernetes.
func ciliumRequirement(expr metav1.LabelSelectorRequirement, e Endpoint) truth {
	if source, key, found := strings.Cut(expr.Key, ":"); found {
		if source != "k8s" && source != "any" {
			return unknown
		}
		expr.Key = key
	}
	value, has := e.Labels[expr.Key]
	known := true
	if label, is := strings.CutPrefix(expr.Key, ciliumNamespaceLabels); is {
		value, has, known = e.namespaceLabel(label)
	} else if expr.Key == ciliumNamespace {
		value, has = e.Namespace, true
	} else {
		known = !strings.HasPrefix(expr.Key, ciliumOwn)
	}
	if !known {
		return unknown
	}
	set := labels.Set{}
	if has {
		set[expr.Key] = value
	}
	f := matchLabels("", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{expr}}, set, "")
	if len(f.invalid) > 0 {
		return unknown
	}
	return f.truth
}
