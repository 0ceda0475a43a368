package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// comparison is of what sources reach before and after.
type comparison struct {
	target   string
	asked    []string // the sources of the question, if this is its target
	question diagnose.Question
	byHost   bool // the host of the question is part of its target
	// addresses are those of the sources: who has one of them is no other.
	addresses []string
	// principals are those of the Pods in sight, sorted: no other has one of them.
	principals []string
	tokens     tokens
	anyDomain  bool // at the target a star may stand for the one trust domain
	// askers are the identities of those who ask that no other Pod in sight has.
	askers []string
}

// isAsker reports whether a condition is about nobody but those who ask.
func (c comparison) isAsker(atoms []authz.Atom) bool {
	return slices.ContainsFunc(atoms, func(a authz.Atom) bool {
		return a.Attribute == "principal" && !a.Not && len(a.OneOf) == 1 && slices.ContainsFunc(c.askers, func(id string) bool { return c.same(id, a.OneOf[0]) })
	})
}

// same reports whether a policy names just this identity.
func (c comparison) same(id, named string) bool {
	named = strings.TrimPrefix(named, "spiffe://")
	if c.anyDomain {
		id, named = anyTrustDomain(id), anyTrustDomain(named)
	}
	return id == named
}

// underForeign reports whether an answer ends at a Pod of a data plane that is not Istio's.
func underForeign(d *diagnose.Diagnosis) bool {
	return slices.ContainsFunc(d.Status.Answers, func(a diagnose.Answer) bool {
		return slices.ContainsFunc(a.Hops, func(h diagnose.Hop) bool {
			return h.Role == diagnose.RoleDestination && mesh.NodePlaneNamed(h.DataPlane) != nil
		})
	})
}

// compare adds to an effect what has changed for whom. Sources that fare alike are one
// Reach.
func (c comparison) compare(first, then *diagnose.Diagnosis, out *Effect) {
	c.anyDomain = underForeign(first)
	was, will := reaches(first), reaches(then)
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
		if d, ok := first.Change(then, source); ok {
			opens, closes := c.besides(source, d.Opens, true), c.besides(source, d.Closes, false)
			if opens != nil {
				add(&out.Opens, source, opens)
			}
			if closes != nil {
				add(&out.Closes, source, closes)
			}
			if !d.Exact {
				add(&out.Unsure, source, nil)
			}
			continue
		}
		if after.words == before.words {
			// Words that are alike are all there is to say of what is let through or
			// refused whatever the request is. Of the rest they are not.
			if !after.all && (after.some || after.verdict == diagnose.Undetermined) {
				add(&out.Unsure, source, nil)
			}
			continue
		}
		if source == diagnose.Anybody || source == diagnose.AnyWorkload {
			all := len(after.open)
			after.open = c.others(after.open)
			if all > 0 && len(after.open) == 0 && after.some && !after.all && !before.some {
				continue // nothing but what is about those who ask
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
			add(&out.Opens, source, orNot(after.open, after.shut))
		case before.some && !after.some:
			add(&out.Closes, source, orNot(before.open, before.shut))
		default: // some before, some after: words do not tell which
			add(&out.Unsure, source, nil)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		*groups[key].list = append(*groups[key].list, groups[key].reach)
	}
}

// besides are conditions in words, without what was asked for; nil for none. A
// condition that holds always leaves nothing else to say: an empty list.
func (c comparison) besides(source string, all []authz.Condition, opens bool) []string {
	var out []string
	for _, condition := range all {
		if opens && slices.Contains(c.asked, source) && pinned(condition.All, c.question) || source == diagnose.AnyWorkload && c.names(condition.All) {
			continue
		}
		var words []string
		for _, atom := range condition.All {
			switch {
			case atom.Attribute != diagnose.TokenAttribute, c.tokens == (tokens{}):
				words = append(words, atom.Words)
			case opens:
				words = append(words, c.tokens.taken)
			case c.tokens.refused != "":
				words = append(words, c.tokens.refused)
			}
		}
		if len(words) == 0 && len(condition.All) > 0 {
			continue
		}
		if len(words) == 0 {
			return []string{}
		}
		if s := strings.Join(words, " and "); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if source == diagnose.Anybody || source == diagnose.AnyWorkload {
		out = c.others(out)
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// names reports whether a condition is about an identity of a Pod in sight.
func (c comparison) names(atoms []authz.Atom) bool {
	return slices.ContainsFunc(atoms, func(a authz.Atom) bool {
		return a.Attribute == "principal" && !a.Not && !slices.ContainsFunc(a.OneOf, func(id string) bool {
			return !slices.ContainsFunc(c.principals, func(p string) bool { return c.same(p, id) })
		})
	})
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

// orNot are the alternatives, or that none of the others holds; nil if there are neither.
func orNot(alternatives, others []string) []string {
	if len(alternatives) > 0 || len(others) == 0 {
		return alternatives
	}
	var out []string
	for _, s := range others {
		out = append(out, "not ("+s+")")
	}
	return []string{strings.Join(out, " and ")}
}
