// Package mesh answers, from typed objects alone, who enforces what on the way
// of a request: the data plane of a Pod and its identity, mTLS on the server's
// and on the client's side, the protocol a proxy takes a port for, and what a
// RequestAuthentication makes of a token.
//
// # Model
//
// Every function is pure: objects in, a plain value out, with the evidence in
// words. A fact that the objects do not hold gives the unknown value of the
// answer, which is its zero value, and names the fact in Missing. Nothing is
// guessed.
//
//	[Of]                   what runs in or beside the Pod, or why nothing does
//	[OfWorkloadEntry]      the same of a workload that is no Pod
//	[SidecarOf]            the Sidecar of a workload: [Ingress] is what it listens for,
//	                       [EgressOf] whom it may call
//	[ServerMode]           the mTLS mode of a port: PeerAuthentication
//	[DestinationRuleFor]   what several DestinationRules come to; [SubsetLabels]
//	[ClientTLS]            what the client puts on the wire: DestinationRule, auto mTLS
//	[TrustDomainAccepted]  whether TLS takes the client's trust domain
//	[PortProtocol]         what a Service port is taken for
//	[Meet]                 what comes of client and server: HTTP or not, identity or not
//	[Authenticate]         the JWT filter, and what it leaves of the request
//	[WaypointFor]          who is asked to stand in front of a Service or a Pod
//	[ProbeOf]              what becomes of kubelet's probes
//
// # Sources
//
// The semantics are those of Istio release-1.31 (pilot/pkg/security/authn,
// pilot/pkg/model, pilot/pkg/xds/endpoints, pilot/pkg/serviceregistry/ambient,
// pkg/kube/inject), of ztunnel, and of Envoy's jwt_authn filter. Comments name the file
// a rule comes from. What other data planes of nodes do they say themselves: [NodePlane].
//
// # What is not modelled
//
// EnvoyFilters, proxyless gRPC, agentgateway, the injector's own ConfigMap
// (policy, neverInjectSelector, alwaysInjectSelector) and flags in istiod's
// environment, which are taken to have their defaults.
package mesh
