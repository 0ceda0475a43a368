package fix

import (
	"net/netip"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// path is where the list of a field stands in the object. Of a condition the trace
// names the condition, and the list is its values.
func path(f authz.FieldTrace) string {
	if f.Key != "" && !strings.HasSuffix(f.Field, ".values") && !strings.HasSuffix(f.Field, ".notValues") {
		return f.Field + ".values"
	}
	return f.Field
}

// amended is what a field has to hold to admit what it got; false if that cannot be
// said in a value.
func amended(f authz.FieldTrace) (string, bool) {
	got := strings.TrimSpace(f.Got)
	if got == "" || got == "none" || got == "not given" || f.Ignored != "" || strings.ContainsAny(got, " *…") {
		return "", false
	}
	last := f.Field[strings.LastIndexByte(f.Field, '.')+1:]
	switch {
	case f.Key == "source.ip" || f.Key == "remote.ip" || last == "ipBlocks" || last == "remoteIpBlocks":
		_, err := netip.ParseAddr(got)
		return block(got), err == nil
	case last == "paths":
		p, _, _ := strings.Cut(got, "?")
		return p, !strings.ContainsAny(p, "{}")
	case last == "namespaces" || f.Key == "source.namespace":
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			got, _, _ = strings.Cut(rest, "/")
		}
	case last == "serviceAccounts":
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			got = strings.Replace(rest, "/sa/", "/", 1)
		}
	case last == "trustDomains":
		got, _, _ = strings.Cut(got, "/")
	case strings.HasPrefix(got, "/ns/"): // without a trust domain
		return anyTrustDomain(got), true
	case last == "requestPrincipals":
		return got, strings.Contains(got, "/")
	}
	return got, true
}

// block is an address as a CIDR block of one.
func block(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	return netip.PrefixFrom(addr, addr.BitLen()).String()
}

// nearest is the value of a list that another was most likely meant to be.
func nearest(wanted []string, got string) string {
	if len(wanted) == 1 {
		return wanted[0]
	}
	if near := spell.Closest(got, wanted, spell.Distance); near != "" {
		return near
	}
	return wanted[0]
}
