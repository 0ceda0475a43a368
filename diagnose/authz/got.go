package authz

import (
	"fmt"
	"strings"
)

const (
	gotNone     = "none"
	gotNotGiven = "not given"
)

// got tells in words what the field looked at.
func (f *field) got(e *env) string {
	k, r := f.subject.key(), e.r
	switch f.subject.kind {
	case kindPrincipal:
		return gotPeer(e)
	case kindSourceIP:
		return got(&r.SourceIP)
	case kindRemoteIP:
		return got(&r.RemoteIP)
	case kindDestinationIP:
		return got(&r.DestinationIP)
	case kindDestinationPort:
		return got(&r.DestinationPort)
	case kindSNI:
		return got(&r.SNI)
	case kindMethod:
		return got(&r.Method)
	case kindHost:
		return got(&r.Host)
	case kindPath:
		return got(&r.Path)
	case kindHeader:
		values, s := e.header(k.name)
		return words(strings.Join(values, "; "), s, "")
	case kindClaim:
		return gotClaim(e, &f.subject)
	case kindRequestPrincipal:
		return gotRequestPrincipal(e)
	case kindMetadata, kindAuthorizer, kindProvider:
		return words("", StateUnseen, "")
	}
	return ""
}

func got[T any](a *Attr[T]) string { return words(fmt.Sprint(a.value), a.state, a.why) }

// words renders a value by its state; an empty value is shown as "".
func words(v string, s State, why string) string {
	switch s {
	case StateKnown:
		if v == "" {
			return `""`
		}
		return v
	case StateAbsent:
		return gotNone
	case StateOpen:
		return gotNotGiven
	case StateUnseen:
		if why == "" {
			return "not seen"
		}
		return "not seen: " + why
	}
	return v
}

func gotPeer(e *env) string {
	if e.peer.known && !e.peer.spiffe {
		return e.peer.name + " (not a SPIFFE identity)"
	}
	return words(e.peer.name, e.who, e.r.Principal.why)
}

func gotClaim(e *env, s *subject) string {
	one, list, many, state := e.claim(s)
	switch {
	case state == stateList && many != nil:
		return fmt.Sprint(many)
	case state == stateList:
		return fmt.Sprint(list)
	case state == StateAbsent && e.r.Claims.state == StateKnown:
		if v, ok := other(e.r.Claims.value, s.claim); ok {
			return fmt.Sprintf("%v, which is neither a string nor a list", v)
		}
	}
	return words(one, state, e.r.Claims.why)
}

// other returns the claim at path whatever its type is.
func other(at any, path []string) (any, bool) {
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = m[name]; !ok {
			return nil, false
		}
	}
	return at, true
}

func gotRequestPrincipal(e *env) string {
	iss, _, _, is := e.claim(&issuer)
	sub, _, _, ss := e.claim(&subjectClaim)
	switch {
	case e.r.Claims.state != StateKnown:
		return words("", e.r.Claims.state, e.r.Claims.why)
	case is == StateKnown && ss == StateKnown:
		return iss + "/" + sub
	case is == StateKnown:
		return "issuer " + iss + ", and no claim sub"
	}
	return gotNone
}
