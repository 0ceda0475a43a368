// Package authz is the embedded evaluator of Istio's AuthorizationPolicy: it
// answers what a proxy would do with one request, and why.
//
// # Model
//
// Policies that attach to one workload are compiled, once per [Dialect], into a
// [Program]. A Program is asked in two ways that agree: [Program.Decide] gives
// the verdict, [Program.Explain] walks every policy, rule and field and says of
// each what it wanted and what it got.
//
// A dialect is what a data plane really does, not what the API promises:
//
//   - [EnvoyHTTP]: a sidecar, gateway or waypoint on an HTTP connection.
//   - [EnvoyTCP]: the same proxies on a connection that is not HTTP. A rule of
//     an ALLOW policy that mentions an HTTP attribute disappears; in DENY the
//     HTTP attributes are ignored, which makes the rule wider.
//   - [Ztunnel]: ambient's node proxy. It sees connections only, and an
//     alternative left without fields never matches, the opposite of Envoy.
//
// # Order
//
// CUSTOM, then DENY, then ALLOW. A workload with at least one enforced ALLOW
// policy is closed to what no ALLOW rule matches; without one it is open.
//
// # Unknowns
//
// An attribute of a [Request] is known, absent, open (the question did not say)
// or unseen (a fact that could not be read). The zero value is open: nothing is
// ever invented. The logic over them is Kleene's, so an answer is given as soon
// as no completion of the unknowns could change it through any single clause.
//
// # Sources
//
// The semantics are those of istio.io/istio release-1.31, pilot/pkg/security/
// authz (model/model.go, model/generator.go, matcher/*.go, builder/builder.go),
// pilot/pkg/serviceregistry/ambient/authorization.go for ztunnel, and Envoy's
// source/extensions/filters/common/rbac. Comments name the file where a rule of
// the evaluator comes from.
//
// # What is not modelled
//
// The answer of an external authorizer, EnvoyFilters and Wasm extensions: their
// effect is unseen, and the verdict says so.
package authz
