package mesh

// This file words what makes client and server not understand each other, so that
// the objects to change are named. Each text is a clause.

// Words says what demands the mode: PeerAuthentication foo/p sets STRICT.
func (s Server) Words() string {
	switch {
	case s.Mode == UnknownMode:
		return "the mTLS mode of the port is not known"
	case s.Policy != "" && s.Field != "":
		return "PeerAuthentication " + s.Policy + " (" + s.Field + ") sets " + s.Mode.String()
	case s.Policy != "":
		return "PeerAuthentication " + s.Policy + " sets " + s.Mode.String()
	case s.Level == "none":
		return "nothing enforces a PeerAuthentication"
	case s.Level == "hbone":
		return "only HBONE is accepted"
	case s.Level == "default":
		return "the mode of the port is " + s.Mode.String() + ", the default"
	}
	return "the mode of the port is " + s.Mode.String()
}

// Sends says what the client puts on the wire, and which DestinationRule makes it.
func (c Client) Sends(what string) string {
	switch {
	case c.OwnTLS:
		return "the application sends " + what + " of its own"
	case c.Rule == "" || c.HBONE:
		return "the client sends " + what
	}
	rule := "DestinationRule " + c.Rule
	if c.Field != "" && c.RuleMode != "" {
		rule += " (" + c.Field + " " + c.RuleMode + ")"
	}
	return rule + " makes the client send " + what
}

// unreadable is TLS on a port whose proxy wants to read HTTP.
func (c Client) unreadable() string {
	what := "TLS"
	if c.TLS == OwnMutualTLS {
		what = "TLS with a certificate of the user's"
	}
	return c.Sends(what) + " that the server cannot read on an HTTP port"
}
