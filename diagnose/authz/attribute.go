package authz

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// attribute is what Envoy makes of a list of values of a rule (generator.go).
type attribute struct {
	subject subject
	http    bool // not on a connection that is not HTTP
	tests   func(v string) ([]test, error)
}

// generator knows what Envoy's generators need beside the value.
type generator struct {
	bundle    []string // trust domains
	namespace string   // the policy's
}

func one(t test) ([]test, error) { return []test{t}, nil }

func plain(v string) ([]test, error) { return one(stringTest(v)) }

func header(v string) ([]test, error) { return one(headerTest(v)) }

// principals: spiffe:// is put in front, so a value that has it matches nobody.
func (g generator) principals() attribute {
	return attribute{subject: subject{kind: kindPrincipal}, tests: func(v string) ([]test, error) {
		var out []test
		for _, p := range migrate(v, g.bundle) {
			out = append(out, stringTest(p))
		}
		return out, nil
	}}
}

// namespaces: the value stands in the regex .*/ns/VALUE/.*, a star anywhere.
func (g generator) namespaces() attribute {
	return attribute{subject: subject{kind: kindPrincipal}, tests: func(v string) ([]test, error) {
		t := test{op: opNamespace, text: "/ns/" + v + "/", more: v, bare: !strings.ContainsAny(v, "*/")}
		if strings.Contains(v, "*") {
			t.nfa = newNFA(starred([]piece{star(dot)}, "/ns/"+v+"/", dot, []piece{star(dot)}), false)
		}
		return one(t)
	}}
}

// starred puts the pattern v, whose stars repeat set, between head and tail.
func starred(head []piece, v string, set *byteSet, tail []piece) []piece {
	out := head
	for i, part := range strings.Split(v, "*") {
		if i > 0 {
			out = append(out, star(set))
		}
		out = append(out, lit(part))
	}
	return append(out, tail...)
}

// serviceAccounts: a value without namespace is of the policy's namespace.
func (g generator) serviceAccounts() attribute {
	return attribute{subject: subject{kind: kindPrincipal}, tests: func(v string) ([]test, error) {
		ns, sa, ok := strings.Cut(v, "/")
		if !ok {
			ns, sa = g.namespace, v
		}
		return one(test{op: opServiceAccount, text: "/ns/" + ns + "/", more: "sa/" + sa})
	}}
}

// trustDomains: one star counts, and stays within the trust domain.
func (g generator) trustDomains() attribute {
	return attribute{subject: subject{kind: kindPrincipal}, tests: func(v string) ([]test, error) {
		var out []test
		for _, td := range expand(v, g.bundle) {
			t := test{op: opTrustDomain, text: td + "/"}
			switch before, after, found := strings.Cut(td, "*"); {
			case td == "*":
				t.text = ""
			case found:
				t.nfa = newNFA([]piece{lit(before), star(notSlash), lit(after + "/"), star(dot)}, false)
			}
			out = append(out, t)
		}
		return out, nil
	}}
}

func requestPrincipals() attribute {
	return attribute{subject: subject{kind: kindRequestPrincipal}, http: true, tests: func(v string) ([]test, error) {
		iss, sub := issSub(v)
		return one(test{op: opIssSub, claims: &[2]test{iss, sub}})
	}}
}

// issSub reads a request principal: cut at the last slash, since an issuer may
// be a URL, and a star counts at one end only (requestPrincipalGenerator).
func issSub(v string) (iss, sub test) {
	exact := func(s string) test { return test{op: opExact, text: s} }
	present := test{op: opAny}
	i := strings.LastIndexByte(v, '/')
	is, ss := v, ""
	if i >= 0 {
		is, ss = v[:i], v[i+1:]
	}
	switch {
	case v == "*":
		return present, present
	case strings.HasPrefix(v, "*") && i < 0:
		return present, test{op: opSuffix, text: v[1:]}
	case strings.HasPrefix(v, "*"):
		return stringTest("*" + strings.TrimPrefix(is, "*")), exact(ss)
	case strings.HasSuffix(v, "*") && i < 0:
		return test{op: opPrefix, text: v[:len(v)-1]}, present
	case strings.HasSuffix(v, "*") && ss == "*":
		return exact(is), present
	case strings.HasSuffix(v, "*"):
		return exact(is), test{op: opPrefix, text: strings.TrimSuffix(ss, "*")}
	}
	return exact(is), exact(ss)
}

func addresses(k kind) attribute {
	return attribute{subject: subject{kind: k}, tests: func(v string) ([]test, error) {
		p, ok := parseBlock(v)
		if !ok {
			return nil, fmt.Errorf("%q is no IP address or CIDR block", v)
		}
		return one(cidrTest(p))
	}}
}

// cidrTest is the test of a block. One of IPv4 is compared as a number.
func cidrTest(p netip.Prefix) test {
	t := test{op: opCIDR, cidr: p}
	if p.Addr().Is4() {
		t.mask = ^uint32(0) << (32 - p.Bits())
		t.net = number(p.Addr()) & t.mask
	}
	return t
}

func number(a netip.Addr) uint32 {
	b := a.As4()
	return binary.BigEndian.Uint32(b[:])
}

// parseBlock reads an address or a block; its host bits do not count.
func parseBlock(v string) (netip.Prefix, bool) {
	if strings.Contains(v, "/") {
		p, err := netip.ParsePrefix(v)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(v)
	return netip.PrefixFrom(a.WithZone(""), a.BitLen()), err == nil
}

func ports() attribute {
	return attribute{subject: subject{kind: kindDestinationPort}, tests: func(v string) ([]test, error) {
		p, ok := parsePort(v)
		if !ok {
			return nil, fmt.Errorf("%q is no port number", v)
		}
		return one(test{op: opPort, port: p})
	}}
}

// parsePort reads a number, with leading zeros if it must be.
func parsePort(v string) (uint16, bool) {
	p, err := strconv.ParseUint(v, 10, 32)
	return uint16(p), err == nil && p <= 65535
}

// hosts ignore case; the port is part of the value.
func hosts() attribute {
	return attribute{subject: subject{kind: kindHost}, http: true, tests: func(v string) ([]test, error) {
		t := headerTest(v)
		t.fold = true
		return one(t)
	}}
}

func methods() attribute {
	return attribute{subject: subject{kind: kindMethod}, http: true, tests: header}
}

func paths() attribute {
	return attribute{subject: subject{kind: kindPath}, http: true, tests: func(v string) ([]test, error) {
		if !isTemplate(v) {
			return plain(v)
		}
		return one(templateTest(v))
	}}
}
