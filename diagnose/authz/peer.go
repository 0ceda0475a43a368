package authz

import "strings"

// peer is whom the proxy takes the client for.
type peer struct {
	name   string // without spiffe://, if spiffe
	spiffe bool
	known  bool // there is an identity
	identity
}

// newPeer makes a peer of a name, with or without spiffe://.
func newPeer(name string, spiffe bool) peer {
	rest, found := strings.CutPrefix(name, spiffeScheme)
	p := peer{name: rest, spiffe: spiffe || found, known: true}
	p.start(&p)
	return p
}

const spiffeScheme = "spiffe://"

// split splits a SPIFFE name as ztunnel does: TD/ns/NS/sa/SA.
func (p *peer) split() (td, ns, sa string, ok bool) {
	td, rest, ok1 := strings.Cut(p.name, "/ns/")
	ns, sa, ok2 := strings.Cut(rest, "/sa/")
	return td, ns, sa, p.spiffe && ok1 && ok2
}

// parts are those of a name that has them and no others.
func (p *peer) parts() (td, ns, sa string, ok bool) {
	td, ns, sa, ok = p.split()
	for _, part := range []string{td, ns, sa} {
		ok = ok && part != "" && !strings.Contains(part, "/")
	}
	return td, ns, sa, ok
}

// peer reports whether p satisfies a test of an identity. Without an identity
// no such test holds, but for ztunnel's empty namespace.
func (t *test) peer(p *peer) bool {
	if t.op == opExact {
		return p.spiffe && p.name == t.text
	}
	return t.peerPattern(p)
}

func (t *test) peerPattern(p *peer) bool {
	switch t.op {
	case opIdentityNS:
		_, ns, _, _ := p.split()
		inner := test{op: t.inner, text: t.text}
		return inner.str(ns)
	case opIdentitySA:
		_, ns, sa, ok := p.split()
		return ok && ns == t.text && sa == t.more
	case opAny:
		return p.known
	case opNamespace:
		return p.known && t.namespace(p)
	case opTrustDomain:
		return p.spiffe && t.trustDomain(p.name)
	case opServiceAccount:
		return p.spiffe && t.serviceAccount(p.name)
	case opPresent, opExact, opPrefix, opSuffix, opTemplate, opCIDR, opPort, opIssSub:
		return p.spiffe && t.str(p.name)
	}
	return false
}

// namespace matches .*/ns/VALUE/.* against the whole name. The regex may begin
// in the last slash of the scheme, which peer.name has lost.
func (t *test) namespace(p *peer) bool {
	switch {
	case t.bare && p.plain:
		return p.namespace == t.more
	case t.nfa != nil:
		return t.nfa.match(p.name) || p.spiffe && t.nfa[2:].match(p.name)
	}
	return strings.Contains(p.name, t.text) || p.spiffe && strings.HasPrefix(p.name, t.text[1:])
}

func (t *test) trustDomain(name string) bool {
	if t.nfa != nil {
		return t.nfa.match(name)
	}
	return strings.HasPrefix(name, t.text)
}

// serviceAccount matches .+/ns/NS/(.+/|)sa/SA(/.+)? (generator.go,
// serviceAccountRegex). t.text is /ns/NS/ and t.more is sa/SA.
func (t *test) serviceAccount(name string) bool {
	for from := 1; from < len(name); {
		i := strings.Index(name[from:], t.text)
		if i < 0 {
			return false
		}
		from += i + 1
		if accountAfter(name[from-1+len(t.text):], t.more) {
			return true
		}
	}
	return false
}

// accountAfter matches (.+/|)sa/SA(/.+)? where account is sa/SA.
func accountAfter(s, account string) bool {
	for i := 0; i < len(s); {
		j := strings.Index(s[i:], account)
		if j < 0 {
			return false
		}
		at := i + j
		tail := s[at+len(account):]
		if (at == 0 || at >= 2 && s[at-1] == '/') && (tail == "" || len(tail) > 1 && tail[0] == '/') {
			return true
		}
		i = at + 1
	}
	return false
}
