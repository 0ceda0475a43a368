package authz

import (
	"cmp"
	"slices"
)

// Mesh is what the evaluator must know of the mesh. The zero Mesh is one with
// Istio's defaults and no extension provider.
type Mesh struct {
	RootNamespace string // "" means istio-system
	TrustDomain   string // "" means cluster.local
	// TrustDomainAliases are the other trust domains whose identities count as
	// the mesh's own.
	TrustDomainAliases []string
	// Revision is that of the istiod that configures the proxy. "" means that it
	// is not known: no policy is left out for its istio.io/rev label then.
	Revision string
	// Providers are the extension providers that CUSTOM policies may name.
	Providers map[string]Provider
	// ProvidersUnknown, if not empty, says that the mesh config could not be read
	// and names the missing fact; whether a provider exists is unseen then.
	ProvidersUnknown string
}

// Provider is an extension provider that authorizes: envoyExtAuthzGrpc, or
// envoyExtAuthzHttp where GRPC is false.
type Provider struct{ GRPC bool }

func (m Mesh) root() string { return cmp.Or(m.RootNamespace, "istio-system") }

// bundle returns the mesh's trust domain, then its aliases.
func (m Mesh) bundle() []string {
	return slices.Concat([]string{cmp.Or(m.TrustDomain, "cluster.local")}, m.TrustDomainAliases)
}

// Workload is the proxy whose policies are asked for.
type Workload struct {
	Namespace string
	Labels    map[string]string
	// Waypoint says that the proxy is a waypoint. Whether it is a gateway of the
	// Gateway API follows from its label gateway.networking.k8s.io/gateway-name.
	Waypoint bool
	// Service is the Service or ServiceEntry whose chain of a waypoint it is. Zero
	// means none: traffic that was addressed to a Pod.
	Service Target
}

// Target names a Service or a ServiceEntry.
type Target struct {
	Kind      string `json:"kind"` // Service or ServiceEntry
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}
