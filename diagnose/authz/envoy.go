package authz

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

const (
	whyTCP   = "an HTTP attribute, and the connection is not HTTP"
	whyNone  = "none of its values can be generated"
	whyEarly = "no claim is seen: CUSTOM is asked before any token is verified"
)

// envoyRule compiles one rule for Envoy (model.go, builder.go). In an ALLOW
// policy a value that cannot be generated costs the whole rule; elsewhere it is
// left out, and a list without values constrains nothing.
type envoyRule struct {
	generator
	tcp   bool
	allow bool
	early bool   // a CUSTOM policy's
	key   string // of the condition whose lists are compiled
	out   rule
}

// envoyCompile compiles rule i of p.
func envoyCompile(g generator, d Dialect, p *Policy, i int, src *securityv1beta1.Rule) rule {
	c := envoyRule{generator: g, tcp: d == EnvoyTCP, allow: p.Action() == ActionAllow, early: p.Action() == ActionCustom}
	c.out = rule{index: i, key: p.key(i)}
	if src == nil {
		c.out.dropped = "the rule is null"
		return c.out
	}
	at := fmt.Sprintf("spec.rules[%d]", i)
	c.from(at, src.GetFrom())
	c.to(at, src.GetTo())
	c.when(at, src.GetWhen())
	c.notHTTP()
	return c.out
}

// from: no list, an empty one, and a source that is missing constrain nothing.
func (c *envoyRule) from(at string, from []*securityv1beta1.Rule_From) {
	var group []clause
	for i, f := range from {
		at, s := fmt.Sprintf("%s.from[%d].source", at, i), f.GetSource()
		var l clause
		c.list(&l, at+".principals", c.principals(), s.GetPrincipals(), false)
		c.list(&l, at+".notPrincipals", c.principals(), s.GetNotPrincipals(), true)
		c.list(&l, at+".requestPrincipals", requestPrincipals(), s.GetRequestPrincipals(), false)
		c.list(&l, at+".notRequestPrincipals", requestPrincipals(), s.GetNotRequestPrincipals(), true)
		c.list(&l, at+".namespaces", c.namespaces(), s.GetNamespaces(), false)
		c.list(&l, at+".notNamespaces", c.namespaces(), s.GetNotNamespaces(), true)
		c.list(&l, at+".serviceAccounts", c.serviceAccounts(), s.GetServiceAccounts(), false)
		c.list(&l, at+".notServiceAccounts", c.serviceAccounts(), s.GetNotServiceAccounts(), true)
		c.list(&l, at+".trustDomains", c.trustDomains(), s.GetTrustDomains(), false)
		c.list(&l, at+".notTrustDomains", c.trustDomains(), s.GetNotTrustDomains(), true)
		c.list(&l, at+".ipBlocks", addresses(kindSourceIP), s.GetIpBlocks(), false)
		c.list(&l, at+".notIpBlocks", addresses(kindSourceIP), s.GetNotIpBlocks(), true)
		c.list(&l, at+".remoteIpBlocks", addresses(kindRemoteIP), s.GetRemoteIpBlocks(), false)
		c.list(&l, at+".notRemoteIpBlocks", addresses(kindRemoteIP), s.GetNotRemoteIpBlocks(), true)
		c.widened(&l, at)
		group = append(group, l)
	}
	c.add(group)
}

func (c *envoyRule) to(at string, to []*securityv1beta1.Rule_To) {
	var group []clause
	for i, t := range to {
		at, o := fmt.Sprintf("%s.to[%d].operation", at, i), t.GetOperation()
		var l clause
		c.list(&l, at+".hosts", hosts(), o.GetHosts(), false)
		c.list(&l, at+".notHosts", hosts(), o.GetNotHosts(), true)
		c.list(&l, at+".ports", ports(), o.GetPorts(), false)
		c.list(&l, at+".notPorts", ports(), o.GetNotPorts(), true)
		c.list(&l, at+".methods", methods(), o.GetMethods(), false)
		c.list(&l, at+".notMethods", methods(), o.GetNotMethods(), true)
		c.list(&l, at+".paths", paths(), o.GetPaths(), false)
		c.list(&l, at+".notPaths", paths(), o.GetNotPaths(), true)
		c.widened(&l, at)
		group = append(group, l)
	}
	c.add(group)
}

// when: a condition with neither list constrains nothing, but an unknown key
// costs the rule whatever the action is.
func (c *envoyRule) when(at string, when []*securityv1beta1.Condition) {
	for i, w := range when {
		at := fmt.Sprintf("%s.when[%d]", at, i)
		a, err := c.condition(w.GetKey())
		if w == nil {
			continue
		}
		if err != nil {
			c.drop(at+".key", err.Error())
			l := clause{fields: ignoredCondition(at, w, err.Error())}
			c.add([]clause{l.keyed(w.GetKey())})
			continue
		}
		var l clause
		c.key = w.GetKey()
		c.list(&l, at+".values", a, w.GetValues(), false)
		c.list(&l, at+".notValues", a, w.GetNotValues(), true)
		c.key = ""
		c.add([]clause{l.keyed(w.GetKey())})
	}
}
