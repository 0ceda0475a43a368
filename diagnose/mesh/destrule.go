package mesh

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// setting is a tls setting and where it stands; nil if there is none.
type setting struct {
	tls   *networkingapi.ClientTLSSettings
	field string
}

func (s setting) mode() string { return s.tls.GetMode().String() }

// ruleTLS returns the DestinationRule for the Service, what its tls says to the
// client's cluster, and what it says of the endpoint.
func (q ClientQuery) ruleTLS() (rule string, cluster, endpoint setting) {
	found := q.rule()
	if found == nil {
		return "", setting{}, setting{}
	}
	cluster, endpoint = q.policyTLS(found.Spec.GetTrafficPolicy(), "spec.trafficPolicy")
	for i, s := range found.Spec.GetSubsets() {
		if q.Subset == "" || s.GetName() != q.Subset {
			continue
		}
		c, e := q.policyTLS(s.GetTrafficPolicy(), fmt.Sprintf("spec.subsets[%d].trafficPolicy", i))
		if c.tls != nil || q.port(s.GetTrafficPolicy()) != nil {
			cluster = c
		}
		if e.tls != nil {
			endpoint = e
		}
	}
	return named(found.Namespace, found.Name), cluster, endpoint
}

// policyTLS reads one traffic policy. Settings for the port replace the rest for
// the cluster, tls or not; for the endpoint only where they set tls.
func (q ClientQuery) policyTLS(p *networkingapi.TrafficPolicy, field string) (cluster, endpoint setting) {
	if p.GetTls() != nil {
		cluster = setting{p.GetTls(), field + ".tls.mode"}
	}
	endpoint = cluster
	if port := q.port(p); port != nil {
		cluster = setting{}
		if port.GetTls() != nil {
			index := slices.Index(p.GetPortLevelSettings(), port)
			cluster = setting{port.GetTls(), fmt.Sprintf("%s.portLevelSettings[%d].tls.mode", field, index)}
			endpoint = cluster
		}
	}
	return cluster, endpoint
}

// port returns the settings for the Service port, nil if there are none.
func (q ClientQuery) port(p *networkingapi.TrafficPolicy) *networkingapi.TrafficPolicy_PortTrafficPolicy {
	for _, s := range p.GetPortLevelSettings() {
		if s.GetPort().GetNumber() == uint32(q.ServicePort) {
			return s
		}
	}
	return nil
}

// rule returns the DestinationRule that applies: of the client's namespace, else of
// the Service's, else of the root namespace (istio: model/push_context.go
// destinationRule). In each the most specific host is chosen first, whatever the
// rules for it set. A client in the root namespace looks there first only for rules
// that are private.
func (q ClientQuery) rule() *networkingv1.DestinationRule {
	root, client := q.Config.RootNamespace, ""
	if q.Source != nil {
		client = q.Source.Namespace
	}
	local := q.rulesIn(client, func(r *networkingv1.DestinationRule) bool {
		return home(r) && (client != root || private(r))
	})
	if len(local) > 0 {
		return q.best(local)
	}
	for _, namespace := range []string{q.ServiceNamespace, root} {
		exported := q.rulesIn(namespace, func(r *networkingv1.DestinationRule) bool { return !private(r) })
		exported = slices.DeleteFunc(exported, func(r *networkingv1.DestinationRule) bool { return !visible(r, client) })
		if len(exported) > 0 {
			return q.best(exported)
		}
	}
	return nil
}

// rulesIn returns the admitted rules of one namespace that share the most specific
// host; those with a workloadSelector first, then the oldest.
func (q ClientQuery) rulesIn(namespace string, admits func(*networkingv1.DestinationRule) bool) []*networkingv1.DestinationRule {
	var out []*networkingv1.DestinationRule
	for _, r := range q.Rules {
		if r != nil && r.Namespace == namespace && q.Config.reads(r.Labels) && admits(r) && matchesHost(fqdn(r, q.Host), q.Host) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b *networkingv1.DestinationRule) int {
		return cmp.Or(
			moreSpecific(fqdn(a, q.Host), fqdn(b, q.Host)),
			cmp.Compare(rank(a), rank(b)),
			a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
			cmp.Compare(a.Name, b.Name),
		)
	})
	for i, r := range out {
		if fqdn(r, q.Host) != fqdn(out[0], q.Host) {
			return out[:i]
		}
	}
	return out
}

// best returns the first rule that selects the client, else the oldest of those
// without a workloadSelector: they are merged, and the first traffic policy stays.
func (q ClientQuery) best(rules []*networkingv1.DestinationRule) *networkingv1.DestinationRule {
	var merged *networkingv1.DestinationRule
	for _, r := range rules {
		switch s := r.Spec.GetWorkloadSelector(); {
		case s != nil && q.Source != nil && q.Source.Namespace == r.Namespace && subset(s.GetMatchLabels(), q.Source.Labels):
			return r
		case s != nil:
		case merged == nil, merged.Spec.GetTrafficPolicy() == nil && r.Spec.GetTrafficPolicy() != nil:
			merged = r
		}
	}
	return merged
}

// rank puts rules with a workloadSelector first.
func rank(r *networkingv1.DestinationRule) int {
	if r.Spec.GetWorkloadSelector() != nil {
		return 0
	}
	return 1
}

// home reports whether the rule is for clients in its own namespace.
func home(r *networkingv1.DestinationRule) bool {
	e := r.Spec.GetExportTo()
	return len(e) == 0 || slices.Contains(e, "*") || slices.Contains(e, ".") || slices.Contains(e, r.Namespace)
}

// private reports whether the rule is for clients in its own namespace only.
func private(r *networkingv1.DestinationRule) bool {
	e := r.Spec.GetExportTo()
	return r.Spec.GetWorkloadSelector() != nil || len(e) == 1 && (e[0] == "." || e[0] == r.Namespace)
}

// visible reports whether an exported rule is for clients in the namespace.
func visible(r *networkingv1.DestinationRule, client string) bool {
	e := r.Spec.GetExportTo()
	return len(e) == 0 || slices.Contains(e, "*") || slices.Contains(e, client) || slices.Contains(e, ".") && client == r.Namespace
}

// fqdn completes a short host with the rule's namespace and the domain of host.
func fqdn(r *networkingv1.DestinationRule, host string) string {
	h := r.Spec.GetHost()
	if h == "" || strings.Contains(h, ".") || h == "*" {
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
