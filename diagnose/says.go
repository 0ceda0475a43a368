package diagnose

import (
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// sourceHop says who the source is and what it shows of itself.
func (w *walk) sourceHop() {
	hop := Hop{Role: RoleSource, Verdict: Allowed}
	if w.src.pod == nil {
		hop.Name = w.src.String()
		hop.Says = "outside the mesh: " + sends(w.client) + " and shows no identity"
		if w.src.meshed {
			hop.Says = sends(w.client) + " as " + or(w.src.principal, "whoever it is")
		}
		if w.client.TLS == mesh.SimpleTLS {
			hop.Says = "outside the mesh: sends TLS and shows no identity"
		}
		w.hops = append(w.hops, hop)
		return
	}
	hop.Namespace, hop.Name = w.src.pod.Namespace, w.src.pod.Name
	hop.DataPlane = w.src.presence.Plane.String()
	hop.Says = w.sourceSays()
	hop.Notes = w.src.presence.Notes
	if w.client.TLS == mesh.MutualTLS {
		hop.Principal = mesh.Principal(w.srcCfg, w.src.pod)
	}
	w.hops = append(w.hops, hop)
}

func (w *walk) sourceSays() string {
	p := w.src.presence
	if p.Plane == mesh.UnknownPlane {
		return "data plane not known: " + p.Missing
	}
	if p.Plane == mesh.NoPlane {
		return sends(w.client) + ": " + without(w.dst) + inParens(w.absence())
	}
	by, foreign := "its "+p.Plane.String(), p.Plane.Foreign()
	if foreign != nil {
		by = foreign.Title
	}
	switch p.Plane {
	case mesh.Ambient:
		by = "ztunnel"
	case mesh.Gateway:
		by = "its Envoy"
	case mesh.Sidecar, mesh.Waypoint, mesh.UnknownPlane, mesh.NoPlane:
	}
	switch w.client.TLS {
	case mesh.MutualTLS:
		return "sends mTLS through " + by + " as " + mesh.Principal(w.srcCfg, w.src.pod)
	case mesh.UnknownTLS:
		if w.client.Missing == "" {
			return "calls through " + by
		}
		return "through " + by + "; what it sends is not known: " + w.client.Missing
	case mesh.Plaintext, mesh.SimpleTLS, mesh.OwnMutualTLS:
	}
	if foreign != nil {
		return sends(w.client) + " through " + by + ", which carries the connection as it is"
	}
	return sends(w.client) + " through " + by + inParens(w.client.Why)
}

// without words that a source has no data plane, in the terms of the target's mesh.
func without(dst party) string {
	if dst.presence.Plane.Node() {
		return "not in the mesh"
	}
	return "no sidecar"
}

func sends(c mesh.Client) string {
	switch c.TLS {
	case mesh.SimpleTLS:
		return "sends TLS without a client certificate"
	case mesh.OwnMutualTLS:
		return "sends mTLS with a certificate of its own"
	case mesh.MutualTLS:
		return "sends mTLS"
	case mesh.Plaintext, mesh.UnknownTLS:
	}
	return "sends plaintext"
}

func inParens(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// portWords words the port: "port 8000 → 80, http".
func (w *walk) portWords() string {
	s := "port " + strconv.Itoa(int(w.r.port))
	switch {
	case w.dst.port == 0:
		s += " → not known"
	case w.r.port != w.dst.port:
		s += " → " + strconv.Itoa(int(w.dst.port))
	}
	if w.protocol != mesh.UnknownProtocol {
		s += ", " + protocolWords(w.protocol)
	}
	return s
}

func protocolWords(p mesh.Protocol) string {
	if p == mesh.Auto {
		return "protocol sniffed"
	}
	return p.String()
}

func (w *walk) destinationSays(j judged) string {
	p := w.dst.presence
	switch {
	case p.Plane == mesh.NoPlane:
		return "no proxy" + inParens(p.Why) + ", " + w.portWords() + ": no AuthorizationPolicy is enforced"
	case w.idle() != "":
		_, why := w.captured()
		return p.Plane.String() + ", " + w.portWords() + ": " + why
	case !w.enforced() && j.s.conn.Outcome != mesh.Refused:
		_, why := w.captured()
		return p.Plane.String() + ", " + w.portWords() + ": the proxy does not see this port" + inParens(why)
	}
	says := p.Plane.String() + ", " + w.portWords()
	if p.Predicted {
		says = "will have a " + says
	}
	return says
}

// mtlsStage words how the two ends meet.
func (w *walk) mtlsStage(s scenario) Stage {
	st := Stage{Name: StageMTLS, Verdict: Allowed, Policy: s.server.Policy, Field: s.server.Field, Notes: s.conn.Notes}
	var parts []string
	switch {
	case w.dst.presence.Plane == mesh.Gateway:
		st.Policy, st.Field = "", ""
		parts = append(parts, w.listener.Server+inParens(or(w.listener.TLSMode, "plaintext")))
	case w.dst.presence.Plane == mesh.Waypoint:
	case w.dst.presence.Plane == mesh.Sidecar && w.meets() == mesh.NoPlane:
		_, why := w.captured()
		st.Policy, st.Field = "", ""
		parts = append(parts, "the sidecar does not see this port"+inParens(why))
	case w.server.Missing != "":
		parts = append(parts, "mode not known: "+w.server.Missing)
	case s.server.Mode != mesh.UnknownMode:
		parts = append(parts, s.server.Mode.String()+inParens(or(s.server.Policy, "default")))
	}
	switch s.conn.Outcome {
	case mesh.Refused:
		st.Verdict = Denied
		if s.client.Rule != "" && s.server.Mode != mesh.Strict {
			st.Policy, st.Field = s.client.Rule, s.client.Field
		}
		parts = append(parts, or(s.conn.Why, "refuses the connection")+" → denied")
	case mesh.UndecidedOutcome:
		if w.dst.presence.Plane != mesh.NoPlane {
			st.Verdict = Undetermined
			parts = append(parts, "not known: "+or(s.conn.Missing, s.conn.Why))
		}
	case mesh.Established:
		parts = append(parts, w.accepts(s))
	}
	if s.server.Enforced != "" {
		st.Notes = append(st.Notes, s.server.Enforced)
	}
	st.Says = strings.Join(parts, "  ")
	return st
}

func (w *walk) accepts(s scenario) string {
	what := "accepts " + s.client.TLS.String()
	if !w.enforced() {
		return what
	}
	if w.client.TLS == mesh.UnknownTLS {
		what = "what arrives is not known: " + w.client.Missing
	}
	foreign := w.dst.presence.Plane.Foreign() != nil
	principal := w.principal(s)
	id, ok := principal.Get()
	switch {
	case foreign && ok:
		return what + "; known by its address as: " + id
	case foreign && principal.State() == authz.StateAbsent:
		return what + "; its address is nobody's"
	case foreign:
		return what
	case ok:
		return what + "; peer principal: " + id
	case principal.State() == authz.StateUnseen && w.ledToWaypoint() != nil:
		return what + "; peer principal: not known"
	}
	return what + "; peer principal: none"
}
