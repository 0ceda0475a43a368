// Package facts reads from what istiod sends to proxies what becomes of a request:
// which way it goes, what each proxy on it takes it for, and which policies it asks.
//
// It knows Envoy's rules for choosing a filter chain, a route and the transport to an
// endpoint, as far as Istio's configuration needs them, and nothing of Istio's own
// resources: what they mean is istiod's answer.
package facts
