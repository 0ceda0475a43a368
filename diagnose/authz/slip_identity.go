package authz

import (
	"cmp"
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
	td, ns, sa, ok := e.peer.parts()
	if !ok {
		return ""
	}
	switch identityWords(f.tests) {
	case wordAccount:
		return f.accountSlip(ns, sa, v)
	case wordPrincipal:
		return principalSlip(td, ns, sa, v)
	case wordTrustDomain:
		return nameSlip("trust domain", td, v)
	}
	return nameSlip("namespace", ns, v)
}

// nameSlip sees a name that differs in case, or by a letter or two.
func nameSlip(what, got, v string) string {
	if s := caseSlip("identities", got, v); s != "" || !nearly(v, got) {
		return s
	}
	return fmt.Sprintf("%s is nearly %s, the client's %s", v, got, what)
}

// accountSlip sees the service account of another namespace, and names that
// are nearly right. A value without namespace is of that in its test.
func (f *field) accountSlip(ns, sa, v string) string {
	space, account, found := strings.Cut(v, "/")
	if !found {
		t := &f.tests[slices.Index(f.wanted, v)]
		space, account = strings.TrimSuffix(strings.TrimPrefix(t.text, "/ns/"), "/"), v
	}
	switch {
	case account == sa && !found:
		return fmt.Sprintf("without a namespace it is that of the policy: %s/%s, not %s/%s", space, v, ns, sa)
	case account == sa:
		return namespaceSlip(space, ns, sa)
	case space == ns:
		return nameSlip("service account", sa, account)
	}
	return caseSlip("identities", ns+"/"+sa, v)
}

// namespaceSlip sees the right service account in another namespace.
func namespaceSlip(space, ns, sa string) string {
	if s := nameSlip("namespace", ns, space); s != "" {
		return s
	}
	return fmt.Sprintf("the namespace differs: the client is %s of %s, not of %s", sa, ns, space)
}

func principalSlip(td, ns, sa, v string) string {
	parts := strings.Split(v, "/")
	rest := "ns/" + ns + "/sa/" + sa
	switch {
	case strings.HasSuffix(v, "/"+rest) && len(parts) == 5:
		return fmt.Sprintf("the trust domain differs: the client is of %s, not of %s", td, parts[0])
	case v == rest:
		return fmt.Sprintf("the trust domain is missing: the client is %s/%s", td, rest)
	case slices.Equal(parts, []string{ns, sa}) || slices.Equal(parts, []string{td, ns, sa}) || v == sa:
		return fmt.Sprintf("a principal is TRUSTDOMAIN/ns/NAMESPACE/sa/ACCOUNT: the client is %s/%s", td, rest)
	case len(parts) == 4 && strings.HasSuffix(v, "*") && parts[0] != td:
		return fmt.Sprintf("%s has four parts, and only a principal of five is taken over to the trust domain %s", v, td)
	}
	return cmp.Or(caseSlip("principals", td+"/"+rest, v), partSlip(parts, td, ns, sa))
}

// partSlip sees a principal of five parts of which one is wrong.
func partSlip(parts []string, td, ns, sa string) string {
	if len(parts) != 5 || parts[0] != td || parts[1] != "ns" || parts[3] != "sa" {
		return ""
	}
	switch {
	case parts[4] == sa:
		return namespaceSlip(parts[2], ns, sa)
	case parts[2] == ns:
		return nameSlip("service account", sa, parts[4])
	}
	return ""
}

func (f *field) claimSlip(e *env, v string) string {
	c, s := e.claim(&f.subject)
	if s == StateAbsent && e.r.Claims.state == StateKnown {
		got, ok := lookUp(e.r.Claims.value, f.subject.claim)
		if ok && fmt.Sprint(got) == v {
			return fmt.Sprintf("the claim is not a string, and only strings and lists of them match: %s", v)
		}
		return dottedClaim(e, f.subject.claim)
	}
	text, _ := c.(string)
	if s == StateKnown && spaceDelimited(&f.subject) && text == v {
		return fmt.Sprintf("the words of the claim %s are matched one by one: write %s", f.subject.name,
			strings.Join(strings.Fields(v), ", "))
	}
	return ifKnown(s, text, v, func(got, v string) string { return caseSlip("claims", got, v) })
}

// dottedClaim sees one claim whose name was meant for a way into others: a.b where the
// token has b inside a.
func dottedClaim(e *env, name []string) string {
	steps := strings.Split(strings.Join(name, "."), ".")
	if len(steps) == len(name) {
		return ""
	}
	if _, ok := lookUp(e.r.Claims.value, steps); !ok {
		return ""
	}
	return fmt.Sprintf("%s is one claim of that name: write request.auth.claims[%s] for one inside another", name[len(name)-1], strings.Join(steps, "]["))
}

func requestPrincipalSlip(e *env, v string) string {
	c, is := e.claim(&issuer)
	iss, _ := c.(string)
	_, ss := e.claim(&subjectClaim)
	switch {
	case is == StateKnown && ss == StateAbsent:
		return "the token has no claim sub, and without one no request principal matches"
	case v == "*/*":
		return "the part after the slash is taken literally: write * for any request principal"
	case is == StateKnown && v == iss:
		return "a request principal is ISSUER/SUBJECT: write " + iss + "/*"
	case is == StateKnown && strings.HasSuffix(v, "*") && strings.HasPrefix(iss, strings.TrimSuffix(v, "*")):
		return fmt.Sprintf("%s is cut at its last slash, so it is no prefix of the issuer %s", v, iss)
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
