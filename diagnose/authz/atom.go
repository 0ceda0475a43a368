package authz

import (
	"slices"
	"strings"
)

// atoms renders the term without repetitions.
func (t term) atoms() []Atom {
	var out []Atom
	for _, l := range t {
		a := newAtom(l.f, l.f.not != l.flip)
		if !slices.ContainsFunc(out, func(b Atom) bool { return a.Words == b.Words }) {
			out = append(out, a)
		}
	}
	return out
}

// newAtom words a field: "header x-team is one of a, b".
func newAtom(f *field, not bool) Atom {
	not = not != f.inverted()
	a := Atom{Attribute: f.attribute(), Not: not, OneOf: slices.Clone(f.wanted)}
	is := " is"
	if not {
		is = " is not"
	}
	switch {
	case len(a.OneOf) != 1:
		a.Words = a.Attribute + is + " one of " + strings.Join(a.OneOf, ", ")
	case a.OneOf[0] == "*" && not:
		a.Words = a.Attribute + " is absent"
	case a.OneOf[0] == "*":
		a.Words = a.Attribute + " is present"
	case f.block(a.OneOf[0]):
		a.Words = a.Attribute + is + " in " + a.OneOf[0]
	default:
		a.Words = a.Attribute + is + " " + a.OneOf[0]
	}
	return a
}

// block reports whether v is a block of addresses.
func (f *field) block(v string) bool {
	return len(f.tests) > 0 && f.tests[0].op == opCIDR && strings.Contains(v, "/")
}

// attribute names what the field looks at.
func (f *field) attribute() string {
	switch f.subject.kind {
	case kindPrincipal, kindIdentity:
		return identityWords(f.tests)
	case kindSourceIP:
		return "source IP"
	case kindRemoteIP:
		return "remote IP"
	case kindDestinationIP:
		return "destination IP"
	case kindDestinationPort:
		return "port"
	case kindSNI:
		return "SNI"
	case kindMethod:
		return "method"
	case kindHost:
		return "host"
	case kindPath:
		if len(f.tests) > 0 && f.tests[0].full {
			return "header :path"
		}
		return "path"
	case kindHeader:
		return "header " + f.subject.name
	case kindClaim:
		return "claim " + strings.Join(f.subject.claim, ".")
	case kindRequestPrincipal:
		return "request principal"
	case kindAuthorizer:
		return "the answer of the external authorizer " + f.subject.name
	case kindProvider:
		return "the extension provider " + f.subject.name
	case kindMetadata, kindOffload:
		return f.subject.name
	}
	return f.subject.name
}

// What the tests of an identity compare.
const (
	wordPrincipal   = "principal"
	wordNamespace   = "source namespace"
	wordAccount     = "service account"
	wordTrustDomain = "trust domain"
)

func identityWords(tests []test) string {
	if len(tests) == 0 {
		return wordPrincipal
	}
	switch tests[0].op {
	case opNamespace, opIdentityNS:
		return wordNamespace
	case opServiceAccount, opIdentitySA:
		return wordAccount
	case opTrustDomain:
		return wordTrustDomain
	case opPresent, opAny, opExact, opPrefix, opSuffix, opTemplate, opCIDR, opPort, opIssSub:
		return wordPrincipal
	}
	return wordPrincipal
}

func allWords(atoms []Atom) string {
	words := make([]string, len(atoms))
	for i, a := range atoms {
		words[i] = a.Words
	}
	return strings.Join(words, " and ")
}

// conditionWords tells conditions in a sentence. All have the same verdict.
func conditionWords(cs []Condition) string {
	if len(cs) == 0 {
		return ""
	}
	yes, no := "allowed", "denied"
	if cs[0].Verdict == Denied {
		yes, no = no, yes
	}
	words := make([]string, len(cs))
	for i, c := range cs {
		words[i] = allWords(c.All)
	}
	return yes + " if " + strings.Join(words, ", or if ") + "; otherwise " + no
}
