package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// lost is what becomes of a list of which some values cannot be used, or all.
func (c *checker) lost(all bool) string {
	switch {
	case c.ztunnel && all:
		return "the list is left out, and an entry with nothing else in it never matches"
	case c.ztunnel:
		return "the value is left out"
	case c.action == authz.ActionAllow:
		return "the whole rule is gone and admits nobody"
	case all:
		return "the list constrains nothing: the rule matches more than is written"
	}
	return "the value is left out"
}

// bare is what becomes of an entry that says nothing.
func (c *checker) bare() string {
	if c.ztunnel {
		return "it never matches"
	}
	return "it constrains nothing: the rule matches whatever the rest of it does"
}

func (c *checker) source(at string, s *securityapi.Source, custom bool) {
	if s == nil {
		c.add(at, "the entry has no source", c.bare())
		return
	}
	at += ".source"
	lists := []struct {
		name   string
		values []string
		check  func(at string, values []string)
		custom bool // not for CUSTOM
	}{
		{"principals", s.Principals, c.texts, true},
		{"notPrincipals", s.NotPrincipals, c.texts, true},
		{"requestPrincipals", s.RequestPrincipals, c.texts, true},
		{"notRequestPrincipals", s.NotRequestPrincipals, c.texts, true},
		{"namespaces", s.Namespaces, c.texts, true},
		{"notNamespaces", s.NotNamespaces, c.texts, true},
		{"serviceAccounts", s.ServiceAccounts, c.accounts, true},
		{"notServiceAccounts", s.NotServiceAccounts, c.accounts, true},
		{"trustDomains", s.TrustDomains, c.domains, true},
		{"notTrustDomains", s.NotTrustDomains, c.domains, true},
		{"ipBlocks", s.IpBlocks, c.blocks, false},
		{"notIpBlocks", s.NotIpBlocks, c.blocks, false},
		{"remoteIpBlocks", s.RemoteIpBlocks, c.blocks, false},
		{"notRemoteIpBlocks", s.NotRemoteIpBlocks, c.blocks, false},
	}
	empty := true
	for _, l := range lists {
		if len(l.values) == 0 {
			continue
		}
		empty = false
		l.check(at+"."+l.name, l.values)
		c.addIf(custom && l.custom, at+"."+l.name, "CUSTOM goes by no identity", customEffect(strings.Contains(strings.ToLower(l.name), "request"), strings.HasPrefix(l.name, "not")))
	}
	c.addIf(empty, at, "the source is empty", c.bare())
	accounts := len(s.ServiceAccounts)+len(s.NotServiceAccounts) > 0
	c.addIf(accounts && len(s.Principals)+len(s.NotPrincipals)+len(s.Namespaces)+len(s.NotNamespaces) > 0, at+".serviceAccounts",
		"service accounts stand beside principals or namespaces", "a caller has to match all of them")
}

// customEffect is what CUSTOM makes of an identity: of a token none, for no token is
// verified yet.
func customEffect(token, not bool) string {
	switch {
	case token && not:
		return "every request matches it: no token is verified before the authorizer is asked"
	case token:
		return "no request matches it: no token is verified before the authorizer is asked"
	}
	return "the authorizer is asked for the callers that match"
}

func (c *checker) operation(at string, o *securityapi.Operation) {
	if o == nil {
		c.add(at, "the entry has no operation", c.bare())
		return
	}
	at += ".operation"
	lists := []struct {
		name   string
		values []string
		check  func(at string, values []string)
	}{
		{"hosts", o.Hosts, c.texts},
		{"notHosts", o.NotHosts, c.texts},
		{"methods", o.Methods, c.texts},
		{"notMethods", o.NotMethods, c.texts},
		{"ports", o.Ports, c.ports},
		{"notPorts", o.NotPorts, c.ports},
		{"paths", o.Paths, c.paths},
		{"notPaths", o.NotPaths, c.paths},
	}
	empty := true
	for _, l := range lists {
		if len(l.values) > 0 {
			empty = false
			l.check(at+"."+l.name, l.values)
		}
	}
	c.addIf(empty, at, "the operation is empty", c.bare())
}

// texts: no value may be empty.
func (c *checker) texts(at string, values []string) {
	c.addIf(slices.Contains(values, ""), at, "a value is empty", "that value matches nothing")
}

func (c *checker) accounts(at string, values []string) {
	const most = 16
	c.addIf(len(values) > most, at, fmt.Sprintf("there are more than %d values", most), "all of them count")
	for _, v := range values {
		ns, sa, both := strings.Cut(v, "/")
		bad := v == "" || strings.Contains(v, "*") || strings.Contains(sa, "/") || both && (ns == "" || sa == "")
		c.addIf(bad, at, strconv.Quote(v)+" is neither NAME nor NAMESPACE/NAME", "that value matches nobody")
	}
}

func (c *checker) domains(at string, values []string) {
	for _, v := range values {
		inner := strings.Contains(strings.Trim(v, "*"), "*") || strings.Count(v, "*") > 1
		star := strings.IndexByte(v, '*')
		middle := star > 0 && star < len(v)-1
		c.addIf(v == "" || inner || middle || strings.Contains(v, "/"), at, strconv.Quote(v)+" is no trust domain", "that value matches nobody, or not those that are meant")
	}
}

// usable adds a problem for the values that are not.
func (c *checker) usable(at string, values []string, what string, ok func(string) bool) {
	var bad []string
	for _, v := range values {
		if !ok(v) {
			bad = append(bad, strconv.Quote(v))
		}
	}
	if len(bad) > 0 {
		c.add(at, strings.Join(bad, ", ")+what, c.lost(len(bad) == len(values)))
	}
}

func (c *checker) blocks(at string, values []string) {
	c.usable(at, values, " is no IP address or CIDR block", func(v string) bool {
		if strings.Contains(v, "/") {
			_, err := netip.ParsePrefix(v)
			return err == nil
		}
		_, err := netip.ParseAddr(v)
		return err == nil
	})
}

func (c *checker) ports(at string, values []string) {
	c.usable(at, values, " is no port number", func(v string) bool {
		p, err := strconv.ParseUint(v, 10, 32)
		return err == nil && p <= 65535
	})
}
