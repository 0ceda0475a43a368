package authz

import "net/netip"

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
}

func newEnv(r *Request) env {
	e := env{r: r, who: r.Principal.State()}
	switch name, known := r.Principal.Get(); {
	case known:
		e.peer = newPeer(name, true)
	case e.who == StateAbsent && r.PeerName != "":
		e.peer = newPeer(r.PeerName, false)
	}
	return e
}

// set puts v in the place of an attribute.
func (e *env) set(k key, v value) {
	e.over[k] = v
	if k.kind != kindPrincipal {
		return
	}
	if e.who, e.peer = StateAbsent, (peer{}); !v.absent {
		e.who, e.peer = StateKnown, newPeer(v.text, true)
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

func text(e *env, k key, a *Attr[string]) (string, State) {
	if a.state == StateOpen || a.state == StateUnseen {
		if v, ok := e.stands(k); ok {
			return v.text, stateOf(v)
		}
	}
	return a.value, a.state
}

func address(e *env, k key, a *Attr[netip.Addr]) (netip.Addr, State) {
	if a.state == StateOpen || a.state == StateUnseen {
		if v, ok := e.stands(k); ok {
			return v.addr, stateOf(v)
		}
	}
	return a.value, a.state
}

func port(e *env, k key, a *Attr[uint16]) (uint16, State) {
	if a.state == StateOpen || a.state == StateUnseen {
		if v, ok := e.stands(k); ok {
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
	values, state := e.r.Headers.Values[name], StateAbsent
	_, given := e.r.Headers.Values[name]
	added := always(name) || name == "x-forwarded-client-cert" && e.who != StateAbsent
	switch {
	case len(values) > 0:
		return values, StateKnown
	case given && !always(name):
		return nil, StateAbsent
	case !e.r.Headers.Closed || added:
		state = StateOpen
	}
	if state == StateOpen {
		if v, ok := e.stands(key{kindHeader, name}); ok {
			return v.list, stateOf(v)
		}
	}
	return nil, state
}

// claim returns the strings of a claim, and whether it is a list of them. A
// claim of any other type is like an absent one.
func (e *env) claim(s *subject) (one string, list []any, many []string, state State) {
	claims := &e.r.Claims
	if claims.state != StateKnown {
		if v, ok := e.stands(s.key()); ok && claims.state != StateAbsent {
			return v.text, nil, v.list, claimState(v)
		}
		return "", nil, nil, claims.state
	}
	var at any = claims.value
	for _, name := range s.claim {
		m, ok := at.(map[string]any)
		if !ok {
			return "", nil, nil, StateAbsent
		}
		if at, ok = m[name]; !ok {
			return "", nil, nil, StateAbsent
		}
	}
	return claimValue(s, at)
}

// stateList marks a claim that is a list.
const stateList = StateUnseen + 1

func claimState(v value) State {
	if v.isList {
		return stateList
	}
	return stateOf(v)
}

func claimValue(s *subject, at any) (one string, list []any, many []string, state State) {
	switch v := at.(type) {
	case string:
		return v, nil, nil, StateKnown
	case []any:
		return "", v, nil, stateList
	case []string:
		return "", nil, v, stateList
	}
	return "", nil, nil, StateAbsent
}

// spaceDelimited tells the claims that Envoy's JWT filter turns into lists
// (policy_applier.go): scope and permission, at the top.
func spaceDelimited(s *subject) bool {
	return s.name == "scope" || s.name == "permission"
}
