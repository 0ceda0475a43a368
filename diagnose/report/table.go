package report

import "strings"

// clauses writes rules as a table if every row fits on a line, without the
// leading "spec." if that makes it fit, else each clause on lines of its own.
func (t *text) clauses(indent int, gs []group) {
	short := make([]group, len(gs))
	for i, g := range gs {
		for _, c := range g {
			c.field = strings.TrimPrefix(c.field, "spec.")
			short[i] = append(short[i], c)
		}
	}
	switch {
	case t.fits(indent, gs):
		t.table(indent, gs)
	case t.fits(indent, short):
		t.table(indent, short)
	default:
		t.stack(indent, gs)
	}
}

// clauseColumns are the widths of a table's columns but the last.
func (t *text) clauseColumns(gs []group) (policy, field, want int) {
	for _, g := range gs {
		for _, c := range g {
			policy = max(policy, t.columns(c.policy)+gap)
			if c.field != "" {
				field = max(field, t.columns(c.field)+gap)
			}
			if c.says == "" {
				want = max(want, t.columns("wanted "+c.wanted)+gap)
			}
		}
	}
	return policy, field, want
}

func (t *text) fits(indent int, gs []group) bool {
	policy, field, want := t.clauseColumns(gs)
	for _, g := range gs {
		for _, c := range g {
			last := t.columns("got "+c.got) + want
			if c.says != "" {
				last = t.columns(c.says)
			}
			if indent+policy+field+last > t.width {
				return false
			}
		}
	}
	return true
}

func (t *text) table(indent int, gs []group) {
	policy, field, want := t.clauseColumns(gs)
	for _, g := range gs {
		for i, c := range g {
			head := []cell{{text: c.policy, width: policy}, {text: c.field, width: field}}
			if i > 0 && c.policy == g[i-1].policy {
				head[0].text = ""
			}
			if c.says != "" {
				t.item(indent, head, c.says, "")
			} else {
				head = append(head, cell{text: "wanted " + c.wanted, width: want})
				t.item(indent, head, "got "+c.got, "")
			}
			t.below(indent+gap, c)
		}
	}
}

// stack writes each clause on lines of its own.
func (t *text) stack(indent int, gs []group) {
	for _, g := range gs {
		for _, c := range g {
			t.item(indent, nil, join("  ", c.policy, c.field, c.says), "")
			if c.says == "" {
				t.item(indent+gap, []cell{{text: "wanted", width: 8}}, c.wanted, "")
				t.item(indent+gap, []cell{{text: "got", width: 8}}, c.got, "")
			}
			t.below(indent+gap, c)
		}
	}
}

func (t *text) below(indent int, c clause) {
	for _, s := range c.below {
		t.para(indent, s)
	}
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}
