package authz

// field is one list of values of a rule, as the data plane has it.
type field struct {
	subject subject
	tests   []test // OR; empty only if ignored
	not     bool
	early   bool   // asked before anybody has verified a token
	ignored string // why it counts for nothing; then it constrains nothing
	// For the explanation.
	path   string
	key    string // of the condition, in when
	wanted []string
	notes  []string // values that were left out
}

// eval gives the truth of the field with its negation applied.
func (f *field) eval(e *env) Truth {
	if f.ignored != "" {
		return True
	}
	t := f.holds(e)
	if f.not {
		return Not(t)
	}
	return t
}

// holds gives the truth of the list without its negation. An absent attribute
// satisfies nothing.
func (f *field) holds(e *env) Truth {
	k := f.subject.key()
	switch f.subject.kind {
	case kindPrincipal:
		return f.principal(e)
	case kindSourceIP, kindRemoteIP, kindDestinationIP:
		a, s := f.address(e, k)
		return f.anyAddress(a, s)
	case kindDestinationPort:
		p, s := port(e, k, &e.r.DestinationPort)
		return f.anyPort(p, s)
	case kindSNI:
		return f.sni(e, k)
	case kindMethod:
		v, s := text(e, k, &e.r.Method)
		return f.anyText(v, s)
	case kindHost:
		v, s := text(e, k, &e.r.Host)
		return f.anyText(v, s)
	case kindPath:
		return f.pathOf(e, k)
	case kindHeader:
		return f.header(e)
	case kindClaim, kindRequestPrincipal:
		return f.token(e)
	case kindMetadata:
		return f.metadata(e)
	case kindAuthorizer, kindProvider:
		return False // no field looks at it
	}
	return False
}
