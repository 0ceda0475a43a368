package lint

import (
	"fmt"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
)

// What a list of values is about, whether it stands in a source, an operation or a
// condition.
const (
	principals        = "principals"
	requestPrincipals = "requestPrincipals"
	namespaces        = "namespaces"
	serviceAccounts   = "serviceAccounts"
	trustDomains      = "trustDomains"
	ipBlocks          = "ipBlocks"
	remoteIPBlocks    = "remoteIpBlocks"
	destinationIP     = "destination.ip"
	hosts             = "hosts"
	methods           = "methods"
	paths             = "paths"
	portNumbers       = "ports"
	header            = "request.headers"
	claims            = "request.auth.claims"
	audiences         = "request.auth.audiences"
	presenter         = "request.auth.presenter"
	sni               = "connection.sni"
)

// list is a list of values of a rule.
type list struct {
	about  string
	key    string // of a condition
	not    bool
	field  string // spec.rules[0].from[0].source.principals
	rule   int
	entry  string // spec.rules[0].from[0]
	part   string // from, to or when
	values []string
}

// ofKey tells what a condition is about; the empty string is something else.
func ofKey(key string) string {
	switch key {
	case "source.principal":
		return principals
	case "source.namespace":
		return namespaces
	case "source.serviceAccount":
		return serviceAccounts
	case "source.trustDomain":
		return trustDomains
	case "source.ip":
		return ipBlocks
	case "remote.ip":
		return remoteIPBlocks
	case "destination.port":
		return portNumbers
	case "request.auth.principal":
		return requestPrincipals
	case destinationIP, audiences, presenter, sni:
		return key
	}
	for _, prefix := range []string{header, claims} {
		if strings.HasPrefix(key, prefix) {
			return prefix
		}
	}
	return ""
}

// identity are the lists that look at who the caller is.
func (l list) identity() bool {
	return l.about == principals || l.about == namespaces || l.about == serviceAccounts || l.about == trustDomains
}

// token are those that look at a verified token.
func (l list) token() bool {
	return l.about == requestPrincipals || l.about == claims || l.about == audiences || l.about == presenter
}

// http are those that there is nothing of on a connection that is not HTTP.
func (l list) http() bool {
	return l.token() || l.about == hosts || l.about == methods || l.about == paths || l.about == header
}

// beyondZtunnel are those that ztunnel does not look at, or leaves out with the rule.
func (l list) beyondZtunnel() bool {
	if l.part != "when" {
		return l.http() || l.about == remoteIPBlocks
	}
	switch l.about {
	case ipBlocks, namespaces, principals, destinationIP, portNumbers:
		return false
	}
	return true
}

// listsOf lists all values of a policy's rules.
func listsOf(s *securityapi.AuthorizationPolicy) []list {
	var out []list
	for i, r := range s.GetRules() {
		at := fmt.Sprintf("spec.rules[%d]", i)
		add := func(part, entry, field, about, key string, not bool, values []string) {
			if len(values) > 0 {
				out = append(out, list{about, key, not, field, i, entry, part, values})
			}
		}
		for k, f := range r.GetFrom() {
			entry := fmt.Sprintf("%s.from[%d]", at, k)
			for _, l := range sourceLists(f.GetSource()) {
				add("from", entry, entry+".source."+named(l.about, l.not), l.about, "", l.not, l.values)
			}
		}
		for k, t := range r.GetTo() {
			entry := fmt.Sprintf("%s.to[%d]", at, k)
			for _, l := range operationLists(t.GetOperation()) {
				add("to", entry, entry+".operation."+named(l.about, l.not), l.about, "", l.not, l.values)
			}
		}
		for k, c := range r.GetWhen() {
			entry := fmt.Sprintf("%s.when[%d]", at, k)
			add("when", entry, entry+".values", ofKey(c.GetKey()), c.GetKey(), false, c.GetValues())
			add("when", entry, entry+".notValues", ofKey(c.GetKey()), c.GetKey(), true, c.GetNotValues())
		}
	}
	return out
}

// named is how a field is called: principals, notPrincipals.
func named(about string, not bool) string {
	if not {
		return "not" + strings.ToUpper(about[:1]) + about[1:]
	}
	return about
}

func sourceLists(s *securityapi.Source) []list {
	return []list{
		{about: principals, values: s.GetPrincipals()},
		{about: principals, not: true, values: s.GetNotPrincipals()},
		{about: requestPrincipals, values: s.GetRequestPrincipals()},
		{about: requestPrincipals, not: true, values: s.GetNotRequestPrincipals()},
		{about: namespaces, values: s.GetNamespaces()},
		{about: namespaces, not: true, values: s.GetNotNamespaces()},
		{about: serviceAccounts, values: s.GetServiceAccounts()},
		{about: serviceAccounts, not: true, values: s.GetNotServiceAccounts()},
		{about: trustDomains, values: s.GetTrustDomains()},
		{about: trustDomains, not: true, values: s.GetNotTrustDomains()},
		{about: ipBlocks, values: s.GetIpBlocks()},
		{about: ipBlocks, not: true, values: s.GetNotIpBlocks()},
		{about: remoteIPBlocks, values: s.GetRemoteIpBlocks()},
		{about: remoteIPBlocks, not: true, values: s.GetNotRemoteIpBlocks()},
	}
}

func operationLists(o *securityapi.Operation) []list {
	return []list{
		{about: hosts, values: o.GetHosts()},
		{about: hosts, not: true, values: o.GetNotHosts()},
		{about: methods, values: o.GetMethods()},
		{about: methods, not: true, values: o.GetNotMethods()},
		{about: portNumbers, values: o.GetPorts()},
		{about: portNumbers, not: true, values: o.GetNotPorts()},
		{about: paths, values: o.GetPaths()},
		{about: paths, not: true, values: o.GetNotPaths()},
	}
}
