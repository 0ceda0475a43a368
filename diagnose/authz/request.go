package authz

import (
	"net/netip"
	"slices"
	"strings"
)

// Request is what the enforcing proxy sees of one request or connection. The
// zero Request leaves everything open.
type Request struct {
	// Principal is the peer's identity as the proxy verified it, without
	// "spiffe://": cluster.local/ns/foo/sa/sleep. Absent: no mTLS. For Kmesh it is what
	// the daemon finds by the client's address, see [KmeshIdentity]. Absent: nothing.
	Principal Attr[string]
	// PeerName is what a verified certificate without a SPIFFE identity is called:
	// its first other URI, DNS name or subject, as at a gateway in mode MUTUAL. It
	// counts only where Principal is absent; empty means that there is none.
	PeerName string
	// SourceIP is the direct peer; RemoteIP the client after X-Forwarded-For.
	SourceIP, RemoteIP Attr[netip.Addr]
	// DestinationIP and DestinationPort are the local side of the connection as
	// the enforcing proxy has it: the Pod's at a sidecar or ztunnel.
	DestinationIP   Attr[netip.Addr]
	DestinationPort Attr[uint16]
	// ServicePort is the port that the client dialled, where a Service maps it to
	// another one. No proxy looks at it: it serves to see that a policy names the
	// wrong one of the two. 0 means not known.
	ServicePort uint16
	// SNI is the requested server name of the TLS connection to this proxy.
	SNI Attr[string]

	// Method and Host are as on the wire, Host with its port if it was sent.
	Method, Host Attr[string]
	// Path is the request target after normalization, with its query: see
	// [Normalization.Path].
	Path Attr[string]
	// Headers are the request headers.
	Headers Headers
	// Claims is the payload of a token that an applicable RequestAuthentication
	// verified. Absent: no such token, or nothing that looks at it.
	Claims Attr[map[string]any]

	// Authorizers holds the answers of external authorizers by provider name,
	// true meaning OK. A provider that is not listed is unseen.
	Authorizers map[string]bool
}

// Headers holds request headers. The zero value leaves every header open.
type Headers struct {
	// Values by lower-case name; an empty list says that the header is absent.
	Values map[string][]string
	// Closed says that headers not in Values are absent.
	Closed bool
}

// Get returns the values of a header, and its state.
func (h Headers) Get(name string) ([]string, State) {
	v, ok := h.Values[strings.ToLower(name)]
	switch {
	case ok && len(v) > 0:
		return v, StateKnown
	case ok || h.Closed:
		return nil, StateAbsent
	}
	return nil, StateOpen
}

// Names returns the names of the headers in Values, sorted.
func (h Headers) Names() []string {
	var out []string
	for n := range h.Values {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}
