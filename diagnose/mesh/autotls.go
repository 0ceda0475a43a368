package mesh

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// fromEnvoy: a sidecar, gateway or waypoint sends to a Service.
//
// Two things are configured apart and must be read together: what the cluster can
// do (istio: networking/core/cluster_tls.go) and what each endpoint is marked to
// support (istio: xds/endpoints/mtls_checker.go, endpoint_builder.go). They read
// the same DestinationRule differently: settings for a port without tls hide the
// rule's tls from the cluster, not from the endpoint.
func (q ClientQuery) fromEnvoy() Client {
	switch {
	case q.RulesUnread != "":
		return Client{Missing: q.RulesUnread}
	case q.Destination == nil:
		return Client{Missing: "the Pod that the connection ends at"}
	case q.DestinationPresence.Plane == UnknownPlane:
		return Client{Missing: first(q.DestinationPresence.Missing, "the data plane of "+podName(q.Destination))}
	}
	rule := q.merged()
	cluster, endpoint, known := rule.tls(q.ServicePort, q.Subset)
	switch {
	case !known:
		return q.noSubset(rule)
	case q.SourcePresence.Plane == Waypoint:
		return q.fromWaypoint(cluster)
	case q.tunnels() && !q.asDialled(rule):
		return throughHBONE(cluster)
	case q.unserved(rule, cluster):
		return withoutSecret(cluster)
	case cluster.tls != nil:
		return byRule(cluster)
	case endpoint.tls != nil && endpoint.tls.GetMode() != networkingapi.ClientTLSSettings_ISTIO_MUTUAL:
		return Client{
			TLS: Plaintext, Rule: endpoint.rule, Field: endpoint.field, RuleMode: endpoint.mode(),
			Why: "the settings for the port hide this mode from the cluster, and the mode keeps auto mTLS off: neither takes effect",
		}
	}
	q.Headless = q.Headless || rule.asDialled(q.Subset)
	return q.autoMTLS(endpoint)
}

// asDialled reports whether the client's sidecar sends to the address that the
// application chose: such a cluster has no endpoints that could be marked for HBONE
// (seen on istiod 1.31: networking/core/cluster.go, ORIGINAL_DST).
func (q ClientQuery) asDialled(rule *MergedRule) bool {
	return q.SourcePresence.Plane == Sidecar && (q.Headless || rule.asDialled(q.Subset))
}

// noSubset: a route leads to a subset that no rule defines, so there is no cluster.
func (q ClientQuery) noSubset(rule *MergedRule) Client {
	c := Client{TLS: Plaintext, Why: "the route leads to the subset " + q.Subset, Symptom: symptomNC}
	c.Blocked = "no DestinationRule for " + q.Host + " counts for the client, and the route leads to a subset, " + q.Subset
	if rule != nil {
		c.Rule = rule.From[0]
		c.Blocked = "DestinationRule " + strings.Join(rule.From, ", ") + " defines no subset " + q.Subset + ", to which the route leads"
	}
	return c
}

// withoutSecret: see [ClientQuery.unserved].
func withoutSecret(s setting) Client {
	return Client{
		TLS: Plaintext, Rule: s.rule, Field: s.field, RuleMode: s.mode(),
		Why: "DestinationRule " + s.rule + " sets credentialName without a workloadSelector: a sidecar leaves such tls out",
	}
}

// fromWaypoint: a waypoint uses HBONE wherever the endpoint accepts it, marked for
// Istio's mTLS or not, and knows no Istio mTLS without HBONE. Of a rule it takes TLS
// of the user's only (istio: networking/core/cluster_waypoint.go).
func (q ClientQuery) fromWaypoint(s setting) Client {
	if q.DestinationPresence.HBONE {
		return throughHBONE(s)
	}
	if originates(s) {
		return byRule(s)
	}
	return Client{TLS: Plaintext, Why: "the destination does not accept HBONE, and a waypoint uses no other mTLS"}
}

// byRule: what a DestinationRule says is done whatever the endpoint supports.
func byRule(s setting) Client {
	c := Client{Rule: s.rule, Field: s.field, RuleMode: s.mode(), Why: "DestinationRule " + s.rule + " sets tls.mode " + s.mode()}
	switch s.tls.GetMode() {
	case networkingapi.ClientTLSSettings_ISTIO_MUTUAL:
		c.TLS = MutualTLS
	case networkingapi.ClientTLSSettings_SIMPLE:
		c.TLS = SimpleTLS
	case networkingapi.ClientTLSSettings_MUTUAL:
		c.TLS = OwnMutualTLS
	case networkingapi.ClientTLSSettings_DISABLE:
		c.TLS = Plaintext
	}
	return c
}

// tunnels reports whether an Envoy uses HBONE: the endpoint accepts it and is not
// marked for Istio's mTLS, which is preferred.
func (q ClientQuery) tunnels() bool {
	if q.Source != nil {
		if c, _ := proxyContainer(q.Source); c != nil && environment(c, "ISTIO_META_DISABLE_HBONE_SEND") == "true" {
			return false
		}
	}
	return q.DestinationPresence.HBONE && !marked(q.Destination, q.DestinationPresence)
}

// throughHBONE: HBONE takes the place of ISTIO_MUTUAL and of DISABLE; TLS that a rule
// originates goes inside of it.
func throughHBONE(s setting) Client {
	c := Client{TLS: MutualTLS, HBONE: true, Why: "the destination accepts HBONE and no other mTLS"}
	if s.tls != nil {
		c.Rule, c.Field, c.RuleMode = s.rule, s.field, s.mode()
		c.Why += "; DestinationRule " + s.rule + " sets tls.mode " + s.mode() + ", which HBONE replaces"
	}
	if originates(s) {
		c.Why = "the destination accepts HBONE; the TLS of DestinationRule " + s.rule + " goes inside of it"
	}
	return c
}

// originates reports whether the setting is TLS that is not the mesh's.
func originates(s setting) bool {
	m := s.tls.GetMode()
	return s.tls != nil && (m == networkingapi.ClientTLSSettings_SIMPLE || m == networkingapi.ClientTLSSettings_MUTUAL)
}

// autoMTLS: no rule decides, so the client does what the endpoint supports.
func (q ClientQuery) autoMTLS(endpoint setting) Client {
	name := podName(q.Destination)
	forced := endpoint.tls != nil // ISTIO_MUTUAL, hidden from the cluster
	switch {
	case !q.Config.AutoMTLS:
		return Client{TLS: Plaintext, Why: "enableAutoMtls is false and no DestinationRule sets tls"}
	case q.Server.ServiceMode == Disable:
		return Client{TLS: Plaintext, Why: "PeerAuthentication sets DISABLE for the namespace or the mesh: no client tries auto mTLS with the Service, whatever the workload's policy says"}
	case forced:
		return Client{TLS: MutualTLS, Rule: endpoint.rule, Field: endpoint.field, RuleMode: endpoint.mode(), Why: "DestinationRule " + endpoint.rule + " marks every endpoint for mTLS"}
	case q.Headless && q.SourcePresence.Plane == Sidecar:
		return q.headless()
	case q.DestinationPresence.Plane == NoPlane && !marked(q.Destination, q.DestinationPresence):
		return Client{TLS: Plaintext, Why: "auto mTLS: " + name + " has no sidecar"}
	case !marked(q.Destination, q.DestinationPresence) && q.DestinationPresence.Plane == Gateway:
		return Client{TLS: Plaintext, Why: "auto mTLS: gateway " + name + " lacks the label " + labelTLSMode + ": istio, as gateways do"}
	case !marked(q.Destination, q.DestinationPresence):
		return Client{TLS: Plaintext, Why: "auto mTLS: " + name + " lacks the label " + labelTLSMode + ": istio, which injection sets"}
	case q.Server.Mode == UnknownMode:
		return Client{Missing: first(q.Server.Missing, "the mTLS mode of "+name)}
	case q.Server.Mode == Disable:
		return Client{TLS: Plaintext, Why: "auto mTLS: the mode of the destination's port is DISABLE"}
	}
	return Client{TLS: MutualTLS, Why: "auto mTLS: " + name + " has a sidecar that accepts mTLS"}
}

// headless: the client connects to the address it was given, so there is one
// decision for all endpoints: mTLS only if none is without a sidecar. The mode of
// the workload and of the port is not asked (istio: model/push_context.go
// BestEffortInferServiceMTLSMode).
func (q ClientQuery) headless() Client {
	if !marked(q.Destination, q.DestinationPresence) {
		return Client{TLS: Plaintext, Why: "auto mTLS with a headless Service: " + podName(q.Destination) + " has no sidecar, so no endpoint is called with mTLS"}
	}
	if q.Endpoints == nil {
		return Client{Missing: "whether every endpoint of the headless Service " + q.Host + " has a sidecar"}
	}
	for _, pod := range q.Endpoints {
		if pod != nil && !marked(pod, Of(pod, nil)) {
			return Client{TLS: Plaintext, Why: "auto mTLS with a headless Service: " + podName(pod) + " has no sidecar, so no endpoint is called with mTLS"}
		}
	}
	return Client{TLS: MutualTLS, Why: "auto mTLS with a headless Service: every endpoint has a sidecar"}
}

// marked reports whether istiod takes the Pod for one that accepts Istio's mTLS.
// Injection sets a label for that. A sidecar without the label is taken for one
// whose manifest was written by hand: real ones have it, or say "disabled".
func marked(pod *corev1.Pod, p Presence) bool {
	if mode, ok := pod.Labels[labelTLSMode]; ok {
		return mode == "istio"
	}
	return p.Plane == Sidecar
}
