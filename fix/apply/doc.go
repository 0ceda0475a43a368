// Package apply writes the changes of a fix to a cluster.
//
// # What is sent
//
// A new object is created, which fails if there is one of that name: nothing is ever
// merged into what somebody else has made. A changed object is changed by server-side
// apply of the fields that differ and of nothing else, beside those that a fix has
// applied before: what an applier leaves out it gives up. Lists are whole, as the server
// has it for all lists of the mesh's objects. Two kinds of change cannot be said that
// way and are merge patches: one that takes a field away, for server-side apply
// takes only what the applier itself has put there; and one in a list whose items the
// server keeps by key, of which the applier would own every item. An object is deleted if
// it is the one that was read.
//
// Each change names the object's UID and resourceVersion, so that what happened in
// between is a conflict. A difference that is only the server's (status, the
// resourceVersion itself) is none: the change is then made to the newer object.
//
// Fields that somebody else manages are changed only if [Options] says so, whichever way
// they are sent: the server checks it for server-side apply, this package for merge patches
// (kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts).
//
// # What is kept
//
// A [Journal] is told what will be written before anything is, and after each object what
// the server has stored. If the process dies between the two, [Writer.Landed] finds
// out whether the object was written.
//
// Secrets are neither read nor written, and no record is made that could hold one: of
// objects with Pod templates or data only fields of maps are changed, such as labels.
package apply
