package fix

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Kind is what a candidate does, for programs.
type Kind string

// The kinds.
const (
	NewPolicy      Kind = "NewPolicy"      // an AuthorizationPolicy that admits just this
	EditRule       Kind = "EditRule"       // a value more in a rule of an ALLOW policy
	CorrectSlip    Kind = "CorrectSlip"    // a value of a rule that was meant otherwise
	ExceptCaller   Kind = "ExceptCaller"   // a DENY rule that leaves this out
	Inject         Kind = "Inject"         // a label that brings the source into the mesh
	AcceptPlain    Kind = "AcceptPlain"    // a port that takes plaintext
	ClientTLS      Kind = "ClientTLS"      // what the client's proxy sends
	ServerTLS      Kind = "ServerTLS"      // what a gateway's server takes
	VerifyToken    Kind = "VerifyToken"    // a RequestAuthentication for the token
	ForwardToken   Kind = "ForwardToken"   // a gateway that leaves the token in
	AtWaypoint     Kind = "AtWaypoint"     // a policy that the waypoint enforces, not ztunnel
	PortProtocol   Kind = "PortProtocol"   // what the proxy takes a port for
	AdmitByNetwork Kind = "AdmitByNetwork" // a NetworkPolicy that admits the connection
	Provider       Kind = "Provider"       // the name of an external authorizer
	Reattach       Kind = "Reattach"       // a policy that is there and does not attach
	Endpoints      Kind = "Endpoints"      // a Service that leads to Pods again
	Relabel        Kind = "Relabel"        // Pods with the label that is asked for
	ScaleUp        Kind = "ScaleUp"        // a workload that was scaled to nothing
	Subset         Kind = "Subset"         // a subset that there is, or that has endpoints
	Backend        Kind = "Backend"        // a route that sends to what there is
	Bind           Kind = "Bind"           // a route, a gateway and a host that belong together
	RouteMatch     Kind = "RouteMatch"     // a route that takes the request
	Grant          Kind = "Grant"          // a ReferenceGrant
	NoFault        Kind = "NoFault"        // a route without its fault
	Register       Kind = "Register"       // a host that the mesh knows, and lets out to
	UseWaypoint    Kind = "UseWaypoint"    // the way through a waypoint
	SetAction      Kind = "SetAction"      // a policy that allows, not denies
	Vendor         Kind = "Vendor"         // what the maker of the policies advises
)

// Proposal is what can be done about a denial.
type Proposal struct {
	// Diagnosis is the answer before.
	Diagnosis *diagnose.Diagnosis `json:"diagnosis"`
	// Candidates are proved, the best first; empty where nothing helps, or nothing
	// has to.
	Candidates []Candidate `json:"candidates"`
	// Why says why there are no candidates.
	Why string `json:"why,omitempty"`
}

// Candidate is a change that is proved to make the question Allowed.
type Candidate struct {
	ID    string `json:"id"` // a, b …
	Kind  Kind   `json:"kind"`
	Title string `json:"title"` // what is done, in a sentence
	// Changes are the objects, in the order in which they are to be written.
	Changes []Change `json:"changes"`
	// Afterwards are steps that no object holds, such as a restart.
	Afterwards []string `json:"afterwards,omitempty"`
	// Danger is why a person may not want it; empty: nothing speaks against it.
	Danger string `json:"danger,omitempty"`
	// Grave says that a person would hardly want it: it stands last.
	Grave  bool   `json:"grave,omitempty"`
	Effect Effect `json:"effect"`
	// Summary is the answer's after the change.
	Summary string `json:"summary"`

	simulated []cluster.Edit
}

// Effect is what else a candidate does, beside what was asked for.
type Effect struct {
	// Opens and Closes are what others, or other requests, are let do afterwards and
	// were not before, and the other way round; empty: nothing.
	Opens  []Reach `json:"opens"`
	Closes []Reach `json:"closes"`
	// Unsure are those of whom it is not known.
	Unsure []Reach `json:"unsure,omitempty"`
	// Scope says among whom was looked: "every caller, every request", or the
	// workloads of which namespaces.
	Scope string `json:"scope"`
	// Unseen is what should have been looked at and could not be read: of whom nothing is
	// known.
	Unseen []string `json:"unseen,omitempty"`
}

// None reports whether nothing else changes.
func (e Effect) None() bool { return len(e.Opens)+len(e.Closes)+len(e.Unsure) == 0 }

// Reach is that some sources reach a target.
type Reach struct {
	Sources []string `json:"sources"` // in the form kind/name.namespace, or who in words
	Target  string   `json:"target"`
	// If are alternatives of what has to hold of the request, in words; empty:
	// nothing has to.
	If []string `json:"if,omitempty"`
	// Asked says that it is the source and the target of the question.
	Asked bool `json:"asked,omitempty"`
}
