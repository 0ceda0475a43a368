package authz

import (
	"net/netip"
	"strings"
)

// token: CUSTOM comes before the JWT filter, so that its rules see no claim of any
// token (networking/core/listener_builder.go, buildHTTPConnectionManager).
func (f *field) token(e *env) Truth {
	switch {
	case f.early:
		return False
	case f.subject.kind == kindClaim:
		return f.claim(e)
	}
	return f.requestPrincipal(e)
}

func (f *field) address(e *env) (netip.Addr, State) {
	switch r := e.r; f.subject.kind {
	case kindRemoteIP:
		return address(e, &f.subject, &r.RemoteIP)
	case kindDestinationIP:
		return address(e, &f.subject, &r.DestinationIP)
	default:
		return address(e, &f.subject, &r.SourceIP)
	}
}

// anyText is the OR of the field's tests on a string in state s.
func (f *field) anyText(v string, s State) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	return truth(anyTest(f.tests, v))
}

// pathOf: the tests of paths end before the query or fragment (Envoy,
// PathMatcher); those of the header :path do not.
func (f *field) pathOf(e *env) Truth {
	v, s := text(e, &f.subject, &e.r.Path)
	switch {
	case f.tests[0].full:
	case e.r.Path.state == StateKnown:
		v = e.path
	default:
		v = withoutQuery(v)
	}
	return f.anyText(v, s)
}

// withoutQuery ends a request target where the test of a path does.
func withoutQuery(target string) string {
	for i := range len(target) {
		if target[i] == '?' || target[i] == '#' {
			return target[:i]
		}
	}
	return target
}

func (f *field) anyPort(p uint16, s State) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	for i := range f.tests {
		if f.tests[i].port == p {
			return True
		}
	}
	return False
}

// anyAddress: families do not mix, mapped addresses included.
func (f *field) anyAddress(a netip.Addr, s State) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	if a.Is4() {
		v := number(a)
		for i := range f.tests {
			if t := &f.tests[i]; v&t.mask == t.net && t.cidr.Addr().Is4() {
				return True
			}
		}
		return False
	}
	for i := range f.tests {
		if f.tests[i].cidr.Contains(a) {
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
		if f.tests[i].peer(&e.peer) {
			return True
		}
	}
	return False
}

// sni: a connection without TLS has the empty server name. Envoy's TLS inspector
// puts it in lower case, so that a value with a capital never matches.
func (f *field) sni(e *env) Truth {
	v, s := text(e, &f.subject, &e.r.SNI)
	if s == StateAbsent {
		v, s = "", StateKnown
	}
	return f.anyText(strings.ToLower(v), s)
}

// header: each instance is matched by itself (Envoy, since Istio 1.29.1); of some
// headers there is only ever one, see [lines].
func (f *field) header(e *env) Truth {
	values, s := e.header(f.subject.name)
	if s == StateOpen && always(f.subject.name) {
		for i := range f.tests {
			if f.tests[i].op == opPresent {
				return True
			}
		}
	}
	if s != StateKnown {
		return s.unknown()
	}
	return truth(anyOf(values, f.tests))
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
