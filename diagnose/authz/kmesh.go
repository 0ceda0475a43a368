package authz

import "strings"

// Kmesh gets from istiod what ztunnel gets, in an older form of it: fields that came
// later are unknown to it and vanish (kmesh: api/workloadapi/security/
// authorization.proto). The order of evaluation is ztunnel's (pkg/auth/rbac.go,
// doRbac); what it makes of the single values is not.

// nobody is what Kmesh compares where it finds nothing under the client's address
// (rbac.go, getIdentityByIp): an identity of which all parts are empty.
const nobody = "/ns//sa/"

// usualTrustDomain is the one that istiod leaves out of what it sends
// (ambient/workloads.go, pickTrustDomain). ztunnel puts it back, Kmesh does not.
const usualTrustDomain = "cluster.local"

// KmeshIdentity is an identity as Kmesh compares it. It is looked up by the client's
// address, in the mesh or not, and has no trust domain where that is cluster.local.
func KmeshIdentity(trustDomain, namespace, account string) string {
	if trustDomain == usualTrustDomain {
		trustDomain = ""
	}
	return trustDomain + "/ns/" + namespace + "/sa/" + account
}

// kmeshReader reads the values as rbac.go does. All identities are of the trust
// domain of the one istiod that Kmesh listens to.
func kmeshReader(m Mesh) reader {
	trustDomain := m.bundle()[0]
	if trustDomain == usualTrustDomain {
		trustDomain = ""
	}
	return reader{
		name: "Kmesh", identity: subject{kind: kindIdentity, name: trustDomain},
		principal: kmeshPrincipal, namespaces: kmeshNamespace, block: kmeshBlock,
	}
}

// lookedUp is the language of the identities that Kmesh can find: a workload of
// istiod's index always has a namespace, and one without a Pod perhaps no account.
func lookedUp(trustDomain string) language {
	return language{bytes: visible, shape: newNFA([]piece{
		lit(trustDomain + "/ns/"), plus(nameByte), lit("/sa/"), star(nameByte),
	}, false)}
}

// identity asks for the client as Kmesh knows it. There always is an identity: who
// is not found has one of empty parts.
func (f *field) identity(e *env) Truth {
	name, s := e.lookedUp(f)
	if s != StateKnown {
		return s.unknown()
	}
	for i := range f.tests {
		if f.tests[i].lookedUp(name) {
			return True
		}
	}
	return False
}

func (e *env) lookedUp(f *field) (string, State) {
	name, s := text(e, &f.subject, &e.r.Principal)
	if s == StateAbsent {
		return nobody, StateKnown
	}
	return strings.TrimPrefix(name, spiffeScheme), s
}

// lookedUp compares with all of the identity, or with its namespace.
func (t *test) lookedUp(name string) bool {
	if t.op != opIdentityNS {
		return t.str(name)
	}
	inner := test{op: t.inner, text: t.text}
	_, ns, _ := kmeshParts(name)
	return inner.str(ns)
}

// kmeshParts splits an identity as Kmesh has it.
func kmeshParts(name string) (trustDomain, namespace, account string) {
	trustDomain, rest, _ := strings.Cut(name, "/ns/")
	namespace, account, _ = strings.Cut(rest, "/sa/")
	return trustDomain, namespace, account
}

// gotIdentity is the part of the identity that the field compares.
func (f *field) gotIdentity(e *env) string {
	name, s := e.lookedUp(f)
	switch {
	case s != StateKnown:
		return words("", s, e.r.Principal.why)
	case name == nobody:
		return gotNone
	case identityWords(f.tests) == wordNamespace:
		_, ns, _ := kmeshParts(name)
		return ns
	}
	return name
}

// inverted reports whether the field asks for a namespace with a star alone: for
// Kmesh that is the empty one.
func (f *field) inverted() bool {
	return f.subject.kind == kindIdentity && len(f.wanted) == 1 && f.wanted[0] == "*" && identityWords(f.tests) == wordNamespace
}

// kmeshReport is what the daemon logs, at info; where no ALLOW rule matched it says
// nothing above debug.
func (p *Program) kmeshReport(d Decision) string {
	if d.Stage == ActionDeny && d.Policy != (Ref{}) {
		return "Auth denied for connection: "
	}
	return ""
}
