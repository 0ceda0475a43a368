package mesh

import (
	"slices"
	"strings"
)

// TrustDomainAccepted tells whether a server of the data plane takes the certificate
// of a peer with this identity, spiffe:// or not: Established, or Refused in TLS,
// before any policy is asked; undecided where the data plane is not known and
// decides. A peer without an identity has no certificate to be looked at.
//
// Sidecars, waypoints and a Gateway's servers of mode ISTIO_MUTUAL accept the mesh's
// trust domain, its aliases, and those that caCertificates give roots for, unless
// istiod runs with PILOT_SKIP_VALIDATE_TRUST_DOMAIN (istio:
// networking/plugin/authn/util.go). ztunnel accepts its own only (ztunnel:
// src/tls/workload.rs; issue 1260).
func TrustDomainAccepted(c Config, plane DataPlane, peer string) (accepted Outcome, why string) {
	domain, _, _ := strings.Cut(strings.TrimPrefix(peer, "spiffe://"), "/")
	own := strings.ReplaceAll(first(c.TrustDomain, "cluster.local"), "@", ".")
	others := slices.Concat(c.TrustDomainAliases, c.TrustDomains)
	switch {
	case peer == "":
		return Established, "the peer shows no identity"
	case plane == NoPlane, plane.Foreign() != nil:
		return Established, "nothing looks at the peer's certificate"
	case domain == own:
		return Established, "trust domain " + domain + " is the mesh's own"
	case plane == Ambient:
		return Refused, "ztunnel accepts no trust domain but its own, " + own + ", and the peer's is " + domain
	case !slices.Contains(others, domain):
		return Refused, "trust domain " + domain + " is neither the mesh's, " + own + ", nor one of trustDomainAliases or caCertificates"
	case plane == UnknownPlane:
		return UndecidedOutcome, "the data plane is not known, and ztunnel accepts the trust domain " + own + " only"
	case slices.Contains(c.TrustDomainAliases, domain):
		return Established, "trust domain " + domain + " is one of trustDomainAliases"
	}
	return Established, "caCertificates give roots for trust domain " + domain
}
