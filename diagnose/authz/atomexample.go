package authz

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Example returns a value of the attribute that satisfies the atom, as one would write it
// of a request: for path is /api/* it is /api/x. It is for attributes that are one string, a
// number or an address; ok is false for others, and where no example comes to mind, as for
// what is absent. Of an identity there is none: it is the caller's.
func (a Atom) Example() (value string, ok bool) {
	g, kind, ok := a.generator()
	if !ok {
		return "", false
	}
	var tests []test
	for _, v := range a.OneOf {
		if ts, err := g.tests(v); err == nil {
			tests = append(tests, ts...)
		}
	}
	var candidates []string
	if !a.Not {
		for i := range tests {
			candidates = append(candidates, examples(&tests[i], kind)...)
		}
	}
	for _, c := range append(candidates, commonValues(kind)...) {
		if holdsOne(tests, c) != a.Not {
			return c, true
		}
	}
	return "", false
}

// generator finds how the values of an attribute are compared.
func (a Atom) generator() (attribute, kind, bool) {
	switch name, _, _ := strings.Cut(a.Attribute, " "); {
	case a.Attribute == "method":
		return methods(), kindMethod, true
	case a.Attribute == "path":
		return paths(), kindPath, true
	case a.Attribute == "host":
		return hosts(), kindHost, true
	case a.Attribute == "port":
		return ports(), kindDestinationPort, true
	case a.Attribute == "source IP":
		return addresses(kindSourceIP), kindSourceIP, true
	case a.Attribute == "SNI":
		return attribute{tests: plain}, kindSNI, true
	case a.Attribute == "header :path":
		return attribute{tests: header}, kindPath, true
	case name == "header":
		return attribute{tests: header}, kindHeader, true
	case name == "claim", a.Attribute == "request principal":
		return attribute{tests: plain}, kindClaim, true
	}
	return attribute{}, 0, false
}

// examples are values that may satisfy the test.
func examples(t *test, k kind) []string {
	switch t.op {
	case opCIDR:
		return []string{t.cidr.Addr().Next().String(), t.cidr.Addr().String()}
	case opPort:
		return []string{strconv.Itoa(int(t.port))}
	case opPrefix:
		return []string{t.text + "x"}
	case opSuffix:
		if k == kindPath {
			return []string{"/x" + t.text, t.text}
		}
		return []string{"x" + t.text}
	default:
		return t.samples(k)
	}
}

// commonValues are values that a request may well have.
func commonValues(k kind) []string {
	switch k {
	case kindMethod:
		return []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}
	case kindPath:
		return []string{"/", "/x", "/x/y"}
	case kindHost, kindSNI:
		return []string{"example.com", "other.example.com", "x.test"}
	case kindSourceIP:
		return []string{"203.0.113.7", "10.0.0.7", "2001:db8::7"}
	case kindDestinationPort:
		return []string{"8080", "80"}
	default:
		return []string{"x", "y", "other"}
	}
}

// holdsOne reports whether the value satisfies one of the tests.
func holdsOne(tests []test, v string) bool {
	return slices.ContainsFunc(tests, func(t test) bool {
		switch t.op {
		case opCIDR:
			ip, err := netip.ParseAddr(v)
			return err == nil && t.cidr.Contains(ip)
		case opPort:
			return v == strconv.Itoa(int(t.port))
		default:
			return t.str(v)
		}
	})
}
