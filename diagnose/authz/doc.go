// Package authz is the embedded evaluator of Istio's AuthorizationPolicy: it
// answers what a proxy would do with one request, and why.
//
// # Model
//
// [Compile] makes the [Program] that one proxy of a [Workload] holds, for one
// [Dialect]. A Program is asked in two ways that agree: [Program.Decide] gives
// the verdict, [Program.Explain] walks every policy, rule and field, never
// stopping early, and says of each what it wanted and what it got.
//
// A dialect is what a data plane really does, not what the API promises:
//
//   - [EnvoyHTTP]: a sidecar, gateway or waypoint on an HTTP connection.
//   - [EnvoyTCP]: the same proxies on a connection that is not HTTP. A rule of
//     an ALLOW policy that mentions an HTTP attribute disappears; in DENY the
//     HTTP attributes are ignored, which makes the rule wider.
//   - [Ztunnel]: ambient's node proxy. It sees connections only, and an
//     alternative left without fields never matches, the opposite of Envoy.
//   - [Kmesh]: Kmesh's daemon. It gets what ztunnel gets, knows fewer fields of it,
//     and looks the client up by its address.
//   - [KmeshXDP]: the same behind Kmesh's XDP program, which drops packets by itself
//     and understands still less. What either of the two denies is denied.
//
// Envoy and the proxies of a node have a compile step each (envoy.go, ztunnel.go,
// with kmesh.go for what Kmesh makes of single values) and share what comes out of it: a rule is the AND of groups, a group the OR of clauses,
// a clause the AND of fields, a field the OR of tests, perhaps negated.
//
// # Order
//
// CUSTOM, then DENY, then ALLOW. A workload with at least one enforced ALLOW
// policy is closed to what no ALLOW rule matches; without one it is open. An
// authorizer's OK skips nothing: DENY and ALLOW are still asked.
//
// # Index
//
// What a rule demands of an attribute, as one of some principals or the start of a
// path, is indexed ([Program.Decide] asks only the rules that can match). The index
// leaves out only what is certainly False: an attribute that is not known leaves
// out nothing, and where values stand in for what is not known every rule is asked.
//
// # Unknowns
//
// An attribute of a [Request] is known, absent, open (the question did not say)
// or unseen (a fact that could not be read). The zero value is open: nothing is
// ever invented. Kleene's logic over these four gives most answers. Where it
// does not, the answer is found exactly: for each attribute the values are
// sorted into classes that the fields still in question cannot tell apart, one
// value of each class is put in place, and the combinations are evaluated. Two
// lists on one attribute, as values and notValues, are thus understood together.
// If all combinations agree, theirs is the verdict. Otherwise it is Undetermined
// if an unseen fact can turn it, and Conditional if not; a Conditional verdict
// comes with its conditions, an Undetermined one with the facts that are missing.
//
// For strings the classes are found by walking the product of the automata of
// all patterns. This and the number of combinations are bounded; beyond the
// bounds the cautious answer stands, and a note says so.
//
// What values an open attribute may have is part of the question's answer:
//
//   - a principal: none, or a SPIFFE identity of the form TD/ns/NS/sa/SA; in Kmesh
//     one of the mesh's trust domain, which is empty for cluster.local;
//   - a path: starts with a slash; absent only if the method is CONNECT;
//   - a method, host or port: always there, the host perhaps empty;
//   - a header: absent, or any number of printable values; x-request-id,
//     x-forwarded-proto and :scheme are always there, set by the proxy;
//   - a claim: absent, a string, or a list; a token that has any has an iss.
//
// # Comparison
//
// [Compare] tells for which requests two programs decide differently, over all
// requests there can be. Rules are read as conditions on attributes; those that both
// programs have change nothing. Each of the others is a cause: where it matches, what
// the rest of both programs takes away is taken away, condition by condition, until
// what is left changes as a whole. Whether conditions go together is asked for each
// attribute by itself, with the classes of values above; attributes that hang
// together (claims in a token, the method and a missing path, the peer and the header
// of its certificate) are asked for together. What is left is then shortened as long
// as it says the same.
//
// # Sources
//
// The semantics are those of istio.io/istio release-1.31, pilot/pkg/security/
// authz (model/model.go, model/generator.go, matcher/*.go, builder/builder.go),
// pilot/pkg/serviceregistry/ambient/authorization.go for ztunnel, ztunnel's
// src/rbac.rs and src/state.rs, Kmesh's pkg/auth/rbac.go and bpf/kmesh/workload/
// include/authz.h, and Envoy's source/extensions/filters/common/rbac. Comments name the file where a rule of the evaluator comes from.
//
// # What is not modelled
//
// The answer of an external authorizer that the question does not give, dynamic
// metadata that other filters leave behind, EnvoyFilters and Wasm extensions,
// istiod's feature flags away from their defaults, and data planes older than
// 1.29.1. The first two are unseen, and the verdict says so; of the others the
// caller has to.
package authz
