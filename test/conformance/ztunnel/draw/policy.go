package draw

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// The workload of every world; now and then it lives in the root namespace.
const (
	Namespace = "foo"
	Root      = "istio-system"
)

// Labels are the workload's.
func Labels() map[string]string { return map[string]string{"app": "web", "version": "v1"} }

// Policies draws those of a world.
func (s Source) Policies() []authz.Policy {
	var out []authz.Policy
	for i := range s.Weighted(4, 36, 32, 18, 10) {
		p := authz.Policy{
			Namespace: []string{Namespace, Root, "bar"}[s.Weighted(70, 24, 6)],
			Name:      fmt.Sprintf("%c%d", 'a'+s.IntN(4), i),
			Spec:      &securityv1beta1.AuthorizationPolicy{},
		}
		p.Spec.Action = securityv1beta1.AuthorizationPolicy_Action(s.Weighted(50, 40, 4, 4, 2))
		s.attach(&p)
		if s.Chance(8) {
			p.Annotations = map[string]string{authz.DryRunAnnotation: of(s, "true", "1", "T", "false", "ture", "")}
		}
		for range []int{0, 1, 2, 3, 11}[s.Weighted(5, 55, 26, 11, 3)] {
			switch s.Weighted(94, 5, 1) {
			case 0:
				p.Spec.Rules = append(p.Spec.Rules, s.rule())
			case 1:
				p.Spec.Rules = append(p.Spec.Rules, &securityv1beta1.Rule{})
			case 2:
				p.Spec.Rules = append(p.Spec.Rules, s.hollow())
			}
		}
		out = append(out, p)
	}
	return out
}

// hollow draws a rule that lacks what the webhook asks for.
func (s Source) hollow() *securityv1beta1.Rule {
	return of(s, nil, &securityv1beta1.Rule{From: []*securityv1beta1.Rule_From{{}}}, &securityv1beta1.Rule{To: []*securityv1beta1.Rule_To{{}}})
}

// attach draws a selector, or now and then a targetRef.
func (s Source) attach(p *authz.Policy) {
	selector := func(labels map[string]string) { p.Spec.Selector = &typev1beta1.WorkloadSelector{MatchLabels: labels} }
	switch s.Weighted(62, 4, 4, 14, 8, 4, 2, 2) {
	case 1:
		selector(nil)
	case 2:
		selector(map[string]string{})
	case 3:
		selector(map[string]string{"app": "web"})
	case 4:
		selector(map[string]string{"app": of(s, "other", "WEB", "")})
	case 5:
		selector(map[string]string{"app": "web", "version": of(s, "v1", "v2")})
	case 6:
		p.Spec.TargetRefs = []*typev1beta1.PolicyTargetReference{{Kind: "Service", Name: "web"}}
	case 7:
		p.Spec.TargetRef = &typev1beta1.PolicyTargetReference{Group: "gateway.networking.k8s.io", Kind: "Gateway", Name: "web"}
	}
}

// Single draws one policy of one rule in which few lists decide, so that every field
// and form has its turn.
func (s Source) Single() []authz.Policy {
	p := authz.Policy{Namespace: Namespace, Name: "one", Spec: &securityv1beta1.AuthorizationPolicy{}}
	if s.Chance(15) {
		p.Namespace = Root
	}
	if s.Chance(50) {
		p.Spec.Action = securityv1beta1.AuthorizationPolicy_DENY
	}
	r := &securityv1beta1.Rule{}
	switch s.Weighted(40, 20, 40) {
	case 0:
		r.From = []*securityv1beta1.Rule_From{{Source: s.source()}}
	case 1:
		r.To = []*securityv1beta1.Rule_To{{Operation: s.operation()}}
	case 2:
		r.When = []*securityv1beta1.Condition{s.condition()}
	}
	p.Spec.Rules = append(p.Spec.Rules, r)
	return []authz.Policy{p}
}
