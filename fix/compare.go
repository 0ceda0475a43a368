package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// comparison is of what sources reach before and after.
type comparison struct {
	target   string
	asked    []string // the sources of the question, if this is its target
	question diagnose.Question
	// addresses are those of the sources: who has one of them is no other.
	addresses []string
}

// compare adds to an effect what has changed for whom. Sources that fare alike are one
// Reach.
func (c comparison) compare(was, will map[string]reach, out *Effect) {
	type group struct {
		list  *[]Reach
		reach Reach
	}
	groups := map[string]*group{}
	add := func(list *[]Reach, source string, conditions []string) {
		key := strings.Join(conditions, ";") + map[bool]string{true: "asked"}[slices.Contains(c.asked, source)]
		switch list {
		case &out.Opens:
			key = "opens " + key
		case &out.Closes:
			key = "closes " + key
		}
		g := groups[key]
		if g == nil {
			g = &group{list: list, reach: Reach{Target: c.target, If: conditions, Asked: slices.Contains(c.asked, source)}}
			groups[key] = g
		}
		g.reach.Sources = append(g.reach.Sources, source)
	}
	for _, source := range slices.Sorted(maps.Keys(will)) {
		after, before := will[source], was[source]
		if after.words == before.words {
			continue
		}
		if source == diagnose.Anybody {
			after.open = c.others(after.open)
			if after.some && !after.all && len(after.open) == 0 && !before.some {
				continue
			}
		}
		switch {
		case slices.Contains(c.asked, source) && after.pins(c.question) && !before.some:
			continue // what was asked for, and not more
		case before.verdict == diagnose.Undetermined || after.verdict == diagnose.Undetermined:
			add(&out.Unsure, source, nil)
		case after.all && before.some:
			add(&out.Opens, source, orNot(before.shut, before.open))
		case after.all && !before.all:
			add(&out.Opens, source, nil)
		case before.all && !after.all && !after.some:
			add(&out.Closes, source, nil)
		case before.all && !after.all:
			add(&out.Closes, source, orNot(after.shut, after.open))
		case after.some && !before.some:
			add(&out.Opens, source, after.open)
		case before.some && !after.some:
			add(&out.Closes, source, before.open)
		default:
			if more := without(after.open, before.open); len(more) > 0 {
				add(&out.Opens, source, more)
			}
			if less := without(before.open, after.open); len(less) > 0 {
				add(&out.Closes, source, less)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		*groups[key].list = append(*groups[key].list, groups[key].reach)
	}
}

// others leaves out the alternatives that are about an address of those who ask.
func (c comparison) others(open []string) []string {
	return slices.DeleteFunc(slices.Clone(open), func(words string) bool {
		return slices.ContainsFunc(c.addresses, func(ip string) bool { return strings.Contains(words, " IP is in "+block(ip)) })
	})
}

// pin notes whether one alternative of what is let through is all given by a question.
func (r *reach) pin(atoms []authz.Atom) {
	former := r.pinned
	r.pinned = func(q diagnose.Question) bool { return former(q) && pinned(atoms, q) }
}

// pins reports whether what is let through is nothing but what the question asks for.
func (r reach) pins(q diagnose.Question) bool { return r.pinned != nil && r.pinned(q) }

// pinned reports whether the atoms leave nothing open that a question says: its method
// and its path.
func pinned(atoms []authz.Atom, q diagnose.Question) bool {
	want := map[string]string{"method": q.Request.Method, "path": pathOf(q)}
	for attribute, value := range want {
		if value == "" {
			continue
		}
		if !slices.ContainsFunc(atoms, func(a authz.Atom) bool {
			return a.Attribute == attribute && !a.Not && len(a.OneOf) == 1 && a.OneOf[0] == value
		}) {
			return false
		}
	}
	return true
}

// pathOf is the path that a question names; empty if it names none.
func pathOf(q diagnose.Question) string {
	path := q.Request.Path
	if path == "" {
		if _, rest, ok := strings.Cut(q.Target, "://"); ok {
			if i := strings.IndexByte(rest, '/'); i >= 0 {
				path = rest[i:]
			}
		}
	}
	path, _, _ = strings.Cut(path, "?")
	return path
}

func without(all, others []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(others, s) {
			out = append(out, s)
		}
	}
	return out
}

// orNot are the alternatives, or that none of the others holds.
func orNot(alternatives, others []string) []string {
	if len(alternatives) > 0 {
		return alternatives
	}
	var out []string
	for _, s := range others {
		out = append(out, "not ("+s+")")
	}
	return []string{strings.Join(out, " and ")}
}
