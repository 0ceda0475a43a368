package authz

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

const (
	whyL7      = "ztunnel does not see it"
	whyTrustZ  = "ztunnel does not look at trust domains"
	whyInvalid = "no value of it is valid"
)

// ztunnelRule compiles one rule for ztunnel (ambient/authorization.go,
// handleRule; ztunnel's rbac.rs). What ztunnel does not know costs an ALLOW
// rule; elsewhere it is taken away, and an alternative with nothing left never
// matches: the opposite of Envoy.
type ztunnelRule struct {
	namespace string
	allow     bool
	out       rule
}

// ztunnelCompile compiles rule i of p.
func ztunnelCompile(p *Policy, i int, src *securityv1beta1.Rule) rule {
	c := ztunnelRule{namespace: p.Namespace, allow: p.Action() == ActionAllow}
	c.out = rule{index: i, key: p.key(i)}
	if src == nil {
		c.out.dropped = "the rule is null"
		return c.out
	}
	at := fmt.Sprintf("spec.rules[%d]", i)
	c.from(at, src.GetFrom())
	c.to(at, src.GetTo())
	for i, w := range src.GetWhen() {
		if w != nil {
			c.condition(fmt.Sprintf("%s.when[%d]", at, i), w)
		}
	}
	c.noOp()
	return c.out
}

func (c *ztunnelRule) from(at string, from []*securityv1beta1.Rule_From) {
	var group []clause
	for i, f := range from {
		at, s := fmt.Sprintf("%s.from[%d].source", at, i), f.GetSource()
		var l clause
		c.list(&l, at+".principals", kindPrincipal, stringTests, s.GetPrincipals(), false)
		c.list(&l, at+".notPrincipals", kindPrincipal, stringTests, s.GetNotPrincipals(), true)
		c.unseen(&l, at+".requestPrincipals", s.GetRequestPrincipals(), false)
		c.unseen(&l, at+".notRequestPrincipals", s.GetNotRequestPrincipals(), true)
		c.list(&l, at+".namespaces", kindPrincipal, namespaceTests, s.GetNamespaces(), false)
		c.list(&l, at+".notNamespaces", kindPrincipal, namespaceTests, s.GetNotNamespaces(), true)
		c.list(&l, at+".serviceAccounts", kindPrincipal, c.accountTests, s.GetServiceAccounts(), false)
		c.list(&l, at+".notServiceAccounts", kindPrincipal, c.accountTests, s.GetNotServiceAccounts(), true)
		c.trust(&l, at+".trustDomains", s.GetTrustDomains(), false)
		c.trust(&l, at+".notTrustDomains", s.GetNotTrustDomains(), true)
		c.list(&l, at+".ipBlocks", kindSourceIP, blockTests, s.GetIpBlocks(), false)
		c.list(&l, at+".notIpBlocks", kindSourceIP, blockTests, s.GetNotIpBlocks(), true)
		c.unseen(&l, at+".remoteIpBlocks", s.GetRemoteIpBlocks(), false)
		c.unseen(&l, at+".notRemoteIpBlocks", s.GetNotRemoteIpBlocks(), true)
		group = append(group, c.close(l, at))
	}
	c.add(group)
}

func (c *ztunnelRule) to(at string, to []*securityv1beta1.Rule_To) {
	var group []clause
	for i, t := range to {
		at, o := fmt.Sprintf("%s.to[%d].operation", at, i), t.GetOperation()
		var l clause
		c.unseen(&l, at+".hosts", o.GetHosts(), false)
		c.unseen(&l, at+".notHosts", o.GetNotHosts(), true)
		c.list(&l, at+".ports", kindDestinationPort, portTests, o.GetPorts(), false)
		c.list(&l, at+".notPorts", kindDestinationPort, portTests, o.GetNotPorts(), true)
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
func (c *ztunnelRule) condition(at string, w *securityv1beta1.Condition) {
	var k kind
	var tests func(string) (test, bool)
	switch w.GetKey() {
	case "source.ip":
		k, tests = kindSourceIP, blockTests
	case "source.namespace":
		k, tests = kindPrincipal, namespaceTests
	case "source.principal":
		k, tests = kindPrincipal, stringTests
	case "destination.ip":
		k, tests = kindDestinationIP, blockTests
	case "destination.port":
		k, tests = kindDestinationPort, portTests
	}
	var l clause
	if tests == nil {
		why := fmt.Sprintf("ztunnel does not know the key %q", w.GetKey())
		c.lost(at+".key", why)
		l.fields = ignoredCondition(at, w, why)
	} else {
		c.list(&l, at+".values", k, tests, w.GetValues(), false)
		c.list(&l, at+".notValues", k, tests, w.GetNotValues(), true)
	}
	c.add([]clause{c.close(l.keyed(w.GetKey()), at)})
}
