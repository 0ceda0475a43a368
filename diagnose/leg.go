package diagnose

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Leg is a connection and what the proxy at its end makes of it, as a platform sees it. Its
// methods are only for one that a platform was given, as long as it is asked.
type Leg struct {
	Snapshot *cluster.Snapshot
	// Source and Destination are the Pods at its ends; nil is somebody outside.
	Source, Destination           *corev1.Pod
	SourcePlane, DestinationPlane mesh.DataPlane
	Port                          uint16 // the destination's
	RootNamespace                 string // of Istio's configuration
	MeshNamespace                 string // where istiod runs
	TrustDomain                   string // of the destination's mesh
	Entry                         bool   // Source stands for a WorkloadEntry
	Live                          bool   // a running cluster is read, not files
	// Request is what the destination's proxy sees; nil where it was not asked.
	Request *authz.Request
	// What follows is of a leg that was judged.
	Verdict  Verdict
	Reason   Reason
	Cause    string              // a sentence
	Symptom  string              // what the client sees of it
	Denier   string              // the policy that istiod makes of STRICT, if that denies
	Policies []authz.PolicyTrace // that attach to the destination
	Near     []authz.NearMiss    // rules that nearly allow it, the nearest first
	// Principal is the identity that the destination sees, empty if it sees none.
	Principal string
	// Host, Method and Path are those that arrive; empty is not known.
	Host, Method, Path string

	w *walk
	j *judged
}

// leg is the walk as a platform sees it before it is judged.
func (w *walk) leg() Leg {
	return Leg{
		Snapshot: w.in.snap, Source: w.src.pod, Destination: w.dst.pod, SourcePlane: w.src.presence.Plane, DestinationPlane: w.dst.presence.Plane,
		Port: w.dst.port, RootNamespace: w.cfg.RootNamespace, MeshNamespace: w.in.q.meshNamespace(), TrustDomain: w.cfg.TrustDomain, Entry: w.src.entry, Live: w.in.reader.Live(), w: w,
	}
}

// fill takes over what is known of a request.
func (leg *Leg) fill(req *authz.Request) {
	leg.Request = req
	leg.Principal, _ = req.Principal.Get()
	leg.Host, _ = req.Host.Get()
	leg.Method, _ = req.Method.Get()
	leg.Path, _ = req.Path.Get()
}

// Program is all policies of the destination, read in a dialect.
func (leg Leg) Program(d authz.Dialect) *authz.Program { return leg.w.programOf(d, allPolicies) }

// Explain asks all policies of the destination about the request. What is secret in it
// is not shown.
func (leg Leg) Explain(d authz.Dialect) authz.Explanation {
	return showableExplanation(leg.Program(d).Explain(leg.Request))
}

// Hidden names the policies that may attach to the destination and could not be read.
func (leg Leg) Hidden() []string {
	return leg.w.in.hidden(cluster.AuthorizationPolicies, leg.w.policyNamespaces()...)
}

// Unread tells why an object is not known: it could not be read; empty if it was looked for.
func (leg Leg) Unread(r cluster.Resource, namespace, name string) string {
	return leg.w.in.missing(r, namespace, name)
}

// Answers asks the policies of the source about the packets that come back from the
// destination, to the port of the client: what they decide, and which of them could not
// be read. false if nothing comes back over the network.
func (leg Leg) Answers(d authz.Dialect, port uint16) (exp authz.Explanation, hidden []string, ok bool) {
	w, pod := leg.w, leg.Source
	if pod == nil || w.dst.pod != nil && w.staysInside() {
		return authz.Explanation{}, nil, false
	}
	namespaces := unique([]string{pod.Namespace, w.srcCfg.RootNamespace})
	if hidden := w.in.hidden(cluster.AuthorizationPolicies, namespaces...); len(hidden) > 0 {
		return authz.Explanation{}, hidden, true
	}
	answer := &authz.Request{SourceIP: address(w.dst), DestinationIP: address(w.src), DestinationPort: authz.Known(port), Principal: authz.Absent[string]()}
	client := authz.Workload{Namespace: pod.Namespace, Labels: pod.Labels}
	return authz.Compile(d, evaluatorMesh(w.srcCfg), client, w.in.authorizationPolicies(pod.Labels, namespaces...)).Explain(answer), nil, true
}

// Misread reports whether a policy would decide otherwise at a sidecar, and whether that
// would turn the answer: want is what it would make of the request there.
func (leg Leg) Misread(got authz.PolicyTrace) (want authz.Truth, ok bool) {
	w := leg.w
	p, ok := w.policyOf(got.Policy)
	if !ok || !got.Matches.Decided() || leg.j == nil {
		return authz.Unseen, false
	}
	request := w.asHTTP(leg.j.s)
	if request.Principal = authz.Absent[string](); w.src.pod != nil && leg.j.s.conn.Identity {
		request.Principal = authz.Known(mesh.Principal(w.srcCfg, w.src.pod))
	}
	want = w.alone(authz.EnvoyHTTP, p, request).Matches
	return want, want != got.Matches && want != authz.Unseen && turns(*leg.j, got, want)
}

// Deciding are the fields of the rule that decides.
func (leg Leg) Deciding() []authz.FieldTrace {
	if leg.j == nil {
		return nil
	}
	return leg.j.decidingFields()
}

// Unlike words why no rule admits the request, in a sentence, and who keeps the nearest
// policy as it is.
func (leg Leg) Unlike() string {
	if leg.j == nil {
		return ""
	}
	words := upper(leg.w.nearWords(*leg.j))
	return words + leg.w.ownerWords(nearestPolicy(*leg.j))
}

// Target is how sentences name the destination.
func (leg Leg) Target() string { return leg.w.dst.who() }

// Opener is how sentences name the source.
func (leg Leg) Opener() string { return leg.w.src.who() }

// Caller is the same where it cannot be found by its address, with the reason.
func (leg Leg) Caller() string {
	w := leg.w
	switch {
	case w.src.node:
		return w.probeWords()
	case w.src.pod != nil:
		return w.src.who() + ", which has its node's"
	}
	return w.src.who()
}

// Local reports whether a process of the target's own node opens the connection.
func (leg Leg) Local() bool { return leg.w.local() }

func (w *walk) local() bool {
	pod := w.src.pod
	return w.src.node || pod != nil && pod.Spec.HostNetwork && pod.Spec.NodeName != "" && pod.Spec.NodeName == w.dst.pod.Spec.NodeName
}
