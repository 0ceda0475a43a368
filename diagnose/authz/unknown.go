package authz

import (
	"cmp"
	"slices"
)

// unknown is an attribute on which the verdict may hang, with a value for each
// class of values that the fields which look at it can tell apart.
type unknown struct {
	key    key
	claim  []string
	open   bool // left open by the question; otherwise unseen
	why    string
	fields []*field
	pairs  []*test // of request principals, on this claim
	values []value
	spent  int // what it took to find the values
}

// collector gathers the unknowns of the rules that are still undecided.
type collector struct {
	e   *env
	all map[key]*unknown
}

func (c *collector) unknown(s *subject, open bool, why string) *unknown {
	u := c.all[s.key()]
	if u == nil {
		u = &unknown{key: s.key(), claim: s.claim, open: open, why: why}
		c.all[u.key] = u
	}
	return u
}

func (c *collector) rules(rules []*rule) {
	for _, r := range rules {
		for _, g := range r.groups {
			if matchesAny(g, c.e) == True {
				continue
			}
			for i := range g {
				c.clause(&g[i])
			}
		}
	}
}

func (c *collector) clause(l *clause) {
	if l.eval(c.e).Decided() {
		return
	}
	for i := range l.fields {
		if f := &l.fields[i]; !f.eval(c.e).Decided() {
			c.field(f)
		}
	}
}

func (c *collector) field(f *field) {
	open, why := c.state(f)
	if f.subject.kind != kindRequestPrincipal {
		u := c.unknown(&f.subject, open, why)
		if !slices.ContainsFunc(u.fields, f.sameTests) {
			u.fields = append(u.fields, f)
		}
		return
	}
	iss, sub := c.unknown(&issuer, open, why), c.unknown(&subjectClaim, open, why)
	for i := range f.tests {
		iss.pairs = append(iss.pairs, &f.tests[i].claims[0])
		sub.pairs = append(sub.pairs, &f.tests[i].claims[1])
	}
}

// sameTests reports whether g accepts the same values, as far as it shows.
func (f *field) sameTests(g *field) bool {
	return slices.EqualFunc(f.tests, g.tests, func(a, b test) bool {
		return a.op == b.op && a.inner == b.inner && a.text == b.text && a.more == b.more &&
			a.fold == b.fold && a.full == b.full && a.list == b.list && a.cidr == b.cidr && a.port == b.port
	})
}

// state tells whether what f looks at is open, and if not why it is unseen.
func (c *collector) state(f *field) (open bool, why string) {
	r := c.e.r
	switch f.subject.kind {
	case kindPrincipal, kindIdentity:
		return stateWhy(&r.Principal)
	case kindSourceIP:
		return stateWhy(&r.SourceIP)
	case kindRemoteIP:
		return stateWhy(&r.RemoteIP)
	case kindDestinationIP:
		return stateWhy(&r.DestinationIP)
	case kindDestinationPort:
		return stateWhy(&r.DestinationPort)
	case kindSNI:
		return stateWhy(&r.SNI)
	case kindMethod:
		return stateWhy(&r.Method)
	case kindHost:
		return stateWhy(&r.Host)
	case kindPath:
		return stateWhy(&r.Path)
	case kindClaim, kindRequestPrincipal:
		return stateWhy(&r.Claims)
	case kindMetadata:
		return false, "the dynamic metadata " + f.subject.name
	case kindOffload:
		return false, f.subject.name
	case kindHeader, kindAuthorizer, kindProvider:
		return true, ""
	}
	return true, ""
}

func stateWhy[T any](a *Attr[T]) (open bool, why string) {
	return a.state != StateUnseen, cmp.Or(a.why, "an attribute that could not be seen")
}

// customs adds what is not known of the authorizers.
func (c *collector) customs(p *Program) {
	for i := range p.customs {
		x := &p.customs[i]
		if x.denies(c.e, p.dialect).Decided() {
			continue
		}
		if x.mode == customUnknown {
			c.unknown(&subject{kind: kindProvider, name: x.provider}, false, x.why)
		}
		if x.refused(c.e) == Unseen && !x.dry {
			c.unknown(&subject{kind: kindAuthorizer, name: x.provider}, false, "the answer of the external authorizer "+x.provider)
		}
	}
}

// sorted returns the unknowns, those that the question left open first.
func (c *collector) sorted() []*unknown {
	var out []*unknown
	for _, u := range c.all {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b *unknown) int {
		return cmp.Or(int(bit(b.open))-int(bit(a.open)), cmp.Compare(a.key.kind, b.key.kind), cmp.Compare(a.key.name, b.key.name))
	})
	return out
}
