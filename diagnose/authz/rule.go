package authz

// clause is an alternative: the AND of its fields. Without a field that counts
// it matches everything, unless never says that the data plane skips it.
type clause struct {
	fields []field
	never  bool
}

// rule is the AND of its groups, each the OR of its clauses.
type rule struct {
	policy  int // index in Program.policies
	index   int
	key     string
	groups  [][]clause
	dropped string // why the data plane does not have the rule
	notes   []string
	fatal   []string // what Envoy does not survive when it loads the rule
	both    bool     // the groups are those of from, of to, then others: istiod has to first
	offload bool     // Kmesh's XDP program drops it
}

func (r *rule) eval(e *env) Truth {
	out := True
	for _, g := range r.groups {
		var t Truth
		if len(g) == 1 {
			t = g[0].eval(e)
		} else {
			t = matchesAny(g, e)
		}
		if out = And(out, t); out == False {
			return False
		}
	}
	return out
}

func matchesAny(g []clause, e *env) Truth {
	out := False
	for i := range g {
		out = Or(out, g[i].eval(e))
		if out == True {
			return True
		}
	}
	return out
}

// keyed names the condition of which the fields are.
func (c *clause) keyed(k string) clause {
	for i := range c.fields {
		c.fields[i].key = k
	}
	return *c
}

func (c *clause) eval(e *env) Truth {
	if c.never {
		return False
	}
	out := True
	for i := range c.fields {
		out = And(out, c.fields[i].eval(e))
		if out == False {
			return False
		}
	}
	return out
}
