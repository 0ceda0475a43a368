package authz

import (
	"math/bits"
	"strings"
)

// dimension sorts the rules of a block by what they want of one attribute.
type dimension struct {
	subject  subject
	free     uint64 // rules to which the value makes no difference that is indexed
	exact    lookup // by the value: a port as two bytes, a host in lower case
	prefixes prefixes
	// Of identities only.
	namespaces, accounts lookup // accounts are NS/sa/SA
}

// find returns the rules that may match, as far as this attribute tells. It is
// not ok if nothing can be told.
func (d *dimension) find(e *env) (rules uint64, ok bool) {
	r := e.r
	switch d.subject.kind {
	case kindPrincipal:
		return d.peer(e)
	case kindDestinationPort:
		b := portBytes(r.DestinationPort.value)
		return d.free | d.exact.find(string(b[:])), r.DestinationPort.state == StateKnown
	case kindMethod:
		return d.text(r.Method.value), r.Method.state == StateKnown
	case kindPath:
		return d.text(e.path), r.Path.state == StateKnown
	case kindHost:
		return d.host(r.Host.value, r.Host.state)
	case kindHeader:
		return d.header(e)
	case kindClaim:
		return d.claim(e)
	case kindSourceIP, kindRemoteIP, kindDestinationIP, kindSNI, kindRequestPrincipal, kindMetadata, kindAuthorizer, kindProvider, kindIdentity, kindOffload:
		// They have no dimension.
	}
	return 0, false
}

func (d *dimension) text(v string) uint64 {
	return d.free | d.exact.find(v) | d.prefixes.find(v)
}

// peer: without an identity, only ztunnel's empty namespace is one that may be
// asked for. A name of another form is not looked up.
func (d *dimension) peer(e *env) (uint64, bool) {
	switch {
	case e.who == StateAbsent && !e.peer.known:
		return d.free | d.namespaces.find(""), true
	case e.who != StateKnown || !e.peer.plain:
		return 0, false
	}
	return d.free | d.prefixes.find(e.peer.name) | d.namespaces.find(e.peer.namespace) | d.accounts.find(e.peer.account), true
}

// host ignores case, in a buffer that does not escape.
func (d *dimension) host(v string, state State) (uint64, bool) {
	var b [96]byte
	if state != StateKnown || len(v) > len(b) {
		return 0, false
	}
	for i := range len(v) {
		b[i] = lower(v[i])
	}
	return d.free | d.exact.find(string(b[:len(v)])), true
}

func (d *dimension) header(e *env) (uint64, bool) {
	values, state := e.header(d.subject.name)
	out := d.free
	for _, v := range values {
		out |= d.text(v)
	}
	return out, state == StateKnown || state == StateAbsent
}

func (d *dimension) claim(e *env) (uint64, bool) {
	c, state := e.claim(&d.subject)
	out := d.free
	switch c := c.(type) {
	case string:
		out |= d.text(c)
	case []any:
		for _, v := range c {
			if v, ok := v.(string); ok {
				out |= d.text(v)
			}
		}
	case []string:
		for _, v := range c {
			out |= d.text(v)
		}
	}
	return out, state == StateKnown || state == StateAbsent
}

func portBytes(p uint16) [2]byte { return [2]byte{byte(p >> 8), byte(p)} }

// prefixes are sorted, each once.
type prefixes []prefix

type prefix struct {
	text  string
	head  uint64 // its first bytes
	up    int    // the longest of the others that it starts with, or -1
	rules uint64 // of it and of all above
}

// find returns the rules of all prefixes of v.
func (p prefixes) find(v string) uint64 {
	if len(p) == 0 {
		return 0
	}
	return p.search(v)
}

// search: the last one that does not sort after v starts with the longest prefix
// of v.
func (p prefixes) search(v string) uint64 {
	from, to := 0, len(p)
	for h := head(v); from < to; {
		if mid := (from + to) / 2; p[mid].head < h || p[mid].head == h && p[mid].text <= v {
			from = mid + 1
		} else {
			to = mid
		}
	}
	for i := from - 1; i >= 0; i = p[i].up {
		if strings.HasPrefix(v, p[i].text) {
			return p[i].rules
		}
	}
	return 0
}

// head is the first eight bytes of v in a number, as if zeros followed it. Of two
// strings with different heads, the one with the smaller head sorts first.
func head(v string) uint64 {
	if len(v) >= 8 {
		return bits.ReverseBytes64(eight(v))
	}
	var h uint64
	for i := range len(v) {
		h |= uint64(v[i]) << (56 - 8*i)
	}
	return h
}
