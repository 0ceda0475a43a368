package netpol

import (
	"cmp"
	"slices"
	"strings"
)

// admitting names the first rule that admits, one that plugins agree on if there is.
func admitting(policies []policy) (name, field, caveat string) {
	for _, p := range policies {
		for i, f := range p.rules {
			if f.truth == yes && (name == "" || caveat != "" && f.caveat == "") {
				name, field, caveat = p.name, p.fields[i], f.caveat
			}
		}
	}
	return name, field, caveat
}

// near lists what the rules that do not admit the connection lack, the rule that
// lacks least first; a policy without rules comes last.
func (a ask) near(policies []policy) []Lack {
	var rules []finding
	for _, p := range policies {
		fs := p.rules
		if len(fs) == 0 {
			fs = []finding{lack("spec."+strings.ToLower(string(a.direction)), "a rule", "none")}
			fs[0].need = none
		}
		for _, f := range fs {
			f.lacks = slices.Clone(f.lacks)
			for i := range f.lacks {
				f.lacks[i].Policy = p.name
			}
			rules = append(rules, f)
		}
	}
	slices.SortStableFunc(rules, func(a, b finding) int { return cmp.Compare(a.need, b.need) })
	var out []Lack
	for _, f := range rules {
		out = append(out, f.lacks...)
	}
	return out
}

// invalid lists what the API server would not have accepted.
func invalid(policies []policy) []string {
	var out []string
	for _, p := range policies {
		for _, f := range append([]finding{p.selects}, p.rules...) {
			for _, s := range f.invalid {
				out = append(out, p.name+" "+s)
			}
		}
	}
	return out
}

// missing lists the facts that could turn the verdict.
func missing(policies []policy) []string {
	var out []string
	for _, p := range policies {
		out = append(out, p.selects.missing...)
		if p.admits.truth == unknown {
			out = append(out, p.admits.missing...)
		}
	}
	return sorted(out)
}

func sorted(facts []string) []string {
	slices.Sort(facts)
	return slices.Compact(facts)
}
