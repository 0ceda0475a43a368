// Package lint finds what is wrong with AuthorizationPolicies, RequestAuthentications
// and PeerAuthentications without a question being asked: what the objects alone show.
//
// # Model
//
// [Run] is a pure function over a Snapshot. Each policy is looked at once, together
// with what it reaches: the workloads that it selects, their data planes, Services and
// ports. Workloads that differ in nothing that matters, the replicas of one, count
// once, and what a selector reaches is worked out once for all policies that have it,
// so that the work grows with the number of policies and not with its square.
//
// # Evidence
//
// A tool that cries wolf is no use. What can be seen in the policy itself is always
// said: a lower-case method never matches. What depends on other objects is said only
// where they are in sight. Of a running cluster and of a saved snapshot it is known
// what was read. Of manifests it is not: a folder may hold the policies of a
// cluster and none of its workloads. So manifests without Pods are not taken to say
// that a Pod, a namespace or a service account does not exist, unless one of nearly the
// same name does.
//
// # Suppression
//
// The annotation authz-doctor.dev/ignore of a policy names the codes that are not to be
// reported of it, each with a reason. Results that are suppressed are kept and marked.
package lint
