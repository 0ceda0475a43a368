package kyma

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// refused is a request through the ingress gateway that no rule of the APIRules admits:
// why each does not, in the APIRule's own words.
func (c *connection) refused() (diagnose.Remark, bool) {
	made, others := c.allowing()
	if !c.lacksAllow() || !isIngress(c.Principal) || len(made) == 0 || len(others) > 0 {
		return diagnose.Remark{}, false
	}
	misses, ok := c.misses(made)
	if !ok || len(misses) == 0 {
		return diagnose.Remark{}, false
	}
	nearest := misses[0]
	out := diagnose.Remark{
		Kind: findingRefused, Decides: true, Field: nearest.fields[0].Field,
		Objects: []string{named(nearest.of), policyObject(nearest.trace.Policy)},
	}
	var words []string
	refs := refsOf(made)
	for _, ref := range refs {
		why := whyNot(ref, misses)
		if len(refs) > 1 {
			why = ref.String() + ": " + why
		}
		words = append(words, why)
	}
	out.Message = fmt.Sprintf("No rule of %s admits %s: %s.", strings.Join(rulesOf(made), " and "), c.request(), atMost(2, words))
	if old := c.v1beta1For(c.Host); old != "" {
		out.Message += old
		out.Help = []string{
			"migrate the APIRules of the workload together",
			"or until then admit the gateway, for that host, in an ALLOW policy of its own: Kyma's documentation has it as allow-migration",
		}
	}
	return out, true
}

// request is what is asked for, as far as it is known.
func (c *connection) request() string {
	words := strings.TrimSpace(c.Method + " " + c.Path)
	if words == "" {
		return "the request"
	}
	return words
}

// miss is the rule of an APIRule, by the nearest of the policies that stand for it.
type miss struct {
	policy
	index  int // in spec.rules
	others int // of its authorizations that do not fit either
	fields []authz.FieldTrace
}

// misses are the rules of the APIRules, the nearest first; false if one of them cannot be
// told, or if what is missing is somebody who looks at the token.
func (c *connection) misses(made []policy) ([]miss, bool) {
	var out []miss
	for _, p := range made {
		if p.rule == nil {
			return nil, false
		}
		origin, _ := apirule.Recognise(p.object, c.policies(p.object.Namespace))
		index := origin.RuleIn(p.rule, p.object)
		if index < 0 {
			return nil, false
		}
		one := miss{policy: p, index: index}
		for _, r := range p.trace.Rules {
			if fields := failing(r); len(fields) > 0 && (one.fields == nil || len(fields) < len(one.fields)) {
				one.fields = fields
			}
		}
		if one.fields == nil || slices.ContainsFunc(one.fields, wantsToken) && !c.verifies(p) {
			return nil, false
		}
		at := slices.IndexFunc(out, func(m miss) bool { return m.of == p.of && m.index == index })
		switch {
		case at < 0:
			out = append(out, one)
		case len(one.fields) < len(out[at].fields):
			one.others = out[at].others + 1
			out[at] = one
		default:
			out[at].others++
		}
	}
	slices.SortStableFunc(out, func(a, b miss) int {
		return cmp.Or(cmp.Compare(len(a.fields), len(b.fields)), cmp.Compare(a.index, b.index))
	})
	return out, true
}

// failing are the fields of a rule that do not match.
func failing(r authz.RuleTrace) []authz.FieldTrace {
	var out []authz.FieldTrace
	for _, f := range r.Fields {
		if f.Matches == authz.False && f.Ignored == "" {
			out = append(out, f)
		}
	}
	return out
}

// wantsToken reports whether a field is about what only a token gives.
func wantsToken(f authz.FieldTrace) bool {
	return strings.HasSuffix(f.Field, ".requestPrincipals") || strings.HasPrefix(f.Key, "request.auth.")
}

// verifies reports whether a RequestAuthentication looks at tokens for the destination.
func (c *connection) verifies(p policy) bool {
	for _, ns := range []string{p.object.Namespace, c.RootNamespace} {
		for _, ra := range c.tokens(ns) {
			if mesh.Selects(ra.Spec.GetSelector().GetMatchLabels(), c.Destination.Labels) {
				return true
			}
		}
	}
	return false
}

func refsOf(all []policy) []apirule.Ref {
	var out []apirule.Ref
	for _, p := range all {
		if !slices.Contains(out, p.of) {
			out = append(out, p.of)
		}
	}
	return out
}
