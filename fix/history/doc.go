// Package history keeps records of fixes, so that they can be undone.
//
// A record is a file of its own, ID.json, in a directory of the user ([Dir]). It is
// written before anything is sent to the cluster: what will be done to which object, and
// what it was before, as far as undo needs it. After each object it is written again
// with what the server has stored. Each writing is atomic: a new file that is synced and
// takes the old one's name. So a process may die anywhere: without a record nothing was
// sent; with one that says a step is intended, [Store.Reconcile] finds out from the
// cluster whether it was done.
//
// Undo is a fix like any other, with a record of its own that names the one it undoes.
//
// Records hold no Secrets, no Pod templates and no credentials: package apply makes no
// changes that would need such a record, and of the question [Words] leaves out what lets
// in whoever holds it. They hold policies, and are for the user only: files have mode
// 0600, the directory 0700.
package history
