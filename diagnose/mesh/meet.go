package mesh

import "strings"

// Outcome is what becomes of a connection or a request. The zero value is that
// it is not decided.
type Outcome uint8

const (
	UndecidedOutcome Outcome = iota
	Established
	Refused
)

// String returns the outcome in a word.
func (o Outcome) String() string {
	switch o {
	case UndecidedOutcome:
		return "undecided"
	case Established:
		return "established"
	case Refused:
		return "refused"
	}
	return "?"
}

// MarshalText makes an Outcome readable in JSON and YAML.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// Connection is what comes of a client and a server that meet.
type Connection struct {
	Outcome Outcome `json:"outcome"`
	// HTTP is the context the server's proxy is in: HTTP, TCP, or Auto where it
	// depends on what the client sends; UnknownProtocol where no proxy looks.
	HTTP Protocol `json:"http,omitempty"`
	// Identity says that the server's proxy sees who the client is.
	Identity bool   `json:"identity,omitempty"`
	Why      string `json:"why,omitempty"`
	// Symptom is what the client sees of a refusal.
	Symptom string   `json:"symptom,omitempty"`
	Missing string   `json:"missing,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// What the client sees of a connection that does not come about.
const (
	// SymptomUF is of a client's sidecar whose mTLS nothing can read.
	SymptomUF = "503 UF, TLS error, from the client's own sidecar"
	// SymptomHBONE is of HBONE that nothing takes.
	SymptomHBONE = "connection refused on the HBONE port 15008"

	symptomReset   = "connection reset by peer (503 UC through a sidecar)"
	symptomTLS     = "TLS handshake fails or the connection is reset (503 UF through a sidecar)"
	symptomVersion = "TLS error: wrong version number (the client's sidecar answers in HTTP)"
	symptomZtunnel = "connection reset by peer; the log of ztunnel says: explicitly denied by: "
	symptomBlocked = "502 for HTTP, connection reset otherwise"
	symptomNC      = "503 NC (cluster not found) for HTTP, connection reset otherwise"
)

// Meet returns what comes of a connection: whether it is established before any
// AuthorizationPolicy is asked, in which context, and with or without the client's
// identity. scheme is what the application speaks: http, https, grpc, tcp; empty if
// the question left it open.
func Meet(client Client, server Server, plane DataPlane, port Protocol, scheme string) Connection {
	m := meeting{client, server, port, strings.ToLower(scheme)}
	switch {
	case port == UDP: // whatever else is known: no proxy of either side sees it
		return Connection{Outcome: Established, HTTP: UDP, Why: "UDP is not proxied: no policy is asked and no identity is shown"}
	case client.Blocked != "":
		return Connection{Outcome: Refused, Why: client.Blocked, Symptom: first(client.Symptom, symptomBlocked)}
	case plane == UnknownPlane:
		return Connection{Missing: first(server.Missing, "the data plane of the destination")}
	case client.TLS == UnknownTLS:
		return Connection{Missing: first(client.Missing, "what the client puts on the wire")}
	}
	if f := plane.Foreign(); f != nil {
		return f.meet(client, server)
	}
	switch plane {
	case NoPlane:
		return m.nobody()
	case Ambient:
		return m.ztunnel()
	case Gateway:
		return m.gateway()
	case Waypoint:
		return m.waypoint()
	case Sidecar, UnknownPlane:
	}
	return m.sidecar()
}

// meeting is one question to [Meet].
type meeting struct {
	client Client
	server Server
	port   Protocol
	scheme string
}

func refused(why, symptom string) Connection {
	return Connection{Outcome: Refused, Why: why, Symptom: symptom}
}

// nobody: the application itself takes what comes; nothing looks at it.
func (m meeting) nobody() Connection {
	switch {
	case m.client.HBONE:
		return refused("the client uses HBONE and the destination has no data plane that accepts it", SymptomHBONE)
	case m.client.TLS == MutualTLS:
		return refused(m.client.Sends("mTLS")+", and the destination has no sidecar that could read it", SymptomUF)
	}
	c := Connection{Outcome: Established, Why: "nothing stands before the application"}
	if (m.client.TLS == SimpleTLS && m.scheme != "https") || m.client.TLS == OwnMutualTLS {
		c.Notes = []string{"provided that the application ends TLS on this port"}
	}
	return c
}

// ztunnel: HBONE shows an identity; whatever else comes is passed on as it is and
// shows none. STRICT is a policy that denies.
func (m meeting) ztunnel() Connection {
	if m.client.HBONE {
		return Connection{Outcome: Established, HTTP: TCP, Identity: true, Why: "HBONE: ztunnel sees the client's identity"}
	}
	if m.server.Mode == UnknownMode {
		return Connection{Missing: first(m.server.Missing, "the mTLS mode of the port")}
	}
	if m.server.Denies() {
		why := "the client shows no identity, and " + m.server.Words()
		if m.server.StrictInFact {
			why = "the client shows no identity: " + m.server.Enforced
		}
		return refused(why, symptomZtunnel+first(m.server.Denier, staticStrict))
	}
	if m.client.TLS == MutualTLS {
		return refused(m.client.Sends("Istio's mTLS")+", which ztunnel passes on to an application that cannot read it", SymptomUF)
	}
	c := Connection{Outcome: Established, HTTP: TCP, Why: "without HBONE ztunnel sees no identity"}
	if m.server.OpenInFact {
		c.Notes = []string{m.server.Enforced}
	}
	return c
}

// Denies reports whether the node denies plaintext, which is not always what the object
// asks for.
func (s Server) Denies() bool {
	return s.StrictInFact || s.Mode == Strict && !s.OpenInFact
}

// waypoint: connections come over HBONE or not at all.
func (m meeting) waypoint() Connection {
	if !m.client.HBONE {
		return refused("a waypoint accepts HBONE only", "connection refused or timed out")
	}
	if m.port == HTTP && m.scheme == "https" {
		return refused("the application sends https to a port that is declared HTTP: the waypoint cannot read that", symptomTLS)
	}
	return m.established(true, "HBONE: the waypoint sees the client's identity")
}

// gateway: the tls setting of the Gateway's server decides, which is not among what
// is asked here; port is the server's protocol.
func (m meeting) gateway() Connection {
	switch m.client.TLS {
	case Plaintext:
		return m.established(false, "plaintext to a gateway shows no identity")
	case SimpleTLS:
		return m.established(false, "TLS without a client certificate shows no identity")
	case MutualTLS, OwnMutualTLS, UnknownTLS:
	}
	return Connection{HTTP: m.context(), Missing: "tls.mode of the Gateway's server: only ISTIO_MUTUAL or MUTUAL takes a client certificate"}
}
