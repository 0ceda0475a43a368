// Package fix repairs a denial: it proposes changes of objects, proves each of them, and
// says what else each of them would do.
//
// # The order of things
//
// [Propose] reads a Diagnosis and the objects behind it and makes candidates: an edit of
// the rule that lacks least, a new narrow policy, an exception in a DENY, a label, a mode
// of mTLS. A candidate is a list of [Change]s, whole objects before and after, and a
// sentence. Nothing of it is believed.
//
// [Prove] lays the changes over what was read ([Overlay]) and asks the question again.
// A candidate that does not make it Allowed at every hop is dropped.
//
// What else it does (its effect) is found by asking about every other source that is
// known, before and after, with everything about the request left open; and by comparing
// the policies of the target before and after for all requests and all callers there can
// be. So "opens nothing else" is a statement about everybody, not about samples.
//
// Candidates are ranked by what else they do, then by the size of the change, then by
// whose object it is that changes.
//
// Package apply writes a candidate to a cluster and takes it back.
package fix
