package authz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// identitySlip sees what keeps an identity from being recognized.
func (f *field) identitySlip(e *env, v string) string {
	if strings.HasPrefix(v, spiffeScheme) {
		return fmt.Sprintf("identities are written without %s: %s never matches", spiffeScheme, v)
	}
	if e.who != StateKnown {
		return ""
	}
	td, ns, sa, ok := e.peer.identity()
	if !ok {
		return ""
	}
	switch identityWords(f.tests) {
	case "service account":
		return accountSlip(ns, sa, f.tests, v)
	case "principal":
		return principalSlip(td, ns, sa, v)
	}
	return caseSlip("identities", identityPart(f.tests, td, ns), v)
}

func identityPart(tests []test, td, ns string) string {
	if identityWords(tests) == "trust domain" {
		return td
	}
	return ns
}

// accountSlip sees the right service account of another namespace.
func accountSlip(ns, sa string, tests []test, v string) string {
	if strings.Contains(v, "/") || v != sa || len(tests) == 0 {
		return ""
	}
	own := strings.TrimSuffix(strings.TrimPrefix(tests[0].text, "/ns/"), "/")
	return fmt.Sprintf("without a namespace it is that of the policy: %s/%s, not %s/%s", own, v, ns, sa)
}

func principalSlip(td, ns, sa, v string) string {
	parts := strings.Split(v, "/")
	rest := "ns/" + ns + "/sa/" + sa
	switch {
	case strings.HasSuffix(v, "/"+rest) && len(parts) == 5:
		return fmt.Sprintf("the trust domain differs: the client is of %s, not of %s", td, parts[0])
	case v == rest:
		return fmt.Sprintf("the trust domain is missing: the client is %s/%s", td, rest)
	case slices.Equal(parts, []string{ns, sa}) || v == sa:
		return fmt.Sprintf("a principal is TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT: the client is %s/%s", td, rest)
	case len(parts) == 4 && strings.HasSuffix(v, "*") && parts[0] != td:
		return fmt.Sprintf("%s has four parts, and only a principal of five is taken over to the trust domain %s", v, td)
	}
	return caseSlip("principals", td+"/"+rest, v)
}

func (f *field) claimSlip(e *env, v string) string {
	c, s := e.claim(&f.subject)
	if s == StateAbsent && e.r.Claims.state == StateKnown {
		got, ok := lookUp(e.r.Claims.value, f.subject.claim)
		if ok && fmt.Sprint(got) == v {
			return fmt.Sprintf("the claim is not a string, and only strings and lists of them match: %s", v)
		}
		return ""
	}
	if s == StateKnown && spaceDelimited(&f.subject) && c.text == v {
		return fmt.Sprintf("the words of the claim %s are matched one by one: write %s", f.subject.name,
			strings.Join(strings.Fields(v), ", "))
	}
	return ifKnown(s, c.text, v, func(got, v string) string { return caseSlip("claims", got, v) })
}

func requestPrincipalSlip(e *env, v string) string {
	iss, is := e.claim(&issuer)
	_, ss := e.claim(&subjectClaim)
	switch {
	case is == StateKnown && ss == StateAbsent:
		return "the token has no claim sub, and without one no request principal matches"
	case v == "*/*":
		return "the part after the slash is taken literally: write * for any request principal"
	case is == StateKnown && v == iss.text:
		return "a request principal is ISSUER/SUBJECT: write " + iss.text + "/*"
	case is == StateKnown && strings.HasSuffix(v, "*") && strings.HasPrefix(iss.text, strings.TrimSuffix(v, "*")):
		return fmt.Sprintf("%s is cut at its last slash, so it is no prefix of the issuer %s", v, iss.text)
	}
	return ""
}

// portSlip sees the Service's port where the proxy has the container's.
func portSlip(e *env, v string) string {
	got, known := e.r.DestinationPort.Get()
	if p, ok := parsePort(v); !ok || !known || p != e.r.ServicePort || p == got {
		return ""
	}
	return fmt.Sprintf("%s is the Service's port; this proxy sees port %s", v, strconv.Itoa(int(got)))
}

// addressSlip sees a block that no IPv4 address is in.
func (f *field) addressSlip(v string) string {
	if p, ok := parseBlock(v); ok && p.Addr().Is4In6() {
		return fmt.Sprintf("%s is an IPv4-mapped address, which no IPv4 address matches", v)
	}
	return ""
}
