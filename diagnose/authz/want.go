package authz

// want is what one attribute must be for a rule to match: one of the values, or
// more than that if a value stands for several.
type want struct {
	subject subject
	values  []wantValue
}

type wantValue struct {
	table uint8
	text  string
}

// The tables of a dimension.
const (
	wantExact = iota
	wantPrefix
	wantNamespace
	wantAccount
	wantTables // how many there are
)

// wants has each attribute at most once. Attributes that are not in it may have
// any value.
type wants []want

func (w wants) of(k key) *want {
	for i := range w {
		if w[i].subject.key() == k {
			return &w[i]
		}
	}
	return nil
}

// wants of a rule are those of its groups. never says that no request matches.
func (r *rule) wants() (out wants, never bool) {
	for _, g := range r.groups {
		w, possible := groupWants(g)
		if !possible {
			return nil, true
		}
		for _, x := range w {
			if out.of(x.subject.key()) == nil {
				out = append(out, x)
			}
		}
	}
	return out, false
}

// groupWants are the wants that all clauses have, with the values of each.
func groupWants(g []clause) (out wants, possible bool) {
	for i := range g {
		if g[i].never {
			continue
		}
		w := g[i].wants()
		if !possible {
			out, possible = w, true
			continue
		}
		var both wants
		for _, x := range out {
			if y := w.of(x.subject.key()); y != nil {
				both = append(both, want{x.subject, append(x.values, y.values...)})
			}
		}
		out = both
	}
	return out, possible
}

// wants are those of the fields, the first of several on one attribute.
func (c *clause) wants() wants {
	var out wants
	for i := range c.fields {
		w, ok := c.fields[i].want()
		if ok && out.of(w.subject.key()) == nil {
			out = append(out, w)
		}
	}
	return out
}

// want is ok if every test of the field stands for a value of a table.
func (f *field) want() (want, bool) {
	w := want{subject: f.subject}
	if f.subject.kind == kindRequestPrincipal {
		w.subject = issuer
	}
	if f.not || f.ignored != "" || f.subject.kind == kindClaim && spaceDelimited(&f.subject) {
		return w, false
	}
	for i := range f.tests {
		v, ok := f.tests[i].want(f.subject.kind)
		if !ok {
			return w, false
		}
		w.values = append(w.values, v)
	}
	return w, true
}
