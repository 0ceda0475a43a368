package mesh

// DataPlane is what carries the traffic of a Pod. The zero value is not known. Beside
// those below there are those of [UseNodePlane].
type DataPlane uint8

const (
	UnknownPlane DataPlane = iota
	NoPlane                // nothing: no policy is enforced for the Pod, and it has no identity
	Sidecar                // Envoy in the Pod
	Ambient                // ztunnel on the node
	Gateway                // an Envoy that runs as a gateway
	Waypoint               // an Envoy that stands in front of ambient workloads
)

// String returns the data plane in a word.
func (p DataPlane) String() string {
	switch p {
	case UnknownPlane:
		return "unknown"
	case NoPlane:
		return "none"
	case Sidecar:
		return "sidecar"
	case Ambient:
		return "ambient"
	case Gateway:
		return "gateway"
	case Waypoint:
		return "waypoint"
	}
	if f := p.Foreign(); f != nil {
		return f.Name
	}
	return "?"
}

// MarshalText makes a DataPlane readable in JSON and YAML.
func (p DataPlane) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Cause is why a Pod has no data plane. The zero value is that none is to be told.
type Cause uint8

const (
	CauseNone               Cause = iota
	CauseNotLabelled              // neither the Namespace nor the Pod asks for a proxy
	CauseInjectFalse              // the Pod opts out of injection
	CauseHostNetwork              // a Pod on the host network is never captured
	CauseNotRestarted             // the Namespace asks, the Pod is older or the injector did not run
	CauseNamespaceUnread          // the Namespace could not be read
	CausePredicted                // there is no Pod yet: what the injector would do
	CauseAmbientNotEnrolled       // labels ask for a node's data plane, and no annotation tells that the node has enrolled the Pod
	CauseNoneOptOut               // istio.io/dataplane-mode: none
	CauseIgnoredNamespace         // the injector skips kube-system, kube-public, kube-node-lease and local-path-storage
	CauseWindows                  // no data plane runs on Windows
)

// String returns the cause in a word.
func (c Cause) String() string {
	switch c {
	case CauseNone:
		return "none"
	case CauseNotLabelled:
		return "not-labelled"
	case CauseInjectFalse:
		return "inject-false"
	case CauseHostNetwork:
		return "host-network"
	case CauseNotRestarted:
		return "not-restarted"
	case CauseNamespaceUnread:
		return "namespace-unread"
	case CausePredicted:
		return "predicted"
	case CauseAmbientNotEnrolled:
		return "not-enrolled"
	case CauseNoneOptOut:
		return "opted-out"
	case CauseIgnoredNamespace:
		return "ignored-namespace"
	case CauseWindows:
		return "windows"
	}
	return "?"
}

// MarshalText makes a Cause readable in JSON and YAML.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Presence is the data plane of a Pod, with the evidence.
type Presence struct {
	Plane DataPlane `json:"plane"`
	// Why is the evidence for what is there, or why nothing is.
	Why string `json:"why,omitempty"`
	// Cause is Why for programs; CauseNone where a data plane is there. With
	// UnknownPlane it says why that is not known.
	Cause Cause `json:"cause,omitempty"`
	// Predicted says that the Pod does not exist yet: Plane is what would come.
	Predicted bool `json:"predicted,omitempty"`
	// Revision is the control plane's, Version the tag of the proxy's image.
	Revision string `json:"revision,omitempty"`
	Version  string `json:"version,omitempty"`
	// HBONE says that the Pod accepts HBONE.
	HBONE bool `json:"hbone,omitempty"`
	// GatewayName is the Gateway of the Gateway API that the Pod belongs to.
	GatewayName string   `json:"gatewayName,omitempty"`
	Notes       []string `json:"notes,omitempty"`
	// Missing names the fact that is not known; only where Plane is UnknownPlane.
	Missing string `json:"missing,omitempty"`
}
