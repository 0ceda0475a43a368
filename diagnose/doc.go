// Package diagnose answers one question: can this source reach this target, and
// if not, what stops it?
//
// [Ask] reads what the question needs from a [cluster.Reader], in at most three
// rounds of parallel queries, resolves the names over the [cluster.Snapshot],
// and walks the way of each pair of source and endpoint:
//
//	source ▸ NetworkPolicy ▸ mTLS ▸ JWT ▸ CUSTOM ▸ DENY ▸ ALLOW
//
// The result is a [Diagnosis], a plain value with every reason in it. Pairs that
// get the same answer are one [Answer].
//
// # Unknowns
//
// What the question leaves open (a method, a header) makes a verdict Conditional
// where it matters. What could not be read makes it Undetermined where it could
// turn it, and only there: a DENY policy in sight denies, whatever is hidden.
//
// # What is not modelled yet
//
// Waypoints and gateways on the way, VirtualServices, Sidecar resources,
// EnvoyFilters. Where one of the first two stands on the way the verdict is
// Undetermined and says so; docs/architecture.md lists the others.
package diagnose
