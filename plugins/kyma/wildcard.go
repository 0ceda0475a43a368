package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// wildcard is a rule for a wildcard host that asks for nothing, beside one for a host below
// it that does.
func (c *connection) wildcard() (diagnose.Remark, bool) {
	for _, p := range c.made {
		if p.rule == nil || !isWildcard(p.rule) {
			continue
		}
		for _, found := range c.opened(p.rule, c.rules()) {
			if c.Destination == nil || found.service.Namespace != c.Destination.Namespace {
				continue
			}
			return diagnose.Remark{
				Kind: findingWildcard, Message: found.words, Objects: []string{named(p.of), named(found.by)}, Field: found.field,
			}, true
		}
	}
	return diagnose.Remark{}, false
}

func isWildcard(r *apirule.APIRule) bool {
	return slices.ContainsFunc(r.Hosts, func(h string) bool { return strings.HasPrefix(h, "*") })
}

// opening is what a rule with a wildcard host opens.
type opening struct {
	by           apirule.Ref
	service      apirule.Ref
	field, words string
}

// opened are the rules of others that a wildcard host of an APIRule makes ineffective:
// their policies are for the same Pods, and of ALLOW policies one is enough.
func (w world) opened(r *apirule.APIRule, others []*apirule.APIRule) []opening {
	wild, err := apirule.Hosts(r, w)
	if err != nil || !isWildcard(r) {
		return nil
	}
	var out []opening
	for _, o := range others {
		names, err := apirule.Hosts(o, w)
		if err != nil || o.Ref == r.Ref || o.Written() == apirule.V1Beta1 || r.Written() == apirule.V1Beta1 {
			continue
		}
		for _, host := range names {
			at := slices.IndexFunc(wild, func(name string) bool { return below(host, name) })
			if at < 0 {
				continue
			}
			if found, ok := w.opens(r, o); ok {
				found.words = fmt.Sprintf("%s is for %s and asks for nothing in %s, so it admits at host %s what %s of %s asks a token for: both are about %s, and of ALLOW policies one is enough.",
					named(r.Ref), wild[at], r.RuleWords(found.open), host, o.RuleWords(found.closed), named(o.Ref), "Service "+found.service.String())
				out = append(out, found.opening)
			}
		}
	}
	return out
}

type pairing struct {
	opening
	open, closed int
}

// opens finds a rule of r without access control that covers one of o which has some.
func (w world) opens(r, o *apirule.APIRule) (pairing, bool) {
	for i := range r.Rules {
		for j := range o.Rules {
			a, b := &r.Rules[i], &o.Rules[j]
			if a.Strategy() != apirule.NoAuth || b.Tokens() == nil || !overlap(a, b) {
				continue
			}
			mine, ok := r.ServiceOf(a)
			other, known := o.ServiceOf(b)
			if !ok || !known || !w.sameWorkload(mine, other) {
				continue
			}
			return pairing{opening{by: o.Ref, service: other, field: fmt.Sprintf("spec.rules[%d].noAuth", i)}, i, j}, true
		}
	}
	return pairing{}, false
}

// overlap reports whether two rules share a method, and the first has all paths or the
// same one.
func overlap(a, b *apirule.Rule) bool {
	return slices.ContainsFunc(a.Methods, func(m string) bool { return slices.Contains(b.Methods, m) }) &&
		(a.Path == b.Path || apirule.PathMatches(a.Path, b.Path))
}

// sameWorkload reports whether two Services are one, or select by the same labels.
func (w world) sameWorkload(a, b apirule.Ref) bool {
	if a == b {
		return true
	}
	x, ok := w.Selector(a)
	y, known := w.Selector(b)
	return ok && known && a.Namespace == b.Namespace && len(x) > 0 && mesh.Selects(x, y) && mesh.Selects(y, x)
}
