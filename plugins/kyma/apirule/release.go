package apirule

// Release is a span of releases of the api-gateway module that generate the same.
type Release uint8

// The spans, from the oldest.
const (
	ReleaseUnknown Release = iota
	// Before310 are 2.x and 3.0.x: neither hosts nor notPaths, and whoever has a token may
	// call a workload with the strategy jwt, from inside as well.
	Before310
	// Internal are 2.10.4 and 2.11.1: as before, with one policy more that admits everybody
	// but the ingress gateway.
	Internal
	// Since310 are 3.1.0 up to 3.4.x: hosts, notPaths, and the ingress gateway for jwt too.
	Since310
	// Since350 are 3.5.0 and later: the same with other labels.
	Since350
)

// Latest is what [Generate] makes.
const Latest = Since350

// String names the releases.
func (r Release) String() string {
	switch r {
	case Before310:
		return "before 3.1.0"
	case Internal:
		return "2.10.4 or 2.11.1"
	case Since310:
		return "3.1.0 to 3.4"
	case Since350:
		return "3.5.0 or later"
	case ReleaseUnknown:
		return "unknown"
	}
	return "unknown"
}

// hosts reports whether policies name the host.
func (r Release) hosts() bool { return r >= Since310 }

// ordered reports whether the order of rules shows in notPaths.
func (r Release) ordered() bool { return r >= Since310 }

// gatewayForTokens reports whether a token counts only if the ingress gateway brings it.
func (r Release) gatewayForTokens() bool { return r >= Since310 }
