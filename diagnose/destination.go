package diagnose

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// destinationHop judges what stands before the endpoint, in every way in which
// the two ends can meet.
func (w *walk) destinationHop() {
	hop := Hop{Role: RoleDestination, Name: w.dst.String(), DataPlane: w.dst.presence.Plane.String(), Notes: slices.Clone(w.dst.presence.Notes)}
	if w.dst.pod != nil {
		hop.Namespace, hop.Name = w.dst.pod.Namespace, w.dst.pod.Name
	}
	switch {
	case w.dst.pod == nil:
		w.outside(&hop)
	case w.staysInside():
		hop.Verdict, hop.Says = Allowed, "the Pod calls itself by its address: no proxy sees the traffic"
		w.cause = w.src.String() + " calls itself by its own address: the traffic stays in the Pod and meets no policy."
	case w.waypoint() != "" && w.deniedBehindWaypoint(&hop):
	case w.beyond() != "":
		hop.Verdict, hop.Says = Undetermined, w.beyond()
		w.answer.Missing = append(w.answer.Missing, w.beyond())
	default:
		w.enforce(&hop)
	}
	w.hops = append(w.hops, hop)
}

// outside is an endpoint that is no Pod: AuthorizationPolicies are asked where
// traffic comes in, and nothing of the mesh is there.
func (w *walk) outside(hop *Hop) {
	hop.DataPlane = ""
	switch {
	case w.r.missing != "":
		hop.Verdict, hop.Says = Undetermined, "not known: "+w.r.missing
		w.answer.Missing = append(w.answer.Missing, w.r.missing)
	case w.r.external != "" && w.src.pod == nil:
		fact := "where traffic for " + w.r.external + " enters the mesh: gateways are not evaluated yet; ask about the gateway's own Service or Pod"
		hop.Verdict, hop.Says = Undetermined, "not known: "+fact
		w.answer.Missing = append(w.answer.Missing, fact)
	case w.r.external != "":
		hop.Verdict, hop.Says = Allowed, "outside the cluster, port "+strconv.Itoa(int(w.r.port))+": no AuthorizationPolicy is asked on the way out"
		w.cause = w.dst.String() + " is outside the cluster, and AuthorizationPolicies are asked only where traffic enters a workload: none stops it on the way out."
	default:
		hop.Verdict, hop.Says = Undetermined, "an endpoint that is no Pod in sight: what enforces policies there is not known"
		w.answer.Missing = append(w.answer.Missing, "what stands before the endpoint "+w.dst.String())
	}
}

// staysInside reports whether a Pod calls its own address.
func (w *walk) staysInside() bool {
	return w.r.service == nil && w.src.pod != nil && w.src.pod.Namespace == w.dst.pod.Namespace && w.src.pod.Name == w.dst.pod.Name
}

// beyond words what stands on the way and is not evaluated yet.
func (w *walk) beyond() string {
	switch w.dst.presence.Plane {
	case mesh.UnknownPlane:
		return or(w.dst.presence.Missing, "which data plane carries "+w.dst.String())
	case mesh.Gateway:
		return "where the gateway " + w.dst.String() + " forwards the request: gateways on the way are not evaluated yet"
	case mesh.Waypoint:
		return "where the waypoint " + w.dst.String() + " forwards the request: waypoints are not evaluated yet"
	case mesh.Sidecar, mesh.Ambient, mesh.Kmesh, mesh.NoPlane:
	}
	if name := w.waypoint(); name != "" {
		return "what the waypoint " + name + " on the way allows: waypoints are not evaluated yet"
	}
	return ""
}

// waypoint names the waypoint that an ambient client's request passes.
func (w *walk) waypoint() string {
	if w.src.presence.Plane != mesh.Ambient && w.src.presence.Plane != mesh.Gateway {
		return ""
	}
	name, namespace, _ := mesh.WaypointFor(w.dst.ns, w.r.service, w.dst.pod, w.r.service != nil)
	if name == "" || w.src.presence.Plane == mesh.Gateway && !w.ingressUsesWaypoint() {
		return ""
	}
	return namespace + "/" + name
}

// deniedBehindWaypoint reports whether the node's proxy denies whatever the
// waypoint, as whom the request then comes, lets through.
func (w *walk) deniedBehindWaypoint(hop *Hop) bool {
	if w.dst.presence.Plane != mesh.Ambient {
		return false
	}
	why := "the identity and address of the waypoint " + w.waypoint()
	j := judged{s: w.scenarios()[0], verdict: Allowed}
	j.req = w.request(j.s, mesh.JWT{})
	j.req.Principal, j.req.SourceIP = authz.UnseenBecause[string](why), authz.UnseenBecause[netip.Addr](why)
	j.req.RemoteIP = j.req.SourceIP
	j.exp = showableExplanation(w.program(j.s).Explain(j.req))
	j.addPolicies(w)
	if j.verdict != Denied {
		return false
	}
	hop.Verdict, hop.Stages, hop.Says = j.verdict, j.stages, w.destinationSays(j)
	hop.Notes = append(hop.Notes, "the request comes through the waypoint "+w.waypoint()+", whatever that allows is denied here")
	w.reason = j.reason
	w.explain(j, hop)
	return true
}

// ingressUsesWaypoint reports whether gateways send traffic through waypoints.
func (w *walk) ingressUsesWaypoint() bool {
	const label = "istio.io/ingress-use-waypoint"
	if w.r.service != nil && w.r.service.Labels[label] != "" {
		return w.r.service.Labels[label] == "true"
	}
	return w.dst.ns != nil && w.dst.ns.Labels[label] == "true"
}

// enforce judges the scenarios and takes what they agree on.
func (w *walk) enforce(hop *Hop) {
	var all []judged
	for _, s := range w.scenarios() {
		all = append(all, w.judge(s))
	}
	j := agree(all)
	hop.Verdict, hop.Stages, hop.Skipped = j.verdict, j.stages, j.exp.Skipped
	hop.Says = w.destinationSays(j)
	hop.Notes = append(hop.Notes, w.server.Notes...)
	hop.Notes = append(hop.Notes, j.s.conn.Notes...)
	hop.Notes = append(hop.Notes, j.exp.Notes...)
	if p := j.principalSeen(); p != "" {
		hop.Principal = p
	}
	w.answer.Missing = append(w.answer.Missing, j.missing...)
	w.answer.Conditions = j.conditions
	w.reason, w.allowed = j.reason, &j.exp.Decision
	w.explain(j, hop)
}

func (j judged) principalSeen() string {
	if j.req == nil {
		return ""
	}
	p, _ := j.req.Principal.Get()
	return p
}

// agree takes the verdict that all scenarios share. Where they differ it is
// Undetermined if facts are missing, and Conditional if it is for the question
// to say what the client speaks. The scenario shown is one that decides.
func agree(all []judged) judged {
	j := all[0]
	same := true
	var facts []string
	for _, o := range all[1:] {
		same = same && o.verdict == j.verdict
		facts = append(facts, o.s.missing...)
	}
	facts = append(facts, j.s.missing...)
	if same {
		j.missing = unique(append(j.missing, missingOf(all)...))
		return j
	}
	if len(facts) > 0 {
		j.verdict, j.reason, j.conditions, j.words = Undetermined, Reason{}, nil, ""
		j.missing = unique(append(facts, missingOf(all)...))
		return j
	}
	return byProtocol(all)
}

// byProtocol makes the protocol, which the question left open, a condition.
func byProtocol(all []judged) judged {
	j := all[0]
	verdict := Conditional
	var conditions []authz.Condition
	var words []string
	for _, o := range all {
		atom := protocolAtom(o.s.http)
		switch o.verdict {
		case Undetermined:
			verdict = Undetermined
		case Conditional:
			for _, c := range o.conditions {
				conditions = append(conditions, authz.Condition{All: append([]authz.Atom{atom}, c.All...), Verdict: c.Verdict})
			}
			words = append(words, atom.Words+" and "+o.words)
		case Allowed, Denied:
			conditions = append(conditions, authz.Condition{All: []authz.Atom{atom}, Verdict: o.verdict})
			words = append(words, strings.ToLower(o.verdict.String())+" if "+atom.Words)
		}
	}
	j.verdict, j.reason, j.conditions, j.words = verdict, Reason{}, conditions, strings.Join(words, "; ")
	j.missing = unique(missingOf(all))
	return j
}

func protocolAtom(http bool) authz.Atom {
	a := authz.Atom{Attribute: "protocol", OneOf: []string{"http"}, Not: !http, Words: "the client speaks HTTP"}
	if !http {
		a.Words = "the client speaks anything but HTTP"
	}
	return a
}

func missingOf(all []judged) []string {
	var out []string
	for _, j := range all {
		out = append(out, j.missing...)
	}
	return out
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
