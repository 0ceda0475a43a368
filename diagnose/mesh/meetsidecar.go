package mesh

// This file is the table of an inbound sidecar's filter chains: mode × port ×
// what the client sends (istio: networking/core/filterchain_options.go).

func (m meeting) sidecar() Connection {
	switch https := m.port == HTTP && m.client.TLS == MutualTLS && m.scheme == "https"; {
	case https && m.client.HBONE:
		return refused("the application sends https to a port that is declared HTTP: the destination's proxy cannot read that", symptomTLS)
	case https:
		return refused("the application sends https to a port that is declared HTTP: its own sidecar cannot read that", symptomVersion)
	case m.client.HBONE:
		return m.established(true, "HBONE is mTLS whatever the mode")
	}
	switch m.server.Mode {
	case Permissive:
		return m.permissive()
	case Strict:
		return m.strictSidecar()
	case Disable:
		return m.disabled()
	case UnknownMode:
	}
	return Connection{Missing: first(m.server.Missing, "the mTLS mode of the port")}
}

// permissive: TLS with Istio's ALPN is ended; other TLS goes through a TCP or
// sniffed port as it is and finds no chain on an HTTP port.
func (m meeting) permissive() Connection {
	switch m.client.TLS {
	case MutualTLS:
		return m.established(true, "PERMISSIVE accepts mTLS")
	case Plaintext:
		c := m.established(false, "PERMISSIVE accepts plaintext, which shows no identity")
		if c.HTTP != HTTP && c.Outcome == Established && m.serverMaySpeakFirst() {
			c.Notes = append(c.Notes, noteSilent)
		}
		return c
	case SimpleTLS, OwnMutualTLS, UnknownTLS:
	}
	return m.foreign()
}

// foreign: TLS that is not Istio's, under a mode that accepts plaintext too.
func (m meeting) foreign() Connection {
	switch m.port {
	case HTTP:
		return refused(m.client.unreadable(), symptomReset)
	case TCP, Auto:
		return Connection{Outcome: Established, HTTP: TCP, Why: "TLS that is not Istio's is passed on as it is: no identity, no HTTP"}
	case UnknownProtocol, UDP:
	}
	return m.undeclared()
}

// strictSidecar: every chain ends TLS and wants a certificate of the mesh's CA.
func (m meeting) strictSidecar() Connection {
	switch m.client.TLS {
	case MutualTLS:
		return m.established(true, "STRICT accepts mTLS")
	case Plaintext:
		c := refused(m.server.Words()+", and "+m.client.Sends("plaintext"), symptomReset)
		if (m.port == TCP || m.port == Auto) && m.serverMaySpeakFirst() {
			c.Notes = []string{noteSilent}
		}
		return c
	case SimpleTLS:
		return refused(m.server.Words()+", and "+m.client.Sends("TLS")+" without a certificate of the mesh", symptomTLS)
	case OwnMutualTLS, UnknownTLS:
	}
	return Connection{Missing: "whether the mesh's CA signed the client certificate of DestinationRule " + m.client.Rule}
}

// disabled: no chain ends TLS.
func (m meeting) disabled() Connection {
	switch m.client.TLS {
	case Plaintext:
		return m.established(false, "DISABLE takes plaintext, which shows no identity")
	case MutualTLS:
		return refused(m.server.Words()+", and "+m.client.Sends("mTLS"), SymptomUF)
	case SimpleTLS, OwnMutualTLS, UnknownTLS:
	}
	if m.port == HTTP {
		return refused(m.client.unreadable()+", and "+m.server.Words(), symptomTLS)
	}
	return m.foreign()
}

const (
	noteSilent = "a client that waits for the server to speak first gets nothing and hangs: the sidecar waits for its first bytes"
	noteBanner = "a server that speaks first is heard before the policies are asked: they are asked at the client's first bytes"
	noteHTTP10 = "HTTP/1.0 without mTLS is taken for TCP"
)

// established returns a connection that is taken, in its context.
func (m meeting) established(identity bool, why string) Connection {
	if m.port == UnknownProtocol {
		return m.undeclared()
	}
	c := Connection{Outcome: Established, HTTP: m.context(), Identity: identity, Why: why}
	if c.HTTP != HTTP && (identity || m.server.Mode == Disable) && m.serverMaySpeakFirst() {
		c.Notes = append(c.Notes, noteBanner)
	}
	if m.port == Auto && !identity && c.HTTP != TCP {
		c.Notes = append(c.Notes, noteHTTP10)
	}
	return c
}

// serverMaySpeakFirst is about applications: in what is left open or said to be TCP
// the server may; in HTTP the client does.
func (m meeting) serverMaySpeakFirst() bool { return m.scheme == "" || m.scheme == "tcp" }

func (m meeting) undeclared() Connection {
	return Connection{Missing: "the protocol of the port"}
}

// context returns what the proxy takes the bytes for: as declared, or as sniffed
// from what the application speaks, which is Auto where that was left open.
func (m meeting) context() Protocol {
	if m.port != Auto {
		return m.port
	}
	switch m.scheme {
	case "http", "grpc", "ws", "h2c":
		return HTTP
	case "":
		return Auto
	}
	return TCP
}
