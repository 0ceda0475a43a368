package trial

import (
	"net/netip"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Request is what a client sends, and from where.
type Request struct {
	Port   uint16
	Source netip.Addr
	// Identity is the SPIFFE ID in the client's certificate without its scheme.
	// Empty: plaintext.
	Identity string
	SNI      string // with an identity only

	// Opaque bytes are sent instead of HTTP; the rest is empty then.
	Opaque  bool
	HTTP2   bool // plaintext only
	Method  string
	Target  string // the request target as it is on the wire
	Host    string
	Headers []Header
}

// Header is one header line.
type Header struct{ Name, Value string }

// Answer is what the proxy did.
type Answer struct {
	// Verdict is Allowed or Denied; Undetermined if the proxy gave none, and
	// Refusal says then what it did instead.
	Verdict authz.Verdict
	Refusal string
	// Stage, Policy and Rule are what the proxy names: of a denial always, of an
	// allowed request if an ALLOW policy let it pass. Rule is -1 without a policy.
	Stage  authz.Action
	Policy authz.Ref
	Rule   int
	// Words are the proxy's own.
	Words string
}

// Decided reports whether the proxy gave a verdict on policy.
func (a Answer) Decided() bool { return a.Verdict != authz.Undetermined }
