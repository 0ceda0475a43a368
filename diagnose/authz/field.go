package authz

import "strings"

// field is one list of values of a rule, as the data plane has it.
type field struct {
	subject subject
	tests   []test // OR; empty only if ignored
	not     bool
	// For the explanation.
	path    string
	wanted  []string
	ignored string   // why it counts for nothing; then it constrains nothing
	notes   []string // values that were left out
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
	case kindSourceIP:
		a, s := address(e, k, &e.r.SourceIP)
		return anyOf(f, s, func(t *test) bool { return t.addr(a) })
	case kindRemoteIP:
		a, s := address(e, k, &e.r.RemoteIP)
		return anyOf(f, s, func(t *test) bool { return t.addr(a) })
	case kindDestinationIP:
		a, s := address(e, k, &e.r.DestinationIP)
		return anyOf(f, s, func(t *test) bool { return t.addr(a) })
	case kindDestinationPort:
		p, s := port(e, k, &e.r.DestinationPort)
		return anyOf(f, s, func(t *test) bool { return t.port == p })
	case kindSNI:
		return f.sni(e, k)
	case kindMethod:
		v, s := text(e, k, &e.r.Method)
		return anyOf(f, s, func(t *test) bool { return t.str(v) })
	case kindHost:
		v, s := text(e, k, &e.r.Host)
		return anyOf(f, s, func(t *test) bool { return t.str(v) })
	case kindPath:
		v, s := text(e, k, &e.r.Path)
		return anyOf(f, s, func(t *test) bool { return t.path(v) })
	case kindHeader:
		return f.header(e)
	case kindClaim:
		return f.claim(e, &f.subject, f.tests)
	case kindRequestPrincipal:
		return f.requestPrincipal(e)
	case kindMetadata:
		return f.metadata(e)
	case kindAuthorizer, kindProvider:
		return False // no field looks at it
	}
	return False
}

// anyOf is the OR of the field's tests on an attribute in state s.
func anyOf(f *field, s State, holds func(t *test) bool) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	for i := range f.tests {
		if holds(&f.tests[i]) {
			return True
		}
	}
	return False
}

// principal asks for the peer. A peer without identity is a peer to be asked
// for, too: ztunnel compares its namespace as the empty one.
func (f *field) principal(e *env) Truth {
	if e.who == StateOpen || e.who == StateUnseen {
		return e.who.unknown()
	}
	for i := range f.tests {
		if f.tests[i].peer(e.peer) {
			return True
		}
	}
	return False
}

// sni: a connection without TLS has the empty server name.
func (f *field) sni(e *env, k key) Truth {
	v, s := text(e, k, &e.r.SNI)
	if s == StateAbsent {
		v, s = "", StateKnown
	}
	return anyOf(f, s, func(t *test) bool { return t.str(v) })
}

// header: each instance is matched by itself (Envoy, since Istio 1.29.1).
func (f *field) header(e *env) Truth {
	values, s := e.header(f.subject.name)
	if s == StateOpen && always(f.subject.name) {
		for i := range f.tests {
			if f.tests[i].op == opPresent {
				return True
			}
		}
	}
	return anyOf(f, s, func(t *test) bool {
		for _, v := range values {
			if t.str(v) {
				return true
			}
		}
		return false
	})
}

// claim: a string that satisfies a test, or a list with such an element
// (generator.go, matcher/metadata.go). Numbers and booleans satisfy none.
func (f *field) claim(e *env, s *subject, tests []test) Truth {
	one, list, many, state := e.claim(s)
	if state == StateKnown && spaceDelimited(s) {
		return truth(anyWord(one, tests))
	}
	switch state {
	case StateKnown:
		return truth(anyTest(tests, one))
	case stateList:
		for _, v := range list {
			if v, ok := v.(string); ok && anyTest(tests, v) {
				return True
			}
		}
		for _, v := range many {
			if anyTest(tests, v) {
				return True
			}
		}
		return False
	case StateOpen, StateAbsent, StateUnseen:
		return state.unknown()
	}
	return False
}

func anyTest(tests []test, s string) bool {
	for i := range tests {
		if tests[i].str(s) {
			return true
		}
	}
	return false
}

// anyWord asks for the words of a space-delimited claim.
func anyWord(s string, tests []test) bool {
	for s != "" {
		var word string
		if word, s, _ = strings.Cut(s, " "); word != "" && anyTest(tests, word) {
			return true
		}
	}
	return false
}

var issuer, subjectClaim = claimSubject("iss"), claimSubject("sub")

// requestPrincipal: both claims must be strings (generator.go).
func (f *field) requestPrincipal(e *env) Truth {
	iss, _, _, is := e.claim(&issuer)
	sub, _, _, ss := e.claim(&subjectClaim)
	out := False
	for i := range f.tests {
		c := f.tests[i].claims
		if out = Or(out, And(stringClaim(&c[0], iss, is), stringClaim(&c[1], sub, ss))); out == True {
			return True
		}
	}
	return out
}

func stringClaim(t *test, v string, s State) Truth {
	switch s {
	case StateKnown:
		return truth(t.str(v))
	case StateOpen, StateUnseen, StateAbsent:
		return s.unknown()
	}
	return False // a list
}

// metadata is what other filters left behind: never seen.
func (f *field) metadata(e *env) Truth {
	v, ok := e.stands(f.subject.key())
	if !ok {
		return Unseen
	}
	for i := range f.tests {
		t := &f.tests[i]
		if !v.isList && !t.list && !v.absent && t.str(v.text) {
			return True
		}
		for _, s := range v.list {
			if t.list && t.str(s) {
				return True
			}
		}
	}
	return False
}
