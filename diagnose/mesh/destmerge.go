package mesh

import (
	"cmp"
	"slices"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// This file is which DestinationRules count for one client and one host, and what
// istiod makes of several (istio: model/push_context.go setDestinationRules and
// destinationRule, model/destination_rule.go mergeDestinationRule, model/sidecar.go
// DestinationRule). Rules that istiod itself makes of a BackendTLSPolicy are no
// objects and are not known here.

// RuleQuery asks which DestinationRule counts.
type RuleQuery struct {
	Config Config
	Rules  []*networkingv1.DestinationRule
	// Namespace and Labels are those of the client's Pod: a gateway's or a waypoint's
	// own where one of these sends.
	Namespace string
	Labels    map[string]string
	// Waypoint says that a waypoint sends: it honours no workloadSelector.
	Waypoint bool
	// Host is the full name of the Service or ServiceEntry, ServiceNamespace where
	// that is; empty if it is not known, and then no rule is looked for there.
	Host, ServiceNamespace string
}

// MergedRule is what istiod makes of the DestinationRules for one client and host.
type MergedRule struct {
	// From are the rules that went into it, namespace/name: the oldest first.
	From []string
	// Policy is the traffic policy for all subsets, nil if none is set; PolicyFrom is
	// the rule that has it, or the first one.
	Policy     *networkingapi.TrafficPolicy
	PolicyFrom string
	Subsets    []MergedSubset
	// Selecting says that the rule has a workloadSelector, which the client matches.
	Selecting bool

	namespace string
	selector  map[string]string
	exportTo  []string // sorted
}

// MergedSubset is a subset and where it stands: spec.subsets[Index] of From.
type MergedSubset struct {
	*networkingapi.Subset
	From  string
	Index int
}

// DestinationRuleFor returns the rule that counts, nil if there is none: of the
// client's namespace, else of the Service's, else of the root namespace. In each the
// most specific host is chosen first, whatever the rules for it set. A client in the
// root namespace looks there first only for rules that are private.
func DestinationRuleFor(q RuleQuery) *MergedRule {
	root, client := q.Config.RootNamespace, q.Namespace
	local := q.merged(client, func(r *networkingv1.DestinationRule) bool {
		return home(r) && (client != root || q.private(r))
	})
	if len(local) > 0 {
		return q.pick(local)
	}
	for _, namespace := range []string{q.ServiceNamespace, root} {
		if namespace == "" {
			continue
		}
		exported := q.merged(namespace, func(r *networkingv1.DestinationRule) bool { return !q.private(r) })
		exported = slices.DeleteFunc(exported, func(m *MergedRule) bool { return !m.visible(client) })
		if len(exported) > 0 {
			return q.pick(exported)
		}
	}
	return nil
}

// SubsetLabels returns the labels by which a subset chooses its endpoints, empty
// where it takes all, and the rule that defines it. ok is false if no rule that
// counts does: the client's proxy then knows no such cluster and answers 503 (NC).
func SubsetLabels(q RuleQuery, subset string) (labels map[string]string, rule string, ok bool) {
	if s := DestinationRuleFor(q).subset(subset); s != nil {
		return s.GetLabels(), s.From, true
	}
	return nil, "", false
}

// subset returns the first subset of the name, nil if there is none.
func (m *MergedRule) subset(name string) *MergedSubset {
	if m == nil || name == "" {
		return nil
	}
	for i := range m.Subsets {
		if m.Subsets[i].GetName() == name {
			return &m.Subsets[i]
		}
	}
	return nil
}

// pick returns the first rule whose workloadSelector the client matches, else the
// last one without: rules that are exported to different namespaces are not merged,
// and the youngest of them stays.
func (q RuleQuery) pick(rules []*MergedRule) *MergedRule {
	var rest *MergedRule
	for _, m := range rules {
		switch {
		case !m.Selecting:
			rest = m
		case !q.Waypoint && q.Namespace == m.namespace && Selects(m.selector, q.Labels):
			return m
		}
	}
	return rest
}

// merged returns the admitted rules of one namespace that share the most specific
// host, those merged that istiod merges.
func (q RuleQuery) merged(namespace string, admits func(*networkingv1.DestinationRule) bool) []*MergedRule {
	var found []*networkingv1.DestinationRule
	for _, r := range q.Rules {
		if r != nil && r.Namespace == namespace && q.Config.reads(r.Labels) && admits(r) && matchesHost(fqdn(r, q.Host), q.Host) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *networkingv1.DestinationRule) int {
		return cmp.Or(
			moreSpecific(fqdn(a, q.Host), fqdn(b, q.Host)),
			cmp.Compare(rank(a), rank(b)),
			a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
			cmp.Compare(a.Name, b.Name),
		)
	})
	var out []*MergedRule
	for _, r := range found {
		if fqdn(r, q.Host) == fqdn(found[0], q.Host) {
			out = merge(out, r)
		}
	}
	return out
}

// merge adds a rule to those for the same host. It is merged into each that is
// exported to the same namespaces or to fewer, and stands for itself unless the last
// one took it in. One without a selector can so be lost in one that has a selector,
// if both are private: only workloads of that selector then see it.
func merge(rules []*MergedRule, r *networkingv1.DestinationRule) []*MergedRule {
	next := single(r)
	alone := true
	for _, m := range rules {
		if same := slices.Equal(m.exportTo, next.exportTo); same {
			alone = false
		} else if alone = true; len(m.exportTo) == 0 || !containsAll(next.exportTo, m.exportTo) {
			continue
		}
		alike := m.Selecting == next.Selecting
		if alike && m.Selecting && !sameLabels(m.selector, next.selector) {
			alone = true
			continue
		}
		alone = alone && !alike
		m.take(next)
	}
	if alone {
		rules = append(rules, next)
	}
	return rules
}

// single returns a rule by itself.
func single(r *networkingv1.DestinationRule) *MergedRule {
	name := named(r.Namespace, r.Name)
	m := &MergedRule{
		From: []string{name}, Policy: r.Spec.GetTrafficPolicy(), PolicyFrom: name, namespace: r.Namespace,
		Selecting: r.Spec.GetWorkloadSelector() != nil, selector: r.Spec.GetWorkloadSelector().GetMatchLabels(),
		exportTo: slices.Compact(slices.Sorted(slices.Values(r.Spec.GetExportTo()))),
	}
	if m.Selecting {
		m.exportTo = []string{"."}
	}
	for i, s := range r.Spec.GetSubsets() {
		m.Subsets = append(m.Subsets, MergedSubset{s, name, i})
	}
	return m
}

// take adds what the younger rule has and this one has not: subsets by their names,
// the traffic policy as a whole.
func (m *MergedRule) take(next *MergedRule) {
	m.From = append(slices.Clone(m.From), next.From...)
	had := *m
	for _, s := range next.Subsets {
		if had.subset(s.GetName()) == nil {
			m.Subsets = append(m.Subsets, s)
		}
	}
	if m.Policy == nil && next.Policy != nil {
		m.Policy, m.PolicyFrom = next.Policy, next.PolicyFrom
	}
}
