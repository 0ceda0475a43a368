package mesh

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// setting is a tls setting and where it stands; tls is nil if there is none.
type setting struct {
	tls   *networkingapi.ClientTLSSettings
	rule  string
	field string
}

func (s setting) mode() string { return s.tls.GetMode().String() }

// merged returns the DestinationRule that counts for the query, nil if none does.
func (q ClientQuery) merged() *MergedRule {
	r := RuleQuery{
		Config: q.Config, Rules: q.Rules, Host: q.Host, ServiceNamespace: q.ServiceNamespace,
		Waypoint: q.SourcePresence.Plane == Waypoint,
	}
	if q.Source != nil {
		r.Namespace, r.Labels = q.Source.Namespace, q.Source.Labels
	}
	return DestinationRuleFor(r)
}

// tls returns what the rule says to the client's cluster, and what of the endpoint,
// for a port of the Service and a subset. known is false if there is no such subset.
//
// The subset's policy goes over that of all; in each, settings for the port go over
// the rest (istio: networking/util/util.go MergeSubsetTrafficPolicy,
// xds/endpoints/mtls_checker.go tlsModeForDestinationRule).
func (m *MergedRule) tls(port uint16, subset string) (cluster, endpoint setting, known bool) {
	if m == nil {
		return setting{}, setting{}, subset == ""
	}
	cluster, endpoint = policyTLS(m.Policy, port, m.PolicyFrom, "spec.trafficPolicy")
	if subset == "" {
		return cluster, endpoint, true
	}
	s := m.subset(subset)
	if s == nil {
		return setting{}, setting{}, false
	}
	c, e := policyTLS(s.GetTrafficPolicy(), port, s.From, fmt.Sprintf("spec.subsets[%d].trafficPolicy", s.Index))
	if c.tls != nil || portSettings(s.GetTrafficPolicy(), port) != nil {
		cluster = c
	}
	if e.tls != nil {
		endpoint = e
	}
	return cluster, endpoint, true
}

// policyTLS reads one traffic policy. Settings for the port replace the rest for
// the cluster, tls or not; for the endpoint only where they set tls.
func policyTLS(p *networkingapi.TrafficPolicy, number uint16, rule, field string) (cluster, endpoint setting) {
	if p.GetTls() != nil {
		cluster = setting{p.GetTls(), rule, field + ".tls.mode"}
	}
	endpoint = cluster
	if port := portSettings(p, number); port != nil {
		cluster = setting{}
		if port.GetTls() != nil {
			index := slices.Index(p.GetPortLevelSettings(), port)
			cluster = setting{port.GetTls(), rule, fmt.Sprintf("%s.portLevelSettings[%d].tls.mode", field, index)}
			endpoint = cluster
		}
	}
	return cluster, endpoint
}

// portSettings returns the first settings for the Service port, nil if there are
// none.
func portSettings(p *networkingapi.TrafficPolicy, port uint16) *networkingapi.TrafficPolicy_PortTrafficPolicy {
	for _, s := range p.GetPortLevelSettings() {
		if s.GetPort().GetNumber() == uint32(port) {
			return s
		}
	}
	return nil
}

// asDialled reports whether the rule makes the client connect to the address that
// the application dials, as with a headless Service: loadBalancer.simple PASSTHROUGH
// of the subset or, without one, of all (istio: model/push_context.go
// BestEffortInferServiceMTLSMode).
func (m *MergedRule) asDialled(subset string) bool {
	if m == nil {
		return false
	}
	policy := m.Policy
	if subset != "" {
		policy = m.subset(subset).policy()
	}
	return policy.GetLoadBalancer().GetSimple() == networkingapi.LoadBalancerSettings_PASSTHROUGH
}

// policy returns the traffic policy of the subset, nil if it or the subset is missing.
func (s *MergedSubset) policy() *networkingapi.TrafficPolicy {
	if s == nil {
		return nil
	}
	return s.GetTrafficPolicy()
}

// unserved reports whether a sidecar leaves the setting out: it names a Secret, and
// sidecars take such names from rules with a workloadSelector only (istio:
// networking/core/cluster_tls.go buildUpstreamClusterTLSContext). The connection
// goes out without TLS.
func (q ClientQuery) unserved(m *MergedRule, s setting) bool {
	name := s.tls.GetCredentialName()
	return q.SourcePresence.Plane == Sidecar && name != "" && originates(s) && !m.Selecting &&
		!strings.HasPrefix(name, "configmap://") && name != "invalid://"
}
