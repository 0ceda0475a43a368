package report

import "strings"

// walk tells everything of a stage: every policy, rule and field.
func (t *text) walk(indent int, st StageView) {
	for i, n := range st.Near {
		if i == 0 {
			t.para(indent, "nearest to a match, the rule that lacks least first")
		}
		t.item(indent+gap, []cell{{text: "-", width: gap}}, n.Rule+"  lacks "+n.Lacks, "")
		t.fields(indent+2*gap, n.Fields)
	}
	for _, p := range st.Policies {
		t.policy(indent, p)
	}
	if st.Network != nil {
		t.network(indent, *st.Network)
	}
}

func (t *text) policy(indent int, p PolicyView) {
	t.item(indent, nil, p.Name+"  "+strings.Join(p.Facts, ", "), "")
	t.remarks(indent+gap, p.Remarks)
	for _, r := range p.Rules {
		t.item(indent+gap, nil, r.Name+"  matches: "+r.Matches, "")
		t.remarks(indent+2*gap, r.Remarks)
		if r.Every {
			t.para(indent+2*gap, "no fields: every request")
		}
		t.fields(indent+2*gap, r.Fields)
	}
}

// fields tells each field with its truth first.
func (t *text) fields(indent int, all []FieldView) {
	const truth = len("depends") + gap
	for _, f := range all {
		t.clause(indent, truth, f)
		t.remarks(indent+truth+gap, f.Remarks)
	}
}

// clause writes one field on one line if it fits, else on three.
func (t *text) clause(indent, col int, f FieldView) {
	head := []cell{{text: f.Lead, width: col}}
	one := f.Field + "  wanted " + f.Wanted + "  got " + f.Got
	if indent+col+t.columns(one) <= t.width {
		t.item(indent, head, one, "")
		return
	}
	t.item(indent, head, f.Field, "")
	t.item(indent+col+gap, []cell{{text: "wanted", width: 8}}, f.Wanted, "")
	t.item(indent+col+gap, []cell{{text: "got", width: 8}}, f.Got, "")
}

// remarks writes each remark on lines of its own.
func (t *text) remarks(indent int, all []Remark) {
	for _, r := range all {
		kind := r.Kind
		if !strings.HasSuffix(kind, " by") {
			kind += ":"
		}
		t.item(indent, []cell{{text: kind, width: len(kind) + 1}}, r.Words, "")
	}
}

// network tells what the policies of one end say.
func (t *text) network(indent int, n NetworkView) {
	t.item(indent, nil, n.Says, "")
	t.remarks(indent+gap, n.Chosen)
	for _, f := range n.Near {
		t.clause(indent+gap, len("unknown")+gap, f)
	}
	t.remarks(indent+gap, n.Remarks)
}
