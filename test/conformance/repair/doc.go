// Package repair holds the program's repairs against the data plane. Of worlds drawn
// from a seed it takes requests that are denied, puts them before [fix.Propose] as
// questions about a cluster of manifests, and carries out what that proposes: Istio's own
// code makes the listener of the changed objects, and a real Envoy is sent the request,
// which has to pass, and others, of which each has to fare as the evaluator says.
//
// What a candidate says that it opens and closes besides is held against brute force:
// every known source sends requests made of the values in the policies and their
// neighbours, before and after. Who sends one that fares otherwise afterwards has to be
// among those named, unless it is what was asked for: the same source, port, method and
// path. How the effect was found is of no concern here.
//
// Not taken are requests with a forged token, which no change makes good, and those that
// a CUSTOM policy matches: what an external authorizer answers no repair can prove.
//
// A client is what the question says it is. One with a sidecar sends mTLS to a port of
// the Service, unless a PeerAuthentication of the port, the workload, the namespace or the
// mesh has it disabled, and plaintext to an address that no Service has.
package repair
