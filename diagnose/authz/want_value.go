package authz

// want returns the value, or the start of it, that satisfies the test at least.
func (t *test) want(k kind) (wantValue, bool) {
	switch k {
	case kindPrincipal:
		return t.wantPeer()
	case kindDestinationPort:
		b := portBytes(t.port)
		return wantValue{wantExact, string(b[:])}, true
	case kindHost:
		return wantValue{wantExact, lowered(t.text)}, t.op == opExact
	case kindRequestPrincipal:
		return t.claims[0].wantText()
	case kindMethod, kindPath, kindHeader, kindClaim:
		return t.wantText()
	case kindSourceIP, kindRemoteIP, kindDestinationIP, kindSNI, kindMetadata, kindAuthorizer, kindProvider, kindIdentity, kindOffload:
		// They are not indexed.
	}
	return wantValue{}, false
}

// lowered ignores ASCII case, as the test of a host does.
func lowered(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}

// wantText of the header :path stands for more: the path without its query.
func (t *test) wantText() (wantValue, bool) {
	switch {
	case t.op == opExact && !t.full:
		return wantValue{wantExact, t.text}, true
	case t.op == opPrefix && !t.full:
		return wantValue{wantPrefix, t.text}, true
	case t.op == opTemplate:
		return wantValue{wantPrefix, t.more}, true
	}
	return wantValue{}, false
}

// wantPeer reads the tests that a plain identity satisfies in one way only. A
// principal is looked up without its trust domain; one that is not plain is no
// plain identity.
func (t *test) wantPeer() (wantValue, bool) {
	switch {
	case t.op == opExact:
		var i identity
		i.start(&peer{name: t.text, spiffe: true})
		return wantValue{wantAccount, i.account}, true
	case t.op == opPrefix:
		return wantValue{wantPrefix, t.text}, true
	case t.op == opNamespace:
		return wantValue{wantNamespace, t.more}, t.bare
	case t.op == opIdentityNS && t.inner == opExact:
		return wantValue{wantNamespace, t.text}, true
	case t.op == opServiceAccount:
		return wantValue{wantAccount, t.text[len("/ns/"):] + t.more}, true
	case t.op == opIdentitySA:
		return wantValue{wantAccount, t.text + "/sa/" + t.more}, true
	}
	return wantValue{}, false
}
