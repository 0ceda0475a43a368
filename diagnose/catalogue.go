package diagnose

import (
	"slices"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// FindingKind is what is the same of a finding each time that it is made.
type FindingKind struct {
	Code     string   `json:"code"` // AD0101
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Help     []string `json:"help"` // what would help, in words
}

// Catalogue lists every kind of finding, sorted by code.
func Catalogue() []FindingKind {
	var out []FindingKind
	for _, k := range catalogue() {
		out = append(out, FindingKind{k.code, k.severity, k.title, slices.Clone(k.help)})
	}
	return out
}

// Fault is what Istio's validation would refuse of an object: where, what is wrong,
// and what the data plane makes of it if it is there all the same.
type Fault struct{ Field, What, Effect string }

func faults(ps []problem) []Fault {
	var out []Fault
	for _, p := range ps {
		out = append(out, Fault{p.field, p.what, p.effect})
	}
	return out
}

// PolicyFaults lists what the validation would refuse of an AuthorizationPolicy.
// What becomes of it is what ztunnel does, or else Envoy.
func PolicyFaults(p authz.Policy, ztunnel bool) []Fault { return faults(invalid(p, ztunnel)) }

// RequestAuthenticationFaults lists what the validation would refuse of one.
func RequestAuthenticationFaults(s *securityapi.RequestAuthentication) []Fault {
	return faults(invalidRequestAuthentication(s))
}

// PanicEntry is the field of the first entry of a policy that has no source or no
// operation, which istiod does not survive where it configures ambient; empty if none.
func PanicEntry(p authz.Policy) string { return entryWithout(p) }

// HeaderNameFaults lists the headers whose name Envoy refuses; What is the key.
func HeaderNameFaults(p authz.Policy) []Fault { return faults(brokenNames(p)) }
