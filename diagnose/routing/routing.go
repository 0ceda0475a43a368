// Package routing answers where a proxy sends a request: what VirtualServices and
// the routes of the Gateway API make of it, at a client's sidecar, at a waypoint
// and at a gateway.
//
// # Model
//
// Every function is pure: objects and a [Request] in, [Branch]es out. A branch is
// one thing that the proxy may do. Where the request says all that the matches
// ask for there is one; where the question left an attribute open there is one for
// each outcome, with what has to hold for it. Branches are in the order in which
// the proxy tries them, and together they cover every case.
package routing

import (
	"net/netip"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Request is the request as the proxy that routes it sees it. Attributes that the
// question left open stay open.
type Request struct {
	// Port is the port that was dialled: the Service's at a sidecar or waypoint, the
	// Gateway server's at a gateway.
	Port uint16
	// TLS says that the connection arrives encrypted, as at a gateway's HTTPS server.
	TLS bool
	// SNI is the server name that the client asks for.
	SNI authz.Attr[string]
	// HTTP says that the proxy reads HTTP (after TLS where it ends it), and not an
	// opaque stream.
	HTTP bool
	// Host is the authority as sent, with its port if it has one.
	Host   authz.Attr[string]
	Method authz.Attr[string]
	// Path is the request target after normalization, with its query.
	Path    authz.Attr[string]
	Headers authz.Headers
	// Claims is the payload of a verified token, which a match on
	// @request.auth.claims asks for. Absent: there is none.
	Claims authz.Attr[map[string]any]
	// DestinationIP is the address that was dialled.
	DestinationIP authz.Attr[netip.Addr]
	// SourceLabels and SourceNamespace are the client Pod's; at a gateway, the
	// gateway Pod's.
	SourceLabels    map[string]string
	SourceNamespace string
}

// Branch is one thing that the proxy may do with the request. It has Destinations,
// or an Answer.
type Branch struct {
	// Given is what has to hold for it, beside what the request says; empty: it is
	// certain.
	Given []authz.Atom
	// Missing are facts that could not be seen and decide whether it is taken.
	Missing []string
	// Object is what says so, "VirtualService shop/cart"; empty: nothing does, it is
	// what the proxy does by itself. Field is the path in it: spec.http[1].
	Object, Field string
	// Destinations of which each takes a share of the requests.
	Destinations []Destination
	// Change is what is done to the request before it is forwarded.
	Change Change
	// Answer is set where the proxy answers and nothing is forwarded.
	Answer *Answer
	// Notes are what else is odd: a fault that is injected, a mirror.
	Notes []string
}

// Destination is where requests are sent.
type Destination struct {
	// Host is a full name: reviews.default.svc.cluster.local, or one outside.
	Host   string
	Subset string // of a DestinationRule; empty: none
	Port   uint16 // 0: the port that was dialled, or the only one
	// Weight is the share in per cent of the branch, rounded; a destination with
	// none is left out.
	Weight int
	// Change is done beside the branch's own.
	Change Change
}

// Change is what a route does to a request. The zero value leaves it as it is.
type Change struct {
	// Host replaces the authority; empty: it stays.
	Host string
	// Path returns the new request target; nil: it stays.
	Path func(string) string
	// SetHeaders replace, AddHeaders add a value, RemoveHeaders take away; names in
	// lower case.
	SetHeaders, AddHeaders map[string]string
	RemoveHeaders          []string
}

// Answer is what the proxy says itself.
type Answer struct {
	Status int // HTTP status; 0: the connection is closed
	// Location of a redirect.
	Location string
	// Why in a few words: "redirect", "no route matches", "fault: abort".
	Why string
	// Near follows Why in a sentence: what is nearest and what it lacks; empty where
	// nothing is.
	Near string
	// Percent of the requests that get it, 0 for all: an injected fault.
	Percent float64
}
