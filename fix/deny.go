package fix

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// except leaves the request out of the DENY rule that matches it: first only this
// request of the caller, then the caller.
func (sc scene) except() []draft {
	reason := sc.answer.Reason
	if reason.Rule == nil {
		return nil
	}
	var ref authz.Ref
	if ref.UnmarshalText([]byte(reason.Policy)) != nil {
		return nil
	}
	item, ok := sc.editable(ref)
	if !ok {
		return nil
	}
	rule := fmt.Sprintf("spec.rules[%d]", *reason.Rule)
	who := sc.principal()
	var out []draft
	add := func(title, danger string, edit func(tree)) {
		out = append(out, draft{kind: ExceptCaller, changes: []Change{changed(item, edit)}, title: title + " of DENY policy " + reason.Policy, danger: danger})
	}
	short := fmt.Sprintf("rules[%d]", *reason.Rule)
	field, value, word := sc.exception()
	tokenless, grave := "", false
	if aboutTokens(sc.decisive()) {
		tokenless = "the rule keeps out who shows no token, or not the right one, and this caller needs none then"
		grave = sc.payload()["iss"] != nil // it has one: that it counts is what is wanted
	}
	if who != "" && field != "" {
		// What is not both is one or the other: the rule for everybody else, and the
		// rule for all but that.
		add(fmt.Sprintf("leave %s %s of %s out of %s", word, value, who, short), tokenless, func(object tree) {
			narrowed, _ := clone(at(object, rule)).(tree)
			outside(object, rule, "notPrincipals", who)
			apart(narrowed, field, value)
			list, _ := at(object, "spec.rules").([]any)
			set(object, "spec.rules", slices.Insert(slices.Clone(list), *reason.Rule+1, any(narrowed)))
		})
	}
	if who != "" {
		add(fmt.Sprintf("leave %s out of %s", who, short), tokenless, func(object tree) { outside(object, rule, "notPrincipals", who) })
	}
	if field != "" {
		add(fmt.Sprintf("leave %s %s out of %s", word, value, short), "it lets everybody else do the same", func(object tree) {
			r, _ := at(object, rule).(tree)
			apart(r, field, value)
		})
	}
	for i := range out {
		out[i].grave = grave
	}
	return out
}

// exception is what of the request a rule can leave out, and its value.
func (sc scene) exception() (field, value, word string) {
	switch {
	case sc.http() && sc.path() != "" && !strings.ContainsAny(sc.path(), "*{}"):
		return "notPaths", sc.path(), "path"
	case sc.hop.Port != 0:
		return "notPorts", fmt.Sprint(sc.hop.Port), "port"
	case sc.http() && sc.method() != "":
		return "notMethods", sc.method(), "method"
	}
	return "", "", ""
}

// outside adds a value to a not… field of every source of a rule, or makes a source.
func outside(object tree, rule, field, value string) {
	r, _ := at(object, rule).(tree)
	if r == nil {
		return
	}
	from, _ := r["from"].([]any)
	if len(from) == 0 {
		r["from"] = []any{tree{"source": tree{field: texts(value)}}}
		return
	}
	for _, f := range from {
		if o, ok := f.(tree); ok {
			grow(o, "source."+field, value)
		}
	}
}

// apart adds a value to a not… field of every operation of a rule, or makes one.
func apart(rule tree, field, value string) {
	to, _ := rule["to"].([]any)
	if len(to) == 0 {
		rule["to"] = []any{tree{"operation": tree{field: texts(value)}}}
		return
	}
	for _, t := range to {
		if o, ok := t.(tree); ok {
			grow(o, "operation."+field, value)
		}
	}
}

// clone copies what JSON has.
func clone(v any) any {
	switch v := v.(type) {
	case tree:
		out := tree{}
		for k, one := range v {
			out[k] = clone(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = clone(one)
		}
		return out
	}
	return v
}
