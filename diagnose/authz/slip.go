package authz

import (
	"fmt"
	"strings"
)

// slip names the likely mistake behind a list that does not match a value that
// is known. It is empty where none is seen, and for negated lists.
func (f *field) slip(e *env) string {
	if f.not || f.eval(e) != False {
		return ""
	}
	for _, v := range f.wanted {
		if s := f.slipOf(e, v); s != "" {
			return s
		}
	}
	return ""
}

func (f *field) slipOf(e *env, v string) string {
	switch f.subject.kind {
	case kindPrincipal:
		return f.identitySlip(e, v)
	case kindMethod:
		got, s := text(e, &f.subject, &e.r.Method)
		return ifKnown(s, got, v, methodSlip)
	case kindHost:
		got, s := text(e, &f.subject, &e.r.Host)
		return ifKnown(s, got, v, hostSlip)
	case kindPath:
		got, s := text(e, &f.subject, &e.r.Path)
		return ifKnown(s, got, v, pathSlip)
	case kindHeader:
		values, s := e.header(f.subject.name)
		for _, got := range values {
			if w := ifKnown(s, got, v, func(got, v string) string { return caseSlip("header values", got, v) }); w != "" {
				return w
			}
		}
	case kindClaim:
		return f.claimSlip(e, v)
	case kindRequestPrincipal:
		return requestPrincipalSlip(e, v)
	case kindDestinationPort:
		return portSlip(e, v)
	case kindSNI:
		got, s := text(e, &f.subject, &e.r.SNI)
		return ifKnown(s, got, v, func(got, v string) string { return caseSlip("server names", got, v) })
	case kindIdentity:
		return f.kmeshSlip(e, v)
	case kindSourceIP, kindRemoteIP, kindDestinationIP, kindMetadata, kindAuthorizer, kindProvider, kindOffload:
		return f.addressSlip(v)
	}
	return ""
}

func ifKnown(s State, got, v string, slip func(got, v string) string) string {
	if s != StateKnown {
		return ""
	}
	return slip(got, v)
}

// caseSlip sees a value that differs in case only.
func caseSlip(what, got, v string) string {
	if got != v && strings.EqualFold(got, v) {
		return fmt.Sprintf("%s are compared case-sensitively: %s is not %s", what, got, v)
	}
	return middleStar(got, v)
}

// middleStar sees a star that was meant to stand for anything.
func middleStar(got, v string) string {
	inner := strings.TrimSuffix(v, "*")
	if strings.HasPrefix(v, "*") {
		inner = v[1:]
	}
	if !strings.Contains(inner, "*") || !newNFA(starred(nil, v, anyByte, nil), true).match(got) {
		return ""
	}
	return fmt.Sprintf("a star counts at one end only; the other in %s is taken literally", v)
}

func methodSlip(got, v string) string {
	switch {
	case strings.Contains(v, "/"):
		return fmt.Sprintf("%s is a path, and no method: that of gRPC is POST", v)
	case got != v && strings.EqualFold(got, v):
		return fmt.Sprintf("methods are upper-case: %s never matches %s", v, got)
	}
	return middleStar(got, v)
}

func hostSlip(got, v string) string {
	gotName, gotPort, _ := strings.Cut(got, ":")
	name, port, found := strings.Cut(v, ":")
	switch {
	case !found && gotPort != "" && strings.EqualFold(gotName, name):
		return fmt.Sprintf("the port is part of the host: %s is not %s; %s:* would match it", got, v, v)
	case found && gotPort == "" && port != "*" && strings.EqualFold(gotName, name):
		return fmt.Sprintf("the port is part of the host: the request named %s without one", got)
	case strings.Contains(v, "://"):
		return fmt.Sprintf("a host has no scheme: %s", v)
	}
	return middleStar(got, v)
}

func pathSlip(got, v string) string {
	got, _, _ = strings.Cut(got, "?")
	switch {
	case strings.Contains(v, "?"):
		return fmt.Sprintf("the query is not part of the path, so %s never matches", v)
	case got+"/" == v || got == v+"/":
		return fmt.Sprintf("a slash at the end counts: %s is not %s", got, v)
	case strings.HasSuffix(v, "/*") && got == strings.TrimSuffix(v, "/*"),
		strings.HasSuffix(v, "/{**}") && got == strings.TrimSuffix(v, "/{**}"):
		return fmt.Sprintf("%s wants the slash: it does not match %s", v, got)
	case !strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "*"):
		return fmt.Sprintf("a path starts with a slash: %s never matches", v)
	case strings.HasPrefix(got, strings.TrimSuffix(v, "/")+"/") && v != "/":
		return fmt.Sprintf("%s is that one path only, not what is below it", v)
	}
	return caseSlip("paths", got, v)
}
