package mesh

import (
	corev1 "k8s.io/api/core/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// Mode is the mTLS mode of a server port. The zero value is not known.
type Mode uint8

const (
	UnknownMode Mode = iota
	Permissive       // plaintext and mTLS
	Strict           // mTLS only
	Disable          // plaintext only
)

// String returns the mode as PeerAuthentication writes it.
func (m Mode) String() string {
	switch m {
	case UnknownMode:
		return "unknown"
	case Permissive:
		return "PERMISSIVE"
	case Strict:
		return "STRICT"
	case Disable:
		return "DISABLE"
	}
	return "?"
}

// MarshalText makes a Mode readable in JSON and YAML.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// Server is what a port of a Pod demands of a connection.
type Server struct {
	// Mode is what the objects ask for.
	Mode Mode `json:"mode"`
	// Policy is the PeerAuthentication that sets the mode, namespace/name; empty
	// where it is the default.
	Policy string `json:"policy,omitempty"`
	// Field is spec.mtls.mode or spec.portLevelMtls[8080].mode.
	Field string `json:"field,omitempty"`
	// Level is default, mesh, namespace, workload or port; none where nothing
	// enforces a PeerAuthentication, hbone where only HBONE is accepted anyway.
	Level string   `json:"level,omitempty"`
	Notes []string `json:"notes,omitempty"`
	// Missing names the fact that is not known; only where Mode is UnknownMode.
	Missing string `json:"missing,omitempty"`
	// Enforced tells, for data planes of the node, how what they do differs from Mode.
	Enforced string `json:"enforced,omitempty"`
	// OpenInFact says that Mode is STRICT and plaintext gets in nevertheless.
	OpenInFact bool `json:"openInFact,omitempty"`
	// StrictInFact says that Mode is not STRICT and plaintext is denied nevertheless.
	StrictInFact bool `json:"strictInFact,omitempty"`
	// ServiceMode is the mode that istiod tells clients for the Service as a whole:
	// the namespace's or the mesh's. With DISABLE no client tries auto mTLS, even
	// if the workload or the port is STRICT. UnknownMode: there is no such policy.
	ServiceMode Mode `json:"serviceMode,omitempty"`
	// Denier is the policy that ztunnel names when it denies plaintext.
	Denier string `json:"denier,omitempty"`
}

// ServerMode returns the mTLS mode of a port of the Pod, the container's port and
// not the Service's. pas are those of the Pod's and of the root namespace; others
// are ignored. Without any the mode is PERMISSIVE.
func ServerMode(c Config, pod *corev1.Pod, plane DataPlane, port uint16, pas []*securityv1.PeerAuthentication) Server {
	switch {
	case pod == nil:
		return Server{Missing: "the Pod"}
	case plane == UnknownPlane:
		return Server{Missing: "the data plane of " + podName(pod)}
	case plane == NoPlane:
		return Server{Mode: Disable, Level: "none", Notes: []string{"nothing enforces a PeerAuthentication: the Pod has no data plane"}}
	case plane == Waypoint:
		return Server{Mode: Strict, Level: "hbone", Notes: []string{"a waypoint accepts HBONE only; no PeerAuthentication is consulted"}}
	}
	chosen := choose(c, pod, pas)
	s := chosen.server(port)
	s.Notes = notes(c, pod, pas)
	switch {
	case plane.Node():
		choose(c, pod, reaching(pod, pas)).convert(c, plane, port, &s)
	case plane == Gateway:
		s.Notes = append(s.Notes, "the ports of a Gateway's servers are governed by the tls setting of the Gateway object, not by a PeerAuthentication")
	}
	return s
}
