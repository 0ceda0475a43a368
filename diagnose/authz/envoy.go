package authz

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

const (
	whyTCP  = "an HTTP attribute, and the connection is not HTTP"
	whyNone = "none of its values can be generated"
)

// envoyRule compiles one rule for Envoy (model.go, builder.go). In an ALLOW
// policy a value that cannot be generated costs the whole rule; elsewhere it is
// left out, and a list without values constrains nothing.
type envoyRule struct {
	generator
	tcp   bool
	allow bool
	out   rule
}

// envoyCompile compiles rule i of p.
func envoyCompile(g generator, d Dialect, p *Policy, i int, src *securityv1beta1.Rule) rule {
	c := envoyRule{generator: g, tcp: d == EnvoyTCP, allow: p.Action() == ActionAllow}
	c.out = rule{index: i, key: p.key(i)}
	if src == nil {
		c.out.dropped = "the rule is null"
		return c.out
	}
	at := fmt.Sprintf("spec.rules[%d]", i)
	c.from(at, src.GetFrom())
	c.to(at, src.GetTo())
	c.when(at, src.GetWhen())
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
			c.add([]clause{{fields: ignoredCondition(at, w, err.Error())}})
			continue
		}
		var l clause
		c.list(&l, at+".values", a, w.GetValues(), false)
		c.list(&l, at+".notValues", a, w.GetNotValues(), true)
		c.add([]clause{l})
	}
}

// ignoredCondition keeps the lists of a condition for the explanation.
func ignoredCondition(at string, w *securityv1beta1.Condition, why string) []field {
	var out []field
	if v := w.GetValues(); len(v) > 0 {
		out = append(out, field{path: at + ".values", wanted: v, ignored: why})
	}
	if v := w.GetNotValues(); len(v) > 0 {
		out = append(out, field{path: at + ".notValues", wanted: v, not: true, ignored: why})
	}
	return out
}

// list adds one list of values to l; an empty one constrains nothing.
func (c *envoyRule) list(l *clause, path string, a attribute, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	f := field{subject: a.subject, not: not, path: path, wanted: values}
	if a.http && c.tcp {
		f.ignored = whyTCP
		c.lost(path, "left out, which widens the rule: ", whyTCP)
		l.fields = append(l.fields, f)
		return
	}
	for _, v := range values {
		tests, err := a.tests(v)
		if err != nil {
			f.notes = append(f.notes, err.Error())
			c.lost(path, "a value is left out: ", err.Error())
			continue
		}
		f.tests = append(f.tests, tests...)
		if n := templateNote(a, v); n != "" {
			c.out.notes = append(c.out.notes, path+": "+n)
		}
	}
	if len(f.tests) == 0 {
		f.ignored = whyNone
	}
	l.fields = append(l.fields, f)
}

// templateNote warns of a template that Envoy does not survive.
func templateNote(a attribute, v string) string {
	if a.subject.kind != kindPath || !isTemplate(v) || v[0] == '/' {
		return ""
	}
	return fmt.Sprintf("the template %q does not start with /, and Envoy ends itself when it loads it", v)
}

// lost notes what cannot be generated, and what becomes of it outside of ALLOW.
func (c *envoyRule) lost(path, consequence, why string) {
	if c.allow {
		c.drop(path, why)
	} else {
		c.out.notes = append(c.out.notes, path+": "+consequence+why)
	}
}

// drop takes the rule out; the first reason stands.
func (c *envoyRule) drop(path, why string) {
	if c.out.dropped == "" {
		c.out.dropped = path + ": " + why
	}
}

// widened notes an alternative that lost all that it had.
func (c *envoyRule) widened(l *clause, at string) {
	for i := range l.fields {
		if l.fields[i].ignored == "" {
			return
		}
	}
	if len(l.fields) > 0 && !c.allow {
		c.out.notes = append(c.out.notes, at+": nothing of it is left, so it matches everything")
	}
}

// add adds a group; an empty one constrains nothing.
func (c *envoyRule) add(group []clause) {
	if len(group) > 0 {
		c.out.groups = append(c.out.groups, group)
	}
}
