// Package cluster is where objects come from: a live API server, manifests, or a
// saved snapshot. A [Reader] answers queries; a [Snapshot] holds the answers and
// never changes. What could not be read is held too, as [Unread]: absence that is
// known and absence that is not are different answers.
package cluster
