package netpol

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// antreaSelects matches a NetworkPolicy or ClusterNetworkPolicy of Antrea: what the
// policy is applied to, or where it leaves that to them, its rules.
func antreaSelects(p *unstructured.Unstructured, e Endpoint, d Direction) truth {
	spec := field(p.Object, "spec")
	about := hasAny(spec, d, "ingress", "egress")
	if about == no {
		return no
	}
	if v := field(spec, "appliedTo"); v != nil {
		return antreaApplied(v, e)
	}
	name := "ingress"
	if d == networkingv1.PolicyTypeEgress {
		name = "egress"
	}
	rules, ok := field(spec, name).([]any)
	if !ok {
		return unknown
	}
	out := no
	for _, rule := range rules {
		out = max(out, antreaApplied(field(rule, "appliedTo"), e))
	}
	return out
}

// antreaApplied matches a list of what a policy or rule is applied to; any of it
// will do.
func antreaApplied(v any, e Endpoint) truth {
	list, ok := v.([]any)
	if !ok {
		return unknown
	}
	out := no
	for _, entry := range list {
		out = max(out, antreaEntry(entry, e))
	}
	return out
}

func antreaEntry(v any, e Endpoint) truth {
	pods, namespaces := field(v, "podSelector"), field(v, "namespaceSelector")
	switch {
	case pods == nil && namespaces == nil && (field(v, "nodeSelector") != nil || field(v, "externalEntitySelector") != nil):
		return truthOf(e.HostNetwork && field(v, "nodeSelector") != nil)
	case pods == nil && namespaces == nil: // a group, a service account, or what comes after them
		return unknown
	}
	return min(
		matchesSelector(pods, e.Labels, ""),
		matchesSelector(namespaces, e.namespaceLabels(), e.namespaceFact()),
	)
}

// applied matches the subject of a policy with tiers that was not decoded.
func applied(v any, e Endpoint) truth {
	if pods := field(v, "pods"); pods != nil {
		return min(
			matchesSelector(field(pods, "podSelector"), e.Labels, ""),
			matchesSelector(field(pods, "namespaceSelector"), e.namespaceLabels(), e.namespaceFact()),
		)
	}
	namespaces := field(v, "namespaces")
	if namespaces == nil {
		return unknown
	}
	return matchesSelector(namespaces, e.namespaceLabels(), e.namespaceFact())
}
