package diagnose

import "time"

// Question is what somebody wants to know, in their own words. The zero value
// of every field means that nothing was said.
type Question struct {
	// Source is [TYPE/]NAME[.NAMESPACE], or ip/ADDRESS, or the SPIFFE ID of a workload of
	// the mesh that is not in sight: its address is not known, and how it sends is as a
	// proxy of the mesh does by default.
	Source string
	// Target is a URL, host[:port], svc/NAME, pod/NAME or a Pod's address.
	Target string
	// Among are the namespaces whose Pods ask where Source is Everyone.
	Among []string
	// Namespace is where names without one are looked up. Empty is "default".
	Namespace string
	// MeshNamespace is where istiod runs. Empty is istio-system.
	MeshNamespace string
	// Request is what is known of the request.
	Request Request
	// AnyPath leaves the path open where the target, a URL, implies "/".
	AnyPath bool
	// AnyHost leaves the Host header open that the target implies.
	AnyHost bool
	// Now is when the request is made: a token that is given in full is checked as of
	// then, its lifetime, and its signature where the keys stand in a
	// RequestAuthentication. Zero: both are taken to be right.
	Now time.Time
}

// Everyone is the Source of a question about every Pod in sight, and a caller outside
// the mesh: the Pods that are read for the target and, of a live cluster, those of the
// namespaces in [Question.Among].
const Everyone = "*"

// Strangers are, as a Source, [AnyWorkload] and [Anybody] alone: what policies alone
// decide for these they decide for everyone.
const Strangers = "?"

// AnyWorkload is what a workload of the mesh is called that is not in sight, in the
// answers about Everyone: its identity and its address are left open.
const AnyWorkload = "another workload of the mesh"

// Anybody is what the caller outside the mesh is called in the answers about Everyone:
// it has no identity, and its address is left open.
const Anybody = "a caller outside the mesh"

// Request is what the question says of the request. What it leaves out is
// unknown, unless Exact says that there is nothing else.
type Request struct {
	Method string `json:"method,omitempty"`
	// Path overrides the target's path; with its query.
	Path string `json:"path,omitempty"`
	// Host is the Host header. Empty is the target's host.
	Host    string              `json:"host,omitempty"`
	Headers map[string][]string `json:"headers,omitempty"` // names in lower case
	// Claims are the payload of a token that verifies.
	Claims map[string]any `json:"claims,omitempty"`
	// Token is a raw token. It is a secret: no Diagnosis shows it.
	Token    string `json:"-"`
	SourceIP string `json:"sourceIP,omitempty"`
	SNI      string `json:"sni,omitempty"`
	// Exact says that the request holds nothing else: headers not listed are
	// absent, there is no token unless one is given, a method left out is GET.
	Exact bool `json:"exact,omitempty"`
}

func (q Question) namespace() string     { return or(q.Namespace, "default") }
func (q Question) meshNamespace() string { return or(q.MeshNamespace, "istio-system") }

// or returns s, or other if s is empty.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
