// Package matrix answers for a whole cluster: every source in sight, against every port
// of every Service.
//
// It judges nothing itself. For each target, sources that nothing on their ways can tell
// apart are one class, and [diagnose.Session.Ask] is asked once for each class. What a
// way looks at is found in two steps:
//
//   - Apart from any target, Pods differ in what their own side of a connection shows: the
//     data plane, the control plane's revision, the egress policies that select them, and
//     what routes, Sidecars and the like name of them. Pods that do not are of one kind, and
//     have the same ways.
//   - For a target, a dry walk from one Pod of each kind finds the Pods that can be met:
//     gateways, waypoints, endpoints. Only policies that may be in force at these can tell
//     the Pods of one kind apart, and only by what they name: identities, namespaces,
//     labels, addresses. Each of these is a set of Pods, and the kind is cut along the sets.
//
// A target is in the class of another if nothing distinguishes their Services and
// endpoints; then it has the same answers.
//
// Whoever is not in sight is two sources more: see [diagnose.AnyWorkload] and
// [diagnose.Anybody].
//
// What could not be read makes verdicts Undetermined, as in one question; namespaces whose
// Pods or Services could not be listed are missing from the table, and are named.
package matrix
