package authz

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// kmeshPrincipal compares with all of the identity (rbac.go, matchPrincipal). A star
// alone is istiod's presence, which Kmesh does not know: it asks for an empty string,
// and no identity is one.
func kmeshPrincipal(v string) (test, bool) {
	if v == "*" {
		return test{op: opExact}, true
	}
	return stringTest(v), true
}

// kmeshNamespace compares with the namespace (rbac.go, matchNamespace). A star alone
// asks for the empty one, which is that of clients whom Kmesh does not know.
func kmeshNamespace(v string) (test, bool) {
	t := stringTest(v)
	if v == "*" {
		t = test{op: opExact}
	}
	t.inner, t.op = t.op, opIdentityNS
	return t, true
}

// kmeshBlock reads address and length as rbac.go puts them together again
// (internalMatchSrcIp). Go writes an IPv4-mapped address as one of IPv4, so that its
// length seldom fits, and what does not parse is left out at each comparison: the
// list stays, with an entry that no address is in.
func kmeshBlock(v string) (test, bool) {
	p, ok := parseBlock(v)
	whole := p
	if strings.Contains(v, "/") {
		whole, _ = netip.ParsePrefix(v) // with its host bits
	}
	switch {
	case !whole.Addr().Is4In6():
		return cidrTest(p), ok
	case whole.Bits() <= 32:
		t := cidrTest(netip.PrefixFrom(whole.Addr().Unmap(), whole.Bits()).Masked())
		t.mapped = true
		return t, true
	}
	return test{op: opCIDR, mapped: true}, true
}

// useless notes a list of which no value can match in Kmesh, and each single value
// that cannot.
func (c *nodeRule) useless(f *field) {
	if c.identity.kind != kindIdentity {
		return
	}
	dead := 0
	for i := range f.tests {
		if why := c.neverMatches(&f.tests[i], f.wanted[f.of[i]]); why != "" {
			c.out.notes = append(c.out.notes, f.path+": "+why)
			if f.never == "" {
				f.never = why
			}
			dead++
		}
	}
	if dead < len(f.tests) {
		f.never = ""
	}
}

// neverMatches words why no address is in a block, or why Kmesh can have no identity
// that a principal matches; empty if it can.
func (c *nodeRule) neverMatches(t *test, v string) string {
	switch {
	case t.op == opIdentityNS, t.op == opPort, t.op == opCIDR && t.cidr.IsValid():
		return ""
	case t.op == opCIDR:
		return fmt.Sprintf("%s is an IPv4-mapped block, and Kmesh leaves it out when it compares", v)
	case t.op == opExact && t.text == "":
		return "Kmesh does not know the star alone: it stands for an empty identity, which nobody has"
	}
	if t.str(nobody) {
		return ""
	}
	found, left := lookedUp(c.identity.name).witnesses([]atom{{automata: t.automata()}}, maxSteps)
	if left < 0 || slices.ContainsFunc(found, t.str) {
		return ""
	}
	return c.neverWords(t, v)
}

// NeverInKmesh words why no identity that Kmesh can have matches a principal, in a mesh
// of that trust domain; empty if one can.
func NeverInKmesh(trustDomain, principal string) string {
	c := nodeRule{reader: kmeshReader(Mesh{TrustDomain: trustDomain})}
	t, _ := c.principal(principal)
	return c.neverMatches(&t, principal)
}

// neverWords tells what is wrong with a principal that no identity matches.
func (c *nodeRule) neverWords(t *test, v string) string {
	td, rest, found := strings.Cut(v, "/ns/")
	switch {
	case strings.HasPrefix(v, spiffeScheme):
		return fmt.Sprintf("identities are written without %s: %s never matches", spiffeScheme, v)
	case !found || t.op == opSuffix || td == c.identity.name:
		return fmt.Sprintf("no identity in Kmesh has the form of %s", v)
	case c.identity.name == "":
		return fmt.Sprintf("%s never matches: identities of %s have no trust domain in Kmesh; write */ns/%s", v, usualTrustDomain, rest)
	}
	return fmt.Sprintf("%s never matches: in Kmesh all identities are of the trust domain %s; write */ns/%s", v, c.identity.name, rest)
}

// kmeshSlip names the likely mistake behind a value that the client's identity does
// not match.
func (f *field) kmeshSlip(e *env, v string) string {
	name, s := e.lookedUp(f)
	td, ns, sa := kmeshParts(name)
	switch {
	case s != StateKnown:
		return ""
	case f.inverted():
		return "in Kmesh a star alone matches only clients whose address it does not know"
	case f.never != "":
		return f.never
	case name == nobody:
		return ""
	case identityWords(f.tests) == wordNamespace:
		return nameSlip("namespace", ns, v)
	}
	if own, rest, ok := strings.Cut(v, "/ns/"); ok && own != td && rest == ns+"/sa/"+sa && !strings.HasPrefix(v, "*") {
		return fmt.Sprintf("the identity has no trust domain %s in Kmesh: write */ns/%s", own, rest)
	}
	return kmeshPrincipalSlip(td, ns, sa, v)
}

// kmeshPrincipalSlip sees a principal that is written for an identity with another
// name, or in another form.
func kmeshPrincipalSlip(td, ns, sa, v string) string {
	rest := "/ns/" + ns + "/sa/" + sa
	if _, tail, ok := strings.Cut(v, "/ns/"); ok {
		v = td + "/ns/" + tail
	}
	switch parts := strings.Split(strings.TrimPrefix(v, "*"), "/"); {
	case "/"+v == rest, v == ns+"/"+sa, v == sa:
		return "write */ns/" + ns + "/sa/" + sa
	case len(parts) == 5 && parts[1] == "ns" && parts[3] == "sa" && parts[4] == sa:
		return namespaceSlip(parts[2], ns, sa)
	case len(parts) == 5 && parts[1] == "ns" && parts[3] == "sa" && parts[2] == ns:
		return nameSlip("service account", sa, parts[4])
	}
	return caseSlip("principals", td+rest, v)
}
