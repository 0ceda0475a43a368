package diagnose

import "slices"

// findingKind is one kind of finding: its code, and what is the same each time.
type findingKind struct {
	code     string
	severity Severity
	title    string
	help     []string
}

// The catalogue. Each code has a page under docs/findings; a test holds the two
// together.
var (
	findingNoSidecar = findingKind{"AD0101", SeverityError, "the source has no identity: it has no sidecar", []string{
		"inject a sidecar into the source (label its namespace istio-injection=enabled and restart it) and admit its principal",
		"or admit it by something that needs no identity, such as ipBlocks",
	}}
	findingStrict = findingKind{"AD0102", SeverityError, "STRICT mTLS refuses a plaintext client", []string{
		"bring the source into the mesh, so that it speaks mTLS",
		"or let this one port accept plaintext: portLevelMtls PERMISSIVE in a PeerAuthentication that selects the workload",
	}}
	findingPlaintext = findingKind{"AD0103", SeverityError, "the source is in the mesh but shows no identity", []string{
		"let the client's proxy speak mTLS: a DestinationRule with tls.mode ISTIO_MUTUAL, or none at all",
	}}
	findingTLS = findingKind{"AD0104", SeverityError, "client and server do not agree on TLS", []string{
		"make the DestinationRule's tls.mode fit what the server speaks",
	}}
	findingNoRule = findingKind{"AD0201", SeverityError, "no ALLOW rule matches", []string{
		"admit the request in the nearest rule, or in an ALLOW policy of its own",
	}}
	findingDeny = findingKind{"AD0202", SeverityError, "a policy denies the request", []string{
		"except the caller from the policy that denies; an ALLOW policy cannot overrule it",
	}}
	findingAllowNothing = findingKind{"AD0203", SeverityError, "an ALLOW policy without a rule that can match denies everything", []string{
		"add an ALLOW policy that admits the request",
	}}
	findingProvider = findingKind{"AD0204", SeverityError, "a CUSTOM policy asks an authorizer that cannot be asked", []string{
		"define the provider in meshConfig.extensionProviders, or name one that is defined there; one workload can have one provider",
	}}
	findingNotEnforced = findingKind{"AD0301", SeverityWarning, "policies select a Pod that no proxy stands before", []string{
		"inject a sidecar into the target's Pods: until then nothing enforces the policies",
	}}
	findingBypass = findingKind{"AD0302", SeverityWarning, "a DENY by identity does not reach callers without one", []string{
		"make mTLS STRICT for the workload: callers without an identity are then refused",
	}}
	findingOpenInFact = findingKind{"AD0303", SeverityWarning, "STRICT mTLS is asked for and not enforced", []string{
		"give the namespace a PeerAuthentication with the mode that is meant: ztunnel does enforce that one",
	}}
	findingHTTPOnTCP = findingKind{"AD0401", SeverityError, "rules with HTTP fields do not exist on a connection that is not HTTP", []string{
		"name the Service's port http-… or set its appProtocol, if it speaks HTTP",
		"or admit the caller by fields of the connection: principals, namespaces, ipBlocks, ports",
	}}
	findingRefused = findingKind{"AD0402", SeverityError, "Envoy refuses the request before it asks any policy", []string{
		"send a request that HTTP allows: methods are upper-case, and a path has no zero byte and no fragment",
	}}
	findingTemplate = findingKind{"AD0403", SeverityError, "a path template without a leading slash ends Envoy", []string{
		"begin the template with a slash: /{*} or /{**}",
	}}
	findingJWT = findingKind{"AD0501", SeverityError, "the token is refused", []string{
		"send a token of an issuer and audience that the RequestAuthentication names",
	}}
	findingNoRA = findingKind{"AD0502", SeverityError, "no RequestAuthentication looks at the token", []string{
		"apply a RequestAuthentication for the token's issuer to the workload",
	}}
	findingNetworkPolicy = findingKind{"AD0601", SeverityError, "a NetworkPolicy drops the connection", []string{
		"admit the connection in a NetworkPolicy of that end",
	}}
	findingNoEndpoints = findingKind{"AD0701", SeverityError, "no endpoint answers", []string{
		"look at the Service's selector and at the readiness of its Pods: no policy is to blame",
	}}
)

var findingRoute = findingKind{"AD0702", SeverityError, "a route leads nowhere", []string{
	"correct the route: its match, its destination's host, port and subset, or the Gateway that it is bound to",
}}

// catalogue lists every kind of finding, sorted by code.
func catalogue() []findingKind {
	all := []findingKind{
		findingNoSidecar, findingStrict, findingPlaintext, findingTLS,
		findingNoRule, findingDeny, findingAllowNothing, findingProvider, findingInvalid, findingPanic,
		findingNotEnforced, findingBypass, findingOpenInFact, findingInvalidPeer, findingRootSelector, findingDenyInZtunnel,
		findingTrustDomains, findingEmptySelector, findingNoAction, findingPastWaypoint, findingNoWaypoint,
		findingDryRun, findingRevision, findingMasked, findingReadOtherwise,
		findingForeignNamespace, findingOutbound, findingHTTPOnTCP, findingRefused, findingTemplate, findingHeaderName, findingDenyOnTCP,
		findingJWT, findingNoRA, findingInvalidJWT, findingNetworkPolicy, findingNoEndpoints, findingRoute,
		findingEnvoyFilter, findingWasm,
	}
	for _, k := range slices.Concat(platformKinds(), lintKinds) {
		at := 0
		for at < len(all) && all[at].code < k.code {
			at++
		}
		all = slices.Insert(all, at, k)
	}
	return all
}

// find adds a finding of this case, once, and marks the hop that carries it. help
// is what would help in this case; without it, what helps in general.
func (w *walk) find(k findingKind, hop *Hop, message, policy string, help ...string) {
	if hop != nil && hop.Finding == "" {
		hop.Finding = k.code
	}
	f := Finding{Code: k.code, Severity: k.severity, Title: k.title, Message: message, Help: help, Field: w.reason.Field}
	if len(help) == 0 {
		f.Help = slices.Clone(k.help)
	}
	if policy != "" {
		f.Objects = []string{policy}
	}
	if !slices.ContainsFunc(w.findings, func(o Finding) bool { return o.Code == f.Code }) {
		w.findings = append(w.findings, f)
	}
}

// tell adds a finding that is not what decides: its field is its own, and no hop
// carries it, so that reports show its message.
func (w *walk) tell(k findingKind, message, field string, objects []string, help ...string) {
	before := len(w.findings)
	w.find(k, nil, message, "", help...)
	if len(w.findings) > before {
		f := &w.findings[before]
		f.Field, f.Objects = field, objects
	}
}
