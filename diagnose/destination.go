package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// destinationHop judges what stands before the endpoint, in every way in which
// the two ends can meet.
func (w *walk) destinationHop() {
	hop := Hop{Role: w.role(), Name: w.dst.String(), DataPlane: w.dst.presence.Plane.String(), Notes: slices.Clone(w.dst.presence.Notes)}
	if w.dst.pod != nil {
		hop.Namespace, hop.Name = w.dst.pod.Namespace, w.dst.pod.Name
	}
	switch {
	case w.dst.pod == nil:
		w.outside(&hop)
	case w.staysInside():
		hop.Verdict, hop.Says = Allowed, "the Pod calls itself by its address: no proxy sees the traffic"
		w.cause = w.src.String() + " calls itself by its own address: the traffic stays in the Pod and meets no policy."
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
		fact := "where traffic for " + w.r.external + " enters the mesh: no gateway in sight listens for it" + w.in.nearEntry(w.r.external, w.r.port) + "; ask about the gateway's own Service or Pod with --host"
		hop.Verdict, hop.Says = Undetermined, "not known: "+fact
		w.answer.Missing = append(w.answer.Missing, fact)
	case w.r.external != "":
		hop.Verdict, hop.Says = Allowed, "outside the cluster, port "+strconv.Itoa(int(w.r.port))+": no AuthorizationPolicy is asked on the way out"
		w.cause = w.dst.String() + " is outside the cluster, and AuthorizationPolicies are asked only where traffic enters a workload: none stops it on the way out."
		w.misplacedOutbound(hop)
	default:
		hop.Verdict, hop.Says = Undetermined, "an endpoint that is no Pod in sight: what enforces policies there is not known"
		w.answer.Missing = append(w.answer.Missing, "what stands before the endpoint "+w.dst.String())
	}
}

// staysInside reports whether a Pod calls its own address.
func (w *walk) staysInside() bool {
	return w.r.service == nil && w.src.pod != nil && w.src.pod.Namespace == w.dst.pod.Namespace && w.src.pod.Name == w.dst.pod.Name
}

// beyond words what stands at the end of the leg and is not evaluated.
func (w *walk) beyond() string {
	switch w.dst.presence.Plane {
	case mesh.UnknownPlane:
		return or(w.dst.presence.Missing, "which data plane carries "+w.dst.String())
	case mesh.Waypoint:
		if !w.forwarding {
			return "which Service or Pod the waypoint " + w.dst.String() + " is to stand before: it was asked about itself"
		}
	case mesh.Sidecar, mesh.Ambient, mesh.NoPlane, mesh.Gateway:
	}
	return ""
}

// facts fills in what the hop's proxy takes the connection for.
func (w *walk) facts(hop *Hop, j judged) {
	hop.Port = w.dst.port
	if w.dst.presence.Plane == mesh.NoPlane || w.dst.presence.Plane == mesh.UnknownPlane {
		return
	}
	if j.s.conn.Outcome == mesh.Established {
		hop.Protocol = "TCP"
		if j.s.http {
			hop.Protocol = "HTTP"
			if w.m.scheme == "" || w.m.speaksHTTP() {
				hop.Host, _ = w.m.host.Get()
				hop.Path = scrub(w.m.path)
			}
		}
	}
	switch w.dst.presence.Plane {
	case mesh.Gateway:
		hop.Mode = w.listener.TLSMode
	case mesh.Waypoint:
	default:
		switch {
		case j.s.server.OpenInFact:
			hop.Mode = mesh.Permissive.String()
		case j.s.server.StrictInFact:
			hop.Mode = mesh.Strict.String()
		case j.s.server.Mode != mesh.UnknownMode:
			hop.Mode = j.s.server.Mode.String()
		}
	}
	switch {
	case j.s.client.HBONE:
		hop.Transport = "HBONE"
	case j.s.client.TLS != mesh.UnknownTLS:
		hop.Transport = j.s.client.TLS.String()
	}
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
	if w.dst.presence.Plane != mesh.Gateway {
		hop.Notes = append(hop.Notes, w.server.Notes...)
	}
	hop.Notes = append(hop.Notes, j.exp.Notes...)
	hop.Notes = append(hop.Notes, w.portLevelNote()...)
	hop.Notes = onceEach(hop.Notes)
	if p := j.principalSeen(); p != "" {
		hop.Principal = p
	}
	w.answer.Missing = append(w.answer.Missing, j.missing...)
	w.answer.Conditions = j.conditions
	w.judged, w.every = j, all
	w.reason, w.allowed, w.jwt, w.words = j.reason, &j.exp.Decision, j.jwt, j.words
	w.facts(hop, j)
	if j.verdict == Denied && w.src.presence.Plane == mesh.Waypoint && w.dst.presence.Plane == mesh.Ambient {
		hop.Notes = append(hop.Notes, "the waypoint keeps open connections to the node: one from before a policy changed may still be in use")
	}
	if skew := w.skew(); skew != "" {
		hop.Notes = append(hop.Notes, skew)
	}
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
		j.missing = inOrder(append(j.missing, missingOf(all)...))
		return j
	}
	if len(facts) > 0 {
		j.verdict, j.reason, j.conditions, j.words = Undetermined, Reason{}, nil, ""
		j.missing = inOrder(append(facts, missingOf(all)...))
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
	j.missing = inOrder(missingOf(all))
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

// inOrder is the list with each fact once, where it comes first: missing facts are told in
// the order of the way, so that what would decide first stands first.
func inOrder(facts []string) []string {
	var out []string
	for _, f := range facts {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// role is what the leg's end does with the request.
func (w *walk) role() Role {
	switch {
	case w.forwarding && w.dst.presence.Plane == mesh.Gateway:
		return RoleGateway
	case w.forwarding && w.dst.presence.Plane == mesh.Waypoint:
		return RoleWaypoint
	}
	return RoleDestination
}

// onceEach keeps the first of equal lines.
func onceEach(lines []string) []string {
	var out []string
	for _, l := range lines {
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

// portLevelNote finds a PeerAuthentication for the workload that names the Service's
// port where the Pod's counts.
func (w *walk) portLevelNote() []string {
	if w.r.port == w.dst.port || w.dst.pod == nil || w.dst.presence.Plane == mesh.Gateway || w.dst.presence.Plane == mesh.Waypoint {
		return nil
	}
	for _, p := range w.in.peerAuthentications(w.cfg, w.dst.pod.Namespace) {
		if _, names := p.Spec.GetPortLevelMtls()[uint32(w.r.port)]; names && p.Namespace == w.dst.pod.Namespace && selects(p.Spec.GetSelector().GetMatchLabels(), w.dst.pod.Labels) {
			return []string{fmt.Sprintf("PeerAuthentication %s/%s sets a mode for port %d, which is the Service's: the Pod's port %d is the one that counts", p.Namespace, p.Name, w.r.port, w.dst.port)}
		}
	}
	return nil
}
