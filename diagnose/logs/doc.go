// Package logs finds denials in the logs of a mesh's data plane, and asks the
// questions that they imply.
//
// [Read] takes lines from a reader and hands out an [Event] for each that tells of
// a denial. It understands
//
//   - Envoy's access log in Istio's default text format and as JSON, Kyma's among it,
//   - Envoy's RBAC filter at the level debug,
//   - ztunnel's access log as text and as JSON,
//   - the Kmesh daemon,
//
// each of them as it is or as `kubectl logs` prints it with --prefix and --timestamps.
// Lines that it does not understand are counted; none is an error.
//
// [Groups] puts equal events together. A [Desk] asks about a group, and says whether
// what the log tells and what the objects say go together.
//
// # Words of clients
//
// Much of a log was sent by clients: paths, headers, server names, claims. Which format a
// line has is seen where it begins, before any of that; and a line of text that a client
// made ambiguous is told as such. testdata has what a real Envoy wrote of such clients.
//
// # Bounds
//
// A log may be longer than the memory and its lines may be made by an attacker. So a
// line has at most 1 MiB, what is longer is cut; what is kept of a line is short and
// clean, see report.Clean; and there are at most [MaxGroups] groups.
package logs
