// Package redact replaces the names in a [diagnose.Diagnosis], so that it can be shown
// to people who must not know them.
//
// What is replaced is what the objects that were read and the question itself hold:
// namespaces and the names of objects, service accounts, hosts and trust domains,
// addresses, issuers, label values, the values of headers and claims, and the users that
// an API server names. The same name gets the same replacement everywhere, so that what
// belongs together is still seen to.
//
// What stays is what an explanation lives on: verdicts, findings, the fields of objects,
// methods, paths without their query as far as no name of an object is in them, ports, the names of headers and claims, keys of labels, and the
// names that everybody has (default, istio-system, cluster.local and their like).
//
// Replacing is done on the answer, not on the objects: a policy that admits "team-*"
// would otherwise not admit the same sources any more.
package redact
