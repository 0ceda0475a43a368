package authz

// field is one list of values of a rule, as the data plane has it.
type field struct {
	subject subject
	tests   []test // OR; empty only if ignored
	not     bool
	early   bool   // asked before anybody has verified a token
	ignored string // why it counts for nothing; then it constrains nothing
	never   string // why no value satisfies any of its tests; then none does
	// vanished says that it is ignored while what stands beside it stays in force.
	vanished bool
	// For the explanation.
	path   string
	key    string // of the condition, in when
	wanted []string
	of     []int    // for each test, the index in wanted of the value that it stands for
	notes  []string // values that were left out
}

// eval gives the truth of the field with its negation applied.
func (f *field) eval(e *env) Truth {
	if f.ignored != "" {
		return True
	}
	// An absent attribute satisfies nothing.
	t := f.asked(e)
	if f.never != "" && !t.Decided() {
		t = False
	}
	if f.not {
		return Not(t)
	}
	return t
}

// asked gives the truth of the field's tests.
func (f *field) asked(e *env) (t Truth) {
	switch f.subject.kind {
	case kindPrincipal:
		t = f.principal(e)
	case kindSourceIP, kindRemoteIP, kindDestinationIP:
		t = f.anyAddress(f.address(e))
	case kindDestinationPort:
		t = f.anyPort(port(e, &f.subject, &e.r.DestinationPort))
	case kindSNI:
		t = f.sni(e)
	case kindMethod:
		t = f.anyText(text(e, &f.subject, &e.r.Method))
	case kindHost:
		t = f.anyText(text(e, &f.subject, &e.r.Host))
	case kindPath:
		t = f.pathOf(e)
	case kindHeader:
		t = f.header(e)
	case kindClaim, kindRequestPrincipal:
		t = f.token(e)
	case kindMetadata:
		t = f.metadata(e)
	case kindAuthorizer:
		t = e.passes(f.subject.name)
	case kindProvider:
		t = f.provider(e)
	case kindIdentity:
		t = f.identity(e)
	case kindOffload:
		t = f.offload(e)
	}
	return t
}
