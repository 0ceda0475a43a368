package trial

import (
	securityv1beta1 "istio.io/api/security/v1beta1"
)

// List is one list of values of a rule.
type List struct {
	// Field is its name in the API: source.principals, operation.notPaths, or
	// the key of a condition: when source.ip, when not source.ip.
	Field string
	Not   bool
	// Condition is the list's, if it is of one.
	Condition *securityv1beta1.Condition
	// Values and Opposite are the list and its counterpart with the other sign.
	Values, Opposite *[]string
}

// Lists returns the lists of a rule that hold values, in the API's order.
func Lists(r *securityv1beta1.Rule) []List {
	var out []List
	for _, f := range r.GetFrom() {
		if s := f.GetSource(); s != nil {
			out = append(out, sourceLists(s)...)
		}
	}
	for _, t := range r.GetTo() {
		if o := t.GetOperation(); o != nil {
			out = append(out, operationLists(o)...)
		}
	}
	for _, c := range r.GetWhen() {
		if c != nil {
			for _, l := range both("when "+keyName(c.GetKey()), "when not "+keyName(c.GetKey()), &c.Values, &c.NotValues) {
				l.Condition = c
				out = append(out, l)
			}
		}
	}
	return out
}

func both(field, not string, values, notValues *[]string) []List {
	var out []List
	if len(*values) > 0 {
		out = append(out, List{Field: field, Values: values, Opposite: notValues})
	}
	if len(*notValues) > 0 {
		out = append(out, List{Field: not, Not: true, Values: notValues, Opposite: values})
	}
	return out
}

func sourceLists(s *securityv1beta1.Source) []List {
	var out []List
	add := func(name, not string, values, notValues *[]string) {
		out = append(out, both("source."+name, "source."+not, values, notValues)...)
	}
	add("principals", "notPrincipals", &s.Principals, &s.NotPrincipals)
	add("requestPrincipals", "notRequestPrincipals", &s.RequestPrincipals, &s.NotRequestPrincipals)
	add("namespaces", "notNamespaces", &s.Namespaces, &s.NotNamespaces)
	add("serviceAccounts", "notServiceAccounts", &s.ServiceAccounts, &s.NotServiceAccounts)
	add("trustDomains", "notTrustDomains", &s.TrustDomains, &s.NotTrustDomains)
	add("ipBlocks", "notIpBlocks", &s.IpBlocks, &s.NotIpBlocks)
	add("remoteIpBlocks", "notRemoteIpBlocks", &s.RemoteIpBlocks, &s.NotRemoteIpBlocks)
	return out
}

func operationLists(o *securityv1beta1.Operation) []List {
	var out []List
	add := func(name, not string, values, notValues *[]string) {
		out = append(out, both("operation."+name, "operation."+not, values, notValues)...)
	}
	add("hosts", "notHosts", &o.Hosts, &o.NotHosts)
	add("ports", "notPorts", &o.Ports, &o.NotPorts)
	add("methods", "notMethods", &o.Methods, &o.NotMethods)
	add("paths", "notPaths", &o.Paths, &o.NotPaths)
	return out
}

// Invert turns the list into its opposite. It cannot where both signs are used.
func (l List) Invert() bool {
	if len(*l.Opposite) > 0 {
		return false
	}
	*l.Values, *l.Opposite = nil, *l.Values
	return true
}

// Drop takes the list away.
func (l List) Drop() bool {
	*l.Values = nil
	return true
}

// Never has the list hold what is valid and never matches.
func (l List) Never() bool {
	if l.Condition != nil && l.Form() == unknownKey {
		l.Condition.Key = "request.headers[x-never]"
	}
	*l.Values = []string{"1"}
	if l.Form() == "invalid" {
		*l.Values = []string{"255.255.255.255"}
	}
	return true
}

// Forget takes the whole condition away: its key becomes one that is always met.
func (l List) Forget() bool {
	if l.Condition == nil {
		return false
	}
	l.Condition.Key, l.Condition.Values, l.Condition.NotValues = "source.ip", nil, nil
	return true
}
