package tally

import (
	"strings"

	"google.golang.org/protobuf/proto"
	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

func clone(p authz.Policy) *authz.Policy {
	p.Spec = proto.Clone(p.Spec).(*securityv1beta1.AuthorizationPolicy)
	return &p
}

// policy adds the turns of a whole policy. One that is there and enforced is taken
// away; what keeps a policy from being enforced is taken away from it.
func (c *Counter) policy(i int) {
	p := c.world.Policies[i]
	const whole = "policy"
	c.turn(Key{whole, "action " + p.Action().String() + c.provider(&p)}, i, c.enforced(&p))
	if len(p.Spec.GetRules()) == 0 {
		c.turn(Key{whole, "no rules, " + p.Action().String()}, i, c.ruled(&p))
	}
	for _, r := range p.Spec.GetRules() {
		if r != nil && len(r.GetFrom())+len(r.GetTo())+len(r.GetWhen()) == 0 {
			c.turn(Key{whole, "empty rule"}, i, nil)
			break
		}
	}
	c.attachment(i, &p)
}

// attachment adds the turns of what decides whether a policy reaches the workload.
func (c *Counter) attachment(i int, p *authz.Policy) {
	const whole = "policy"
	if p.DryRun() {
		q := clone(*p)
		q.Annotations = nil
		c.turn(Key{whole, "dry run"}, i, q)
	}
	if s := p.Spec.GetSelector(); s != nil {
		q := clone(*p)
		q.Spec.Selector = nil
		form := "selector"
		if len(s.GetMatchLabels()) == 0 {
			form, q = "empty selector", nil
		} else if c.attached(p) {
			form, q = "selector that matches", nil
		}
		c.turn(Key{whole, form}, i, q)
	}
	if len(p.Spec.GetTargetRefs()) > 0 {
		q := clone(*p)
		q.Spec.TargetRefs = nil
		c.turn(Key{whole, "targetRefs"}, i, q)
	}
	switch p.Namespace {
	case c.world.Config.RootNamespace:
		c.turn(Key{whole, "root namespace"}, i, nil)
	case trial.Namespace:
	default:
		q := clone(*p)
		q.Namespace = trial.Namespace
		c.turn(Key{whole, "another namespace"}, i, q)
	}
}

func (c *Counter) attached(p *authz.Policy) bool {
	labels := trial.Labels()
	for k, v := range p.Spec.GetSelector().GetMatchLabels() {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// enforced is what shows that a policy's action decides: AUDIT would deny, and so
// would a provider that agrees; the others are taken away.
func (c *Counter) enforced(p *authz.Policy) *authz.Policy {
	q := clone(*p)
	switch agrees := strings.HasSuffix(c.provider(p), "agrees"); {
	case agrees:
		q.Spec.GetProvider().Name = "nobody"
		return q
	case p.Action() != authz.ActionAudit:
		return nil
	}
	q.Spec.Action = securityv1beta1.AuthorizationPolicy_DENY
	return q
}

// ruled is the policy with a rule that matches everything.
func (c *Counter) ruled(p *authz.Policy) *authz.Policy {
	q := clone(*p)
	q.Spec.Rules = []*securityv1beta1.Rule{{}}
	switch p.Action() {
	case authz.ActionAudit:
		q.Spec.Action = securityv1beta1.AuthorizationPolicy_DENY
	case authz.ActionCustom:
		q.Spec.GetProvider().Name = "nobody"
	default:
	}
	return q
}

func (c *Counter) provider(p *authz.Policy) string {
	if p.Action() != authz.ActionCustom {
		return ""
	}
	name := p.Spec.GetProvider().GetName()
	grpc, ok := c.world.Config.Providers[name]
	switch a := trial.AuthorizerOf(name, grpc); {
	case !ok:
		return ", unknown provider"
	case a.OK:
		return ", provider agrees"
	}
	return ", provider refuses"
}

// lists adds the turns of every list of values.
func (c *Counter) lists(i int) {
	for j, r := range c.world.Policies[i].Spec.GetRules() {
		for k, l := range trial.Lists(r) {
			key := Key{l.Field, l.Form()}
			for _, change := range changes(key.Form) {
				q := clone(c.world.Policies[i])
				if change(trial.Lists(q.Spec.GetRules()[j])[k]) {
					c.turn(key, i, q)
				}
			}
		}
	}
}

// changes show whether a list of some form decides. What istiod cannot generate has
// no opposite: there is the list without it, and with a value that never matches.
func changes(form string) []func(trial.List) bool {
	switch form {
	case "invalid":
		return []func(trial.List) bool{trial.List.Drop, trial.List.Never}
	case "unknown key":
		return []func(trial.List) bool{trial.List.Forget, trial.List.Never}
	}
	return []func(trial.List) bool{trial.List.Invert}
}
