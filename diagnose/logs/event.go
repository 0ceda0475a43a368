package logs

import (
	"net/netip"
	"time"
)

// Format is the log that a line is of.
type Format string

// The formats.
const (
	EnvoyAccess Format = "Envoy access log"
	EnvoyRBAC   Format = "Envoy RBAC log"
	Ztunnel     Format = "ztunnel log"
	Kmesh       Format = "Kmesh log"
)

// Effect is what a line says became of the traffic.
type Effect string

// The effects.
const (
	// Denied: somebody refused it, and said so.
	Denied Effect = "Denied"
	// DryRun: a policy that does not enforce would have refused it.
	DryRun Effect = "DryRun"
	// Broken: it failed as it does when the other side refuses it, but for other
	// reasons too.
	Broken Effect = "Broken"
)

// Reason is why, as far as the line says.
type Reason string

// The reasons.
const (
	PolicyMatched Reason = "PolicyMatched" // a DENY policy, or CUSTOM without its authorizer
	NoneAllowed   Reason = "NoneAllowed"   // there are ALLOW policies, and none matched
	Authorizer    Reason = "Authorizer"    // the external authorizer said no, or did not answer
	BadToken      Reason = "BadToken"      // the JWT filter
	Plaintext     Reason = "Plaintext"     // STRICT mTLS, and the client has none
	PolicyChange  Reason = "PolicyChange"  // an open connection, cut after a policy came
	Rejected      Reason = "Rejected"      // a policy; the line does not say which, nor how
	NoDestination Reason = "NoDestination" // Kmesh does not know the destination
	Closed        Reason = "Closed"        // the other side closed the connection
	Failed        Reason = "Failed"        // there was no connection, or no TLS
	TimedOut      Reason = "TimedOut"      // nobody answered
)

// Event is what one line tells. Strings are clean and short; what the line does not
// say is empty.
type Event struct {
	Line   int
	Format Format
	Effect Effect
	Reason Reason
	Time   time.Time
	// Policy is the one that the line names: namespace/name. A PeerAuthentication's
	// where Reason is Plaintext.
	Policy string
	// Rule of Policy; -1: the line does not say.
	Rule int
	// Says is the line's own word for the reason.
	Says    string
	Source  Source
	Target  Target
	Request Request
}

// Source is who called.
type Source struct {
	Namespace string     `json:"namespace,omitempty"`
	Pod       string     `json:"pod,omitempty"`
	Address   netip.Addr `json:"address,omitzero"`
	// Identity is what the certificate says: cluster.local/ns/foo/sa/sleep.
	Identity string `json:"identity,omitempty"`
	// MutualTLS says that there was a certificate, even if Identity is not known.
	MutualTLS bool `json:"mutualTLS,omitempty"`
	// Forwarded says that Address is the client's as a gateway before has told it, and
	// not that of who was connected.
	Forwarded bool `json:"forwarded,omitempty"`
}

// Target is what was called. Host and Port are as the client dialled, the others
// where the connection arrived.
type Target struct {
	Host      string     `json:"host,omitempty"`
	Port      uint16     `json:"port,omitempty"`
	Namespace string     `json:"namespace,omitempty"`
	Pod       string     `json:"pod,omitempty"`
	Address   netip.Addr `json:"address,omitzero"`
	PodPort   uint16     `json:"podPort,omitempty"`
	// Gateway says that a gateway wrote the line: Host is the request's.
	Gateway bool `json:"gateway,omitempty"`
	// TLS says that the client spoke TLS of its own to the gateway.
	TLS bool `json:"tls,omitempty"`
	// Virtual says that Address is a Service's: a waypoint wrote the line.
	Virtual bool `json:"virtual,omitempty"`
}

// Request is what is known of the request. Queries are left out: they hold secrets.
type Request struct {
	Method       string `json:"method,omitempty"`
	Path         string `json:"path,omitempty"`
	Host         string `json:"host,omitempty"`
	ForwardedFor string `json:"forwardedFor,omitempty"`
	// Connection says that the line is of a connection and not of a request.
	Connection bool   `json:"connection,omitempty"`
	id         string // ties the lines about one request together
}

// Stats counts lines. Events are those of the groups; Others were understood and
// tell of nothing that was denied.
type Stats struct {
	Lines   int `json:"lines"`
	Denied  int `json:"denied"`
	DryRun  int `json:"dryRun"`
	Broken  int `json:"broken"`
	Others  int `json:"others"`
	Unknown int `json:"unknown"`
	// Cut were longer than 1 MiB. They count in the others, too.
	Cut int `json:"cut"`
}

// Reporter is the Pod whose log is read.
type Reporter struct{ Namespace, Name string }
