package diagnose

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// APIVersion and Kind name the published form of a Diagnosis.
const (
	APIVersion = "authz-doctor.dev/v1alpha1"
	Kind       = "Diagnosis"
)

// Verdict is the evaluator's: Undetermined (the zero value), Allowed, Denied or
// Conditional.
type Verdict = authz.Verdict

// The four verdicts.
const (
	Undetermined = authz.Undetermined
	Allowed      = authz.Allowed
	Denied       = authz.Denied
	Conditional  = authz.Conditional
)

// Diagnosis is the answer to a Question. It holds everything that any face of
// the tool shows, all lists in a stable order.
type Diagnosis struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Spec       Spec   `json:"spec"`
	Status     Status `json:"status"`
}

// Spec is the question as it was understood.
type Spec struct {
	Source    string  `json:"source"` // as asked
	Target    string  `json:"target"` // as asked
	Namespace string  `json:"namespace"`
	Request   Request `json:"request"`
}

// Status is the answer.
type Status struct {
	// Verdict is the worst of the answers': Denied, Undetermined, Conditional,
	// Allowed.
	Verdict Verdict `json:"verdict"`
	// Title is the question in one line: "sleep.foo → httpbin.default:8000  GET /get".
	Title string `json:"title"`
	// Summary names the cause in one or two sentences.
	Summary string `json:"summary"`
	// Symptom is what the client sees of a denial: people search for it.
	Symptom string `json:"symptom,omitempty"`
	// Answers has one entry for each group of sources and destinations that get
	// the same answer; more than one where they differ.
	Answers []Answer `json:"answers"`
	// Findings are causes with a stable code, the root cause first.
	Findings []Finding `json:"findings,omitempty"`
	// Missing are the facts that would settle an Undetermined verdict.
	Missing []string `json:"missing,omitempty"`
	// Unread lists what could not be read.
	Unread []cluster.Unread `json:"unread,omitempty"`
	// Notes are what the reader should know beside the answer.
	Notes []string `json:"notes,omitempty"`
	// Origin tells where the objects came from.
	Origin string `json:"origin"`
}

// Answer is the answer for one group of sources and destinations.
type Answer struct {
	// Sources are those who ask, in the form kind/name.namespace.
	Sources []string `json:"sources"`
	// Destinations are the endpoints that answer.
	Destinations []Destination `json:"destinations,omitempty"`
	Verdict      Verdict       `json:"verdict"`
	Summary      string        `json:"summary"`
	Symptom      string        `json:"symptom,omitempty"`
	// Given is what has to hold of the request for it to take this way; empty: it
	// takes it in any case.
	Given []authz.Atom `json:"given,omitempty"`
	// Share is how many per cent of the requests take this way, where a route splits
	// them; 0: all.
	Share int `json:"share,omitempty"`
	// Reason is what decided. For a denial it is the first stage that denies at
	// the first hop that does.
	Reason Reason `json:"reason"`
	// Chain is how a denial comes about, from the root to what the client sees; empty
	// for other verdicts.
	Chain []Link `json:"chain,omitempty"`
	// Conditions, of a Conditional verdict: each alternative suffices for its verdict.
	Conditions []authz.Condition `json:"conditions,omitempty"`
	Missing    []string          `json:"missing,omitempty"`
	Hops       []Hop             `json:"hops"`
	findings   []Finding
	gates      []gate             // of one way
	ways       map[string][]gated // of each source
}

// Destination is an endpoint of the target: a Pod, or an address outside.
type Destination struct {
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"` // of the Pod; empty for an address
	Address   string `json:"address,omitempty"`
	Port      uint16 `json:"port,omitempty"` // the Pod's port
	Ready     bool   `json:"ready"`
	Workload  string `json:"workload,omitempty"` // what it belongs to: deploy/httpbin.default
}

// Reason names what decided a verdict.
type Reason struct {
	Hop    string    `json:"hop,omitempty"` // namespace/name
	Stage  StageName `json:"stage,omitempty"`
	Policy string    `json:"policy,omitempty"` // namespace/name; empty where none decided
	Rule   *int      `json:"rule,omitempty"`
	Field  string    `json:"field,omitempty"`
}

// Link is a step of a chain of cause: what holds, so that the next one does.
type Link struct {
	Says string `json:"says"` // "foo/sleep has no sidecar"
	// Object and Field are what carries it, where one does: "Namespace foo",
	// "metadata.labels".
	Object string `json:"object,omitempty"`
	Field  string `json:"field,omitempty"`
	// Code is of the finding that is about this step.
	Code string `json:"code,omitempty"`
}

// Role is what a hop does with the request.
type Role string

// The roles, in the order of the way.
const (
	RoleSource      Role = "source"
	RoleNetwork     Role = "network"
	RoleGateway     Role = "gateway"
	RoleWaypoint    Role = "waypoint"
	RoleDestination Role = "destination"
)

// Hop is one station of the way.
type Hop struct {
	Role      Role   `json:"role"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	// DataPlane is who stands before the Pod: sidecar, ambient, none …
	DataPlane string `json:"dataPlane,omitempty"`
	// Says is the hop in a line.
	Says string `json:"says"`
	// Principal is the identity that the source shows, or that the enforcing
	// proxy sees; empty is none.
	Principal string `json:"principal,omitempty"`
	// Port is the one at which the hop's proxy has the connection.
	Port uint16 `json:"port,omitempty"`
	// Protocol is what the hop's proxy takes the connection for: HTTP or TCP.
	Protocol string `json:"protocol,omitempty"`
	// Mode is the mTLS mode of the port as it is enforced: STRICT, PERMISSIVE, DISABLE;
	// of a gateway the TLS mode of its server.
	Mode string `json:"mode,omitempty"`
	// Transport is what arrives: mTLS, HBONE, plaintext or TLS.
	Transport string `json:"transport,omitempty"`
	// Host and Path are the authority and request target that arrive, as the proxies
	// before have left them, where they are known and the hop's proxy reads HTTP.
	Host string `json:"host,omitempty"`
	Path string `json:"path,omitempty"`
	// Finding is the code of the finding that this hop carries.
	Finding string  `json:"finding,omitempty"`
	Verdict Verdict `json:"verdict"`
	Stages  []Stage `json:"stages,omitempty"`
	// Skipped are the AuthorizationPolicies in sight that do not attach to the
	// Pod, and why.
	Skipped []authz.Skipped `json:"skipped,omitempty"`
	// Notes are what is odd here.
	Notes []string `json:"notes,omitempty"`
}

// StageName is a step of a hop.
type StageName string

// The stages, in the order in which a hop asks them.
const (
	StageRoute         StageName = "Route"
	StageNetworkPolicy StageName = "NetworkPolicy"
	StageMTLS          StageName = "mTLS"
	StageJWT           StageName = "JWT"
	StageCustom        StageName = "CUSTOM"
	StageDeny          StageName = "DENY"
	StageAllow         StageName = "ALLOW"
)

// Stage is what one step says.
type Stage struct {
	Name    StageName `json:"name"`
	Verdict Verdict   `json:"verdict"`
	// Says is the stage in a line: "0 of 1 policies matches".
	Says string `json:"says"`
	// Policies are the AuthorizationPolicies of the stage, rule by rule.
	Policies []authz.PolicyTrace `json:"policies,omitempty"`
	// Near are the rules that lack least, of an ALLOW stage that denies.
	Near []authz.NearMiss `json:"near,omitempty"`
	// NetworkPolicies is what an end's NetworkPolicies say.
	NetworkPolicies *netpol.Result `json:"networkPolicies,omitempty"`
	// Policy and Field carry the setting that decides a stage without rules.
	Policy string   `json:"policy,omitempty"`
	Field  string   `json:"field,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// Severity of a finding.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Finding is a cause with a stable code and a page under docs/findings.
type Finding struct {
	Code     string   `json:"code"` // AD0101
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`
	Message  string   `json:"message"`           // with the objects of this case
	Objects  []string `json:"objects,omitempty"` // Kind namespace/name
	Field    string   `json:"field,omitempty"`
	Help     []string `json:"help,omitempty"` // what would help, in words
}
