package authz

import securityv1beta1 "istio.io/api/security/v1beta1"

// ignoredCondition keeps the lists of a condition for the explanation.
func ignoredCondition(at string, w *securityv1beta1.Condition, why string) []field {
	var out []field
	if v := w.GetValues(); len(v) > 0 {
		out = append(out, field{path: at + ".values", wanted: v, ignored: why})
	}
	if v := w.GetNotValues(); len(v) > 0 {
		out = append(out, field{path: at + ".notValues", wanted: v, not: true, ignored: why})
	}
	return out
}

// list adds one list of values to l; an empty one constrains nothing.
func (c *envoyRule) list(l *clause, path string, a attribute, values []string, not bool) {
	if len(values) == 0 {
		return
	}
	f := field{subject: a.subject, not: not, early: c.early, path: path, wanted: values}
	if a.http && c.tcp {
		f.ignored = whyTCP
		if c.allow {
			c.drop(path, whyTCP)
		}
		l.fields = append(l.fields, f)
		return
	}
	if k := a.subject.kind; c.early && (k == kindClaim || k == kindRequestPrincipal) {
		c.out.notes = append(c.out.notes, path+": "+whyEarly)
	}
	for i, v := range values {
		tests, err := a.tests(v)
		if err != nil {
			f.notes = append(f.notes, err.Error())
			c.lost(path, "a value is left out: ", err.Error())
			continue
		}
		f.tests = append(f.tests, tests...)
		for range tests {
			f.of = append(f.of, i)
		}
		if n := templateNote(a, v); n != "" {
			c.out.fatal = append(c.out.fatal, path+": "+n)
		}
	}
	if len(f.tests) == 0 {
		f.ignored = whyNone
	}
	l.fields = append(l.fields, f)
}

// lost notes what cannot be generated, and what becomes of it outside of ALLOW.
func (c *envoyRule) lost(path, consequence, why string) {
	if c.allow {
		c.drop(path, why)
	} else {
		c.out.notes = append(c.out.notes, path+": "+consequence+c.about(why))
	}
}

// drop takes the rule out; the first reason stands.
func (c *envoyRule) drop(path, why string) {
	if c.out.dropped == "" {
		c.out.dropped = path + ": " + c.about(why)
	}
}

// about puts the key before what is to be said of a condition's lists.
func (c *envoyRule) about(why string) string {
	if c.key == "" {
		return why
	}
	return c.key + ": " + why
}

// widened notes an alternative that lost all that it had.
func (c *envoyRule) widened(l *clause, at string) {
	if len(l.fields) > 0 && l.bare() && !c.allow {
		c.out.notes = append(c.out.notes, at+": nothing of it is left, so it matches everything")
	}
}

// add adds a group; an empty one constrains nothing.
func (c *envoyRule) add(group []clause) {
	if len(group) > 0 {
		c.out.groups = append(c.out.groups, group)
	}
}
