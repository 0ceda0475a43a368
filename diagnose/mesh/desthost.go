package mesh

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// rank puts rules with a workloadSelector first.
func rank(r *networkingv1.DestinationRule) int {
	if r.Spec.GetWorkloadSelector() != nil {
		return 0
	}
	return 1
}

// home reports whether the rule is for clients in its own namespace. The mesh's
// default matters not: it is one of . and *, and both are.
func home(r *networkingv1.DestinationRule) bool {
	e := r.Spec.GetExportTo()
	return len(e) == 0 || r.Spec.GetWorkloadSelector() != nil ||
		slices.Contains(e, "*") || slices.Contains(e, ".") || slices.Contains(e, r.Namespace)
}

// private reports whether the rule is for clients in its own namespace only.
func (q RuleQuery) private(r *networkingv1.DestinationRule) bool {
	e := slices.Compact(slices.Sorted(slices.Values(r.Spec.GetExportTo())))
	switch {
	case r.Spec.GetWorkloadSelector() != nil:
		return true
	case len(e) == 0:
		return slices.Contains(q.Config.DestinationRuleExportTo, ".")
	}
	return len(e) == 1 && (e[0] == "." || e[0] == r.Namespace)
}

// visible reports whether an exported rule is for clients in the namespace.
func (m *MergedRule) visible(client string) bool {
	return len(m.exportTo) == 0 || slices.Contains(m.exportTo, "*") || slices.Contains(m.exportTo, client)
}

// fqdn completes a short host with the rule's namespace and the domain of host.
func fqdn(r *networkingv1.DestinationRule, host string) string {
	h := r.Spec.GetHost()
	if _, err := netip.ParseAddr(h); err == nil || h == "" || strings.Contains(h, ".") || h == "*" {
		return h
	}
	domain := "cluster.local"
	if _, d, ok := strings.Cut(host, ".svc."); ok {
		domain = d
	}
	return h + "." + r.Namespace + ".svc." + domain
}

// matchesHost reports whether the pattern is the host or a wildcard that covers it.
func matchesHost(pattern, host string) bool {
	if suffix, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, suffix)
	}
	return pattern == host
}

// moreSpecific orders hosts: exact ones, then the longer.
func moreSpecific(a, b string) int {
	return cmp.Or(
		cmp.Compare(strings.Count(a[:min(1, len(a))], "*"), strings.Count(b[:min(1, len(b))], "*")),
		cmp.Compare(len(b), len(a)),
		cmp.Compare(a, b),
	)
}

// containsAll reports whether every element of part is in whole.
func containsAll(whole, part []string) bool {
	return !slices.ContainsFunc(part, func(e string) bool { return !slices.Contains(whole, e) })
}

// sameLabels reports whether two selectors are the same.
func sameLabels(a, b map[string]string) bool { return len(a) == len(b) && Selects(a, b) }
