package authz

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// op is the kind of a test.
type op uint8

const (
	opPresent        op = iota // there is a value, even an empty one
	opAny                      // the regex .+
	opExact                    // equal to text
	opPrefix                   // starts with text
	opSuffix                   // ends with text
	opTemplate                 // a path template
	opNamespace                // Envoy: the regex .*/ns/…/.*
	opServiceAccount           // Envoy: the regex spiffe://.+/ns/NS/(.+/|)sa/SA(/.+)?
	opTrustDomain              // Envoy: the start of the SPIFFE ID
	opIdentityNS               // ztunnel and Kmesh: the namespace of the identity, as op inner says
	opIdentitySA               // ztunnel: namespace and service account of the identity
	opCIDR
	opPort
	opIssSub // both claims, each by a test of its own
)

// test is one configured value as the data plane compares it.
type test struct {
	op     op
	inner  op // of opIdentityNS
	fold   bool
	full   bool // on a path: the query is part of the value
	bare   bool // opNamespace: the value is a name, without star or slash
	list   bool // on metadata: an element of a list, not a string
	mapped bool // opCIDR: the block was written as one of IPv4-mapped addresses
	text   string
	more   string // opServiceAccount: sa/SA; opIdentitySA: the service account; opTemplate: the literal start
	nfa    nfa    // opTemplate, and opNamespace and opTrustDomain with a star
	walk   walk   // opTemplate: what follows the literal start, or nil if only the automaton can tell
	cidr   netip.Prefix
	net    uint32 // of a cidr of IPv4: it has the addresses that are net under the mask
	mask   uint32
	port   uint16
	claims *[2]test // opIssSub: of iss and of sub
}

// stringTest reads a value in Istio's string form (matcher/string.go): a star
// at the start is looked at first, and one in the middle is literal.
func stringTest(v string) test {
	switch {
	case v == "*":
		return test{op: opAny}
	case strings.HasPrefix(v, "*"):
		return test{op: opSuffix, text: v[1:]}
	case strings.HasSuffix(v, "*"):
		return test{op: opPrefix, text: v[:len(v)-1]}
	}
	return test{op: opExact, text: v}
}

// headerTest differs for the star: the header is present (matcher/header.go).
func headerTest(v string) test {
	if v == "*" {
		return test{op: opPresent}
	}
	return stringTest(v)
}

// str reports whether s satisfies a test on a plain string. Most tests are of one
// string, so that this one needs no further call.
func (t *test) str(s string) bool {
	if t.op == opExact && !t.fold {
		return s == t.text
	}
	return t.pattern(s)
}

func (t *test) pattern(s string) bool {
	switch t.op {
	case opPresent:
		return true
	case opAny:
		return s != "" && strings.IndexByte(s, '\n') < 0 && utf8.ValidString(s)
	case opExact:
		return t.same(s)
	case opPrefix:
		return len(s) >= len(t.text) && t.same(s[:len(t.text)])
	case opSuffix:
		return len(s) >= len(t.text) && t.same(s[len(s)-len(t.text):])
	case opTemplate:
		rest, found := strings.CutPrefix(s, t.more)
		switch {
		case !found:
			return false
		case t.walk != nil:
			return t.walk.match(rest)
		}
		return t.nfa[len(t.more):].match(rest)
	case opNamespace, opServiceAccount, opTrustDomain, opIdentityNS, opIdentitySA, opCIDR, opPort, opIssSub:
		return false // not tests on a plain string
	}
	return false
}

// same compares with the text, ignoring ASCII case if the test does.
func (t *test) same(s string) bool {
	if !t.fold {
		return s == t.text
	}
	return t.folded(s)
}

func (t *test) folded(s string) bool {
	if len(s) != len(t.text) {
		return false
	}
	for i := range len(s) {
		if lower(s[i]) != lower(t.text[i]) {
			return false
		}
	}
	return true
}

// pieces returns the alternatives of the pattern that a string or identity
// satisfies when it satisfies the test: the same language, for analysis.
func (t *test) pieces() [][]piece {
	switch t.op {
	case opPresent:
		return [][]piece{{star(anyByte)}}
	case opAny:
		return [][]piece{{plus(dot)}}
	case opExact:
		return [][]piece{{lit(t.text)}}
	case opPrefix:
		return [][]piece{{lit(t.text), star(anyByte)}}
	case opSuffix:
		return [][]piece{{star(anyByte), lit(t.text)}}
	case opServiceAccount:
		head, mid := []piece{plus(dot), lit(t.text)}, []piece{plus(dot), lit("/")}
		tail := []piece{lit("/"), plus(dot)}
		return [][]piece{
			join(head, []piece{lit(t.more)}), join(head, []piece{lit(t.more)}, tail),
			join(head, mid, []piece{lit(t.more)}), join(head, mid, []piece{lit(t.more)}, tail),
		}
	case opIdentityNS:
		inner := test{op: t.inner, text: t.text}
		return [][]piece{join([]piece{star(notSlash), lit("/ns/")}, inner.pieces()[0], []piece{lit("/sa/"), star(notSlash)})}
	case opIdentitySA:
		return [][]piece{{plus(notSlash), lit("/ns/" + t.text + "/sa/" + t.more)}}
	case opNamespace:
		return [][]piece{{star(dot), lit(t.text), star(dot)}, {lit(t.text[1:]), star(dot)}}
	case opTrustDomain:
		return [][]piece{{lit(t.text), star(anyByte)}}
	case opTemplate, opCIDR, opPort, opIssSub:
		return nil
	}
	return nil
}

func join(parts ...[]piece) []piece {
	var out []piece
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// automata returns the automata of the test's pattern.
func (t *test) automata() []nfa {
	switch {
	case t.op == opNamespace && t.nfa != nil:
		return []nfa{t.nfa, t.nfa[2:]} // that begins in the last slash of the scheme
	case t.nfa != nil:
		return []nfa{t.nfa}
	}
	var out []nfa
	for _, p := range t.pieces() {
		out = append(out, newNFA(p, t.fold))
	}
	return out
}
