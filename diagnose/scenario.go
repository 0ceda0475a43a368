package diagnose

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// scenarios lists the ways in which client and server can meet, the likely one
// first.
func (w *walk) scenarios() []scenario {
	var out []scenario
	for _, server := range serverModes(w.server) {
		for _, client := range w.clientModes(w.client, server) {
			conn := w.meeting(client, server)
			if local, why := w.fromNode(); local && conn.Outcome != mesh.UndecidedOutcome {
				conn = mesh.Connection{Outcome: mesh.Established, Why: why}
			}
			if conn.Identity && (w.src.pod != nil || w.src.principal != "") && w.dst.presence.Plane.Foreign() == nil {
				peer := w.src.principal
				if w.src.pod != nil {
					peer = mesh.Principal(w.srcCfg, w.src.pod)
				}
				if taken, why := mesh.TrustDomainAccepted(w.cfg, w.dst.presence.Plane, peer); taken == mesh.Refused {
					conn = mesh.Connection{Outcome: mesh.Refused, Why: "the client's certificate is not taken: " + why, Symptom: "503 UF, TLS error, from the client's own proxy"}
				}
			}
			if w.dst.presence.Plane == mesh.Gateway {
				conn = w.meetGateway(client)
			}
			if no := w.refusal(); no != nil && conn.Outcome == mesh.Established && w.enforced() {
				conn = mesh.Connection{Outcome: mesh.Refused, Why: no.Why, Symptom: no.Symptom}
			}
			s := scenario{client: client, server: server, conn: conn, missing: w.openFacts(conn)}
			out = append(out, w.split(s)...)
		}
	}
	return out
}

// meeting is how the two ends meet. What a data plane that is not Istio's leads to a
// waypoint comes without HBONE, and the waypoint is made to take it.
func (w *walk) meeting(client mesh.Client, server mesh.Server) mesh.Connection {
	if w.ledToWaypoint() == nil {
		return mesh.Meet(client, server, w.meets(), w.protocol, w.m.scheme)
	}
	client.HBONE, client.TLS = true, mesh.MutualTLS
	conn := mesh.Meet(client, server, w.meets(), w.protocol, w.m.scheme)
	conn.Identity = false
	return conn
}

// serverModes is the mode, or all that it could be.
func serverModes(s mesh.Server) []mesh.Server {
	if s.Mode != mesh.UnknownMode || s.Missing == "" {
		return []mesh.Server{s}
	}
	var out []mesh.Server
	for _, m := range []mesh.Mode{mesh.Permissive, mesh.Strict, mesh.Disable} {
		one := s
		one.Mode = m
		out = append(out, one)
	}
	return out
}

// clientModes is what the client sends, or all that it could. Auto-mTLS never
// speaks mTLS to a port that is known to refuse it.
func (w *walk) clientModes(c mesh.Client, s mesh.Server) []mesh.Client {
	if c.TLS != mesh.UnknownTLS {
		return []mesh.Client{c}
	}
	mtls, plain := c, c
	mtls.TLS, plain.TLS = mesh.MutualTLS, mesh.Plaintext
	if w.src.presence.Cause == mesh.CauseAmbientNotEnrolled { // through ztunnel or not: it knows no mTLS but HBONE
		if mtls.HBONE = w.dst.presence.HBONE; !mtls.HBONE {
			return []mesh.Client{plain}
		}
	}
	if s.Mode == mesh.Disable {
		return []mesh.Client{plain}
	}
	return []mesh.Client{mtls, plain}
}

// openFacts are the facts whose absence makes more than one scenario.
func (w *walk) openFacts(conn mesh.Connection) []string {
	var out []string
	for _, m := range []string{w.server.Missing, w.client.Missing, conn.Missing} {
		if m != "" && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// split tells HTTP from a stream. On a sniffed port it depends on the client;
// where the question does not say, both are judged.
func (w *walk) split(s scenario) []scenario {
	with := func(http bool) scenario {
		one := s
		one.http = http
		return one
	}
	switch {
	case w.dst.presence.Plane.Node():
		return []scenario{with(false)}
	case s.conn.HTTP == mesh.HTTP:
		return []scenario{with(true)}
	case s.conn.HTTP == mesh.TCP:
		return []scenario{with(false)}
	case w.m.silent:
		return []scenario{with(true), with(false)}
	case w.m.scheme == "", w.m.speaksHTTP():
		return []scenario{with(true)}
	}
	return []scenario{with(false)}
}
