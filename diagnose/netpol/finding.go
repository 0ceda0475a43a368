package netpol

// truth is a three-valued condition; the order makes min an AND and max an OR.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// finding is the value of a condition with its reasons.
type finding struct {
	truth   truth
	lacks   []Lack   // what keeps it from being true
	missing []string // facts that would settle an unknown
	invalid []string // what is not valid; the condition is then false, whatever else holds
	caveat  string   // on what plugins disagree, of a true one
	need    int      // how many things would have to change
}

// none is the need of a rule that no change of the connection could satisfy.
const none = 1 << 16

// lack is a condition that is false because the field wants something else.
func lack(field, wanted, got string) finding {
	return finding{lacks: []Lack{{Field: field, Wanted: wanted, Got: got}}, need: 1}
}

// unseen is a condition that the missing fact would settle.
func unseen(field, wanted, fact string) finding {
	return finding{
		truth:   unknown,
		lacks:   []Lack{{Field: field, Wanted: wanted, Got: "unknown", Unknown: true}},
		missing: []string{fact},
		need:    1,
	}
}

// broken is a condition that the API server would not have accepted.
func broken(field, wanted, got string) finding {
	f := lack(field, wanted, got)
	f.invalid, f.need = []string{field + ": wanted " + wanted + ", got " + got}, none
	return f
}

// allOf is true if all are.
func allOf(fs ...finding) finding {
	out := finding{truth: yes}
	for _, f := range fs {
		out.truth = min(out.truth, f.truth)
		out.need += f.need
		out.lacks = append(out.lacks, f.lacks...)
		out.missing = append(out.missing, f.missing...)
		out.invalid = append(out.invalid, f.invalid...)
		if out.caveat == "" {
			out.caveat = f.caveat
		}
	}
	return out.settled()
}

// anyOf is true if one is; without any it is false.
func anyOf(fs ...finding) finding {
	out := finding{need: none}
	var sure bool
	for _, f := range fs {
		out.truth = max(out.truth, f.truth)
		out.need = min(out.need, f.need)
		out.lacks = append(out.lacks, f.lacks...)
		out.missing = append(out.missing, f.missing...)
		out.invalid = append(out.invalid, f.invalid...)
		if f.truth == yes && f.caveat == "" {
			sure = true
		} else if out.caveat == "" {
			out.caveat = f.caveat
		}
	}
	if sure {
		out.caveat = ""
	}
	return out.settled()
}

// settled drops the reasons that no longer matter to the value.
func (f finding) settled() finding {
	if len(f.invalid) > 0 {
		f.truth, f.need = no, none
	}
	switch f.truth {
	case yes:
		f.lacks, f.missing, f.need = nil, nil, 0
	case no:
		f.missing, f.caveat = nil, ""
	case unknown:
		f.caveat = ""
	}
	return f
}
