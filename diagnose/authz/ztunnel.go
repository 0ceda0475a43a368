package authz

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

const whyInvalid = "no value of it is valid"

// nodeRule compiles one rule for a data plane on the node, as istiod sends it
// (ambient/authorization.go, handleRule): to ztunnel (its rbac.rs) or to Kmesh
// (kmesh.go). What istiod does not translate costs an ALLOW rule; elsewhere it is
// taken away, and an alternative with nothing left never matches: the opposite of
// Envoy.
type nodeRule struct {
	reader
	namespace string
	allow     bool
	out       rule
}

// reader is what the data plane makes of the values that istiod sends.
type reader struct {
	name                         string
	identity                     subject
	principal, namespaces, block func(v string) (test, bool)
	accounts                     bool // service accounts are looked at
}

// ztunnelReader takes the identity from the client's certificate.
var ztunnelReader = reader{
	name: "ztunnel", identity: subject{kind: kindPrincipal}, accounts: true,
	principal: stringTests, namespaces: namespaceTests, block: blockTests,
}

// nodeCompile compiles rule i of p.
func nodeCompile(by reader, p *Policy, i int, src *securityv1beta1.Rule) rule {
	c := nodeRule{reader: by, namespace: p.Namespace, allow: p.Action() == ActionAllow}
	c.out = rule{index: i, key: p.key(i)}
	if src == nil {
		c.out.dropped = "the rule is null"
		return c.out
	}
	at := fmt.Sprintf("spec.rules[%d]", i)
	c.from(at, src.GetFrom())
	c.to(at, src.GetTo())
	c.out.both = len(src.GetFrom()) > 0 && len(src.GetTo()) > 0
	for i, w := range src.GetWhen() {
		if w != nil {
			c.condition(fmt.Sprintf("%s.when[%d]", at, i), w)
		}
	}
	c.noOp()
	return c.out
}

func (c *nodeRule) from(at string, from []*securityv1beta1.Rule_From) {
	var group []clause
	for i, f := range from {
		at, s := fmt.Sprintf("%s.from[%d].source", at, i), f.GetSource()
		var l clause
		c.list(&l, at+".principals", c.identity, c.principal, s.GetPrincipals(), false)
		c.list(&l, at+".notPrincipals", c.identity, c.principal, s.GetNotPrincipals(), true)
		c.unseen(&l, at+".requestPrincipals", s.GetRequestPrincipals(), false)
		c.unseen(&l, at+".notRequestPrincipals", s.GetNotRequestPrincipals(), true)
		c.list(&l, at+".namespaces", c.identity, c.namespaces, s.GetNamespaces(), false)
		c.list(&l, at+".notNamespaces", c.identity, c.namespaces, s.GetNotNamespaces(), true)
		c.account(&l, at+".serviceAccounts", s.GetServiceAccounts(), false)
		c.account(&l, at+".notServiceAccounts", s.GetNotServiceAccounts(), true)
		c.trust(&l, at+".trustDomains", s.GetTrustDomains(), false)
		c.trust(&l, at+".notTrustDomains", s.GetNotTrustDomains(), true)
		c.list(&l, at+".ipBlocks", subject{kind: kindSourceIP}, c.block, s.GetIpBlocks(), false)
		c.list(&l, at+".notIpBlocks", subject{kind: kindSourceIP}, c.block, s.GetNotIpBlocks(), true)
		c.unseen(&l, at+".remoteIpBlocks", s.GetRemoteIpBlocks(), false)
		c.unseen(&l, at+".notRemoteIpBlocks", s.GetNotRemoteIpBlocks(), true)
		group = append(group, c.close(l, at))
	}
	c.add(group)
}

func (c *nodeRule) to(at string, to []*securityv1beta1.Rule_To) {
	var group []clause
	for i, t := range to {
		at, o := fmt.Sprintf("%s.to[%d].operation", at, i), t.GetOperation()
		var l clause
		c.unseen(&l, at+".hosts", o.GetHosts(), false)
		c.unseen(&l, at+".notHosts", o.GetNotHosts(), true)
		c.list(&l, at+".ports", subject{kind: kindDestinationPort}, portTests, o.GetPorts(), false)
		c.list(&l, at+".notPorts", subject{kind: kindDestinationPort}, portTests, o.GetNotPorts(), true)
		c.unseen(&l, at+".methods", o.GetMethods(), false)
		c.unseen(&l, at+".notMethods", o.GetNotMethods(), true)
		c.unseen(&l, at+".paths", o.GetPaths(), false)
		c.unseen(&l, at+".notPaths", o.GetNotPaths(), true)
		group = append(group, c.close(l, at))
	}
	c.add(group)
}

// condition: five keys are known; a condition with any other, or with neither
// list, never matches.
func (c *nodeRule) condition(at string, w *securityv1beta1.Condition) {
	var of subject
	var tests func(string) (test, bool)
	switch w.GetKey() {
	case "source.ip":
		of, tests = subject{kind: kindSourceIP}, c.block
	case "source.namespace":
		of, tests = c.identity, c.namespaces
	case "source.principal":
		of, tests = c.identity, c.principal
	case "destination.ip":
		of, tests = subject{kind: kindDestinationIP}, c.block
	case "destination.port":
		of, tests = subject{kind: kindDestinationPort}, portTests
	}
	var l clause
	if tests == nil {
		why := fmt.Sprintf("%s does not know the key %q", c.name, w.GetKey())
		c.lost(at+".key", why)
		l.fields = ignoredCondition(at, w, why)
	} else {
		c.list(&l, at+".values", of, tests, w.GetValues(), false)
		c.list(&l, at+".notValues", of, tests, w.GetNotValues(), true)
	}
	c.add([]clause{c.close(l.keyed(w.GetKey()), at)})
}
