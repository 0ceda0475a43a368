package routing

// Listener is what a gateway listens with on a port. The zero value is that it does
// not listen there.
type Listener struct {
	Found bool
	// HTTP says that the gateway reads HTTP there, after TLS where it ends it.
	HTTP bool
	// TLSMode is the mode as the Istio Gateway writes it: SIMPLE, MUTUAL,
	// OPTIONAL_MUTUAL, ISTIO_MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH; empty: plaintext.
	TLSMode string
	// Server is what says so: Gateway infra/public spec.servers[0].
	Server string
	// Why tells, where nothing is found, what is there instead.
	Why string
	// Near follows Why in a sentence: what is nearest; empty where nothing is.
	Near string
}
