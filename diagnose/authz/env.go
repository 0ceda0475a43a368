package authz

import (
	"net/netip"
	"strings"
)

// value is a value that stands in for an attribute that is not known.
type value struct {
	absent bool
	text   string // strings, identities, and one string claim
	list   []string
	isList bool
	addr   netip.Addr
	port   uint16
	ok     bool // authorizers
}

// env is a request as the evaluator asks for it: with values put in place of
// what is not known, if over is not nil.
type env struct {
	r    *Request
	over map[key]value
	peer peer
	who  State
	path string // of the request, without its query
}

func newEnv(r *Request) env {
	e := env{r: r}
	e.start()
	return e
}

// start fills in what follows from the request.
func (e *env) start() {
	r := e.r
	e.path = withoutQuery(r.Path.value)
	switch e.who = r.Principal.state; {
	case e.who == StateKnown:
		e.peer.name, e.peer.spiffe, e.peer.known = strings.TrimPrefix(r.Principal.value, spiffeScheme), true, true
		e.peer.start(&e.peer)
	case e.who == StateAbsent && r.PeerName != "":
		e.peer = newPeer(r.PeerName, false)
	}
}

// set puts v in the place of an attribute.
func (e *env) set(k key, v value) {
	e.over[k] = v
	if k.kind != kindPrincipal {
		return
	}
	switch e.who, e.peer = StateAbsent, (peer{}); {
	case !v.absent:
		e.who, e.peer = StateKnown, newPeer(v.text, true)
	case e.r.PeerName != "":
		e.peer = newPeer(e.r.PeerName, false)
	}
}

// unset takes the value away again.
func (e *env) unset(k key) {
	delete(e.over, k)
	if k.kind == kindPrincipal {
		e.who = e.r.Principal.State()
	}
}

// stands returns the value that stands in for k.
func (e *env) stands(k key) (value, bool) {
	if e.over == nil {
		return value{}, false
	}
	v, ok := e.over[k]
	return v, ok
}

// text, address and port return an attribute, or what stands in for it.
func text(e *env, s *subject, a *Attr[string]) (string, State) {
	if e.over != nil && !a.state.certain() {
		if v, ok := e.stands(s.key()); ok {
			return v.text, stateOf(v)
		}
	}
	return a.value, a.state
}

func address(e *env, s *subject, a *Attr[netip.Addr]) (netip.Addr, State) {
	if e.over != nil && !a.state.certain() {
		if v, ok := e.stands(s.key()); ok {
			return v.addr, stateOf(v)
		}
	}
	return a.value, a.state
}

func port(e *env, s *subject, a *Attr[uint16]) (uint16, State) {
	if e.over != nil && !a.state.certain() {
		if v, ok := e.stands(s.key()); ok {
			return v.port, stateOf(v)
		}
	}
	return a.value, a.state
}

func stateOf(v value) State {
	if v.absent {
		return StateAbsent
	}
	return StateKnown
}

// always are headers that the proxy sets where the client did not: there, with
// a value that is not known.
func always(name string) bool {
	return name == "x-request-id" || name == "x-forwarded-proto" || name == ":scheme"
}

// header returns a header's values. What the proxy adds is open, not absent,
// unless the question names it.
func (e *env) header(name string) ([]string, State) {
	values, given := e.r.Headers.Values[name]
	switch {
	case len(values) > 0:
		return lines(name, values), StateKnown
	case always(name):
	case given:
		return nil, StateAbsent
	case e.r.Headers.Closed && (name != "x-forwarded-client-cert" || e.who == StateAbsent):
		return nil, StateAbsent
	}
	if v, ok := e.stands(key{kindHeader, name}); ok {
		return v.list, stateOf(v)
	}
	return nil, StateOpen
}
