// Package envoy has a real Envoy decide: it runs the listeners that istiod makes
// on loopback, sends requests to them from clients with and without mTLS, and
// tells of each what the proxy did, in the proxy's own words.
//
// A denial counts only with Envoy's words for it, an allowed request only with the
// answer of the upstream's stand-in. Anything else is no verdict.
//
// What is changed in a listener of istiod's is in adapt.go, and nothing else is.
package envoy
