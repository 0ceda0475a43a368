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
		return f.gotPeer(e)
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
		if f.tests[0].full {
			return got(&r.Path)
		}
		return words(withoutQuery(r.Path.value), r.Path.state, r.Path.why)
	case kindHeader:
		values, s := e.header(k.name)
		return words(strings.Join(values, "; "), s, "")
	case kindClaim, kindRequestPrincipal:
		return f.gotToken(e)
	case kindIdentity:
		return f.gotIdentity(e)
	case kindMetadata, kindAuthorizer, kindProvider, kindOffload:
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

// gotPeer is the part of the identity that the field compares, and all of a name
// that has no such parts.
func (f *field) gotPeer(e *env) string {
	if e.peer.known && !e.peer.spiffe {
		return e.peer.name + " (not a SPIFFE identity)"
	}
	if td, ns, sa, ok := e.peer.parts(); ok {
		switch identityWords(f.tests) {
		case wordNamespace:
			return ns
		case wordAccount:
			return ns + "/" + sa
		case wordTrustDomain:
			return td
		}
	}
	return words(e.peer.name, e.who, e.r.Principal.why)
}

func (f *field) gotToken(e *env) string {
	switch {
	case f.early:
		return gotNone
	case f.subject.kind == kindClaim:
		return gotClaim(e, &f.subject)
	}
	return gotRequestPrincipal(e)
}

func gotClaim(e *env, s *subject) string {
	c, state := e.claim(s)
	text, isText := c.(string)
	switch {
	case state == StateKnown && !isText:
		return fmt.Sprint(c)
	case state == StateAbsent && e.r.Claims.state == StateKnown:
		if v, ok := lookUp(e.r.Claims.value, s.claim); ok {
			return fmt.Sprintf("%v, which is neither a string nor a list", v)
		}
	}
	return words(text, state, e.r.Claims.why)
}

func gotRequestPrincipal(e *env) string {
	if e.r.Claims.state != StateKnown {
		return words("", e.r.Claims.state, e.r.Claims.why)
	}
	iss, _ := e.claim(&issuer)
	sub, _ := e.claim(&subjectClaim)
	issText, isText := iss.(string)
	subText, subIsText := sub.(string)
	switch {
	case isText && subIsText:
		return issText + "/" + subText
	case isText:
		return "issuer " + issText + ", and no claim sub"
	}
	return gotNone
}
