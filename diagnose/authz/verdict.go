package authz

import "fmt"

// Verdict is the answer for one request at one proxy. Its zero value is the
// careful one.
type Verdict uint8

const (
	Undetermined Verdict = iota // depends on a fact that could not be seen
	Allowed
	Denied
	Conditional // depends on attributes that the question left open
)

// String returns the verdict's name.
func (v Verdict) String() string {
	switch v {
	case Undetermined:
		return "Undetermined"
	case Allowed:
		return "Allowed"
	case Denied:
		return "Denied"
	case Conditional:
		return "Conditional"
	}
	return "Undetermined"
}

// MarshalText renders the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads a verdict's name.
func (v *Verdict) UnmarshalText(b []byte) error {
	for c := Undetermined; c <= Conditional; c++ {
		if c.String() == string(b) {
			*v = c
			return nil
		}
	}
	return fmt.Errorf("unknown verdict %q", b)
}

// Dialect is a data plane's way to enforce policies: what it really does.
type Dialect uint8

const (
	EnvoyHTTP Dialect = iota // Envoy with an HTTP connection manager
	EnvoyTCP                 // Envoy with network filters only
	Ztunnel                  // ambient's node proxy
	Kmesh                    // Kmesh's daemon, which decides in user space
	KmeshXDP                 // the same behind Kmesh's XDP program, which drops packets by itself
)

// String returns the dialect's name.
func (d Dialect) String() string {
	switch d {
	case EnvoyHTTP:
		return "envoy-http"
	case EnvoyTCP:
		return "envoy-tcp"
	case Ztunnel:
		return "ztunnel"
	case Kmesh:
		return "kmesh"
	case KmeshXDP:
		return "kmesh-xdp"
	}
	return "unknown"
}

// node reports whether the data plane stands on the node and gets its policies from
// istiod's ambient index.
func (d Dialect) node() bool { return d == Ztunnel || d == Kmesh || d == KmeshXDP }

// reads reports whether two dialects read all values alike.
func (d Dialect) reads(o Dialect) bool {
	return d == o || d != Ztunnel && d.node() && o != Ztunnel && o.node()
}

// MarshalText renders the dialect's name.
func (d Dialect) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a dialect's name.
func (d *Dialect) UnmarshalText(b []byte) error {
	for c := EnvoyHTTP; c <= KmeshXDP; c++ {
		if c.String() == string(b) {
			*d = c
			return nil
		}
	}
	return fmt.Errorf("unknown dialect %q", b)
}

// Decision is a verdict and what decided it.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	// Stage is the stage that decides: CUSTOM, DENY or ALLOW. ActionUnknown where
	// no ALLOW policy applies and nothing denies: open by default. Of a verdict
	// that is not certain it is the first stage that can turn it.
	Stage Action `json:"stage"`
	// Policy is the policy that decides; of several that match, the one the proxy
	// would name. Empty where no ALLOW policy matched or none applies.
	Policy Ref `json:"policy,omitzero"`
	// Rule is the policy's rule; -1 where no rule decides.
	Rule int `json:"rule"`
}
