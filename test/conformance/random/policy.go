package random

import (
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// policies draws those of a world.
func (s Source) policies(w *trial.World) []authz.Policy {
	var out []authz.Policy
	for i := range s.Weighted(3, 40, 30, 15, 8, 4) {
		p := authz.Policy{
			Namespace: []string{trial.Namespace, w.Config.RootNamespace, "bar"}[s.Weighted(74, 20, 6)],
			Name:      fmt.Sprintf("%c%d", 'a'+s.IntN(4), i),
			Spec:      &securityv1beta1.AuthorizationPolicy{},
		}
		s.action(p.Spec)
		s.attach(&p)
		if s.Chance(8) {
			p.Annotations = map[string]string{authz.DryRunAnnotation: of(s, "true", "1", "T", "false", "ture", "")}
		}
		s.rules(w, p.Spec)
		out = append(out, p)
	}
	return out
}

func (s Source) action(spec *securityv1beta1.AuthorizationPolicy) {
	switch s.Weighted(46, 36, 6, 12) {
	case 1:
		spec.Action = securityv1beta1.AuthorizationPolicy_DENY
	case 2:
		spec.Action = securityv1beta1.AuthorizationPolicy_AUDIT
	case 3:
		spec.Action = securityv1beta1.AuthorizationPolicy_CUSTOM
		spec.ActionDetail = &securityv1beta1.AuthorizationPolicy_Provider{
			Provider: &securityv1beta1.AuthorizationPolicy_ExtensionProvider{Name: of(s, providers...)},
		}
	}
}

// providers are those that CUSTOM policies name; not every mesh has them.
var providers = []string{"yes-grpc", "no-grpc", "yes-grpc", "no-grpc", "yes-http", "no-http", "nobody", "Bad_Name"}

// attach draws a selector, or now and then a targetRef, which no sidecar heeds.
func (s Source) attach(p *authz.Policy) {
	selector := func(labels map[string]string) {
		p.Spec.Selector = &typev1beta1.WorkloadSelector{MatchLabels: labels}
	}
	switch s.Weighted(60, 6, 16, 8, 6, 4) {
	case 1:
		selector(nil)
	case 2:
		selector(map[string]string{"app": "httpbin"})
	case 3:
		selector(map[string]string{"app": of(s, "other", "HTTPBIN", "")})
	case 4:
		selector(map[string]string{"app": "httpbin", "version": of(s, "v1", "v2")})
	case 5:
		p.Spec.TargetRefs = []*typev1beta1.PolicyTargetReference{{Kind: "Service", Name: trial.Workload}}
	}
}

// rules draws between none and a dozen: of the many one sees in which order the
// proxy asks.
func (s Source) rules(w *trial.World, spec *securityv1beta1.AuthorizationPolicy) {
	n := []int{0, 1, 2, 3, 12}[s.Weighted(5, 55, 26, 11, 3)]
	for range n {
		switch s.Weighted(92, 6, 2) {
		case 0:
			spec.Rules = append(spec.Rules, s.rule(w))
		case 1:
			spec.Rules = append(spec.Rules, &securityv1beta1.Rule{})
		case 2:
			spec.Rules = append(spec.Rules, nil)
		}
	}
}

// rule draws the three parts; at least one is there.
func (s Source) rule(w *trial.World) *securityv1beta1.Rule {
	r := &securityv1beta1.Rule{}
	parts := 1 + s.IntN(7)
	if parts&1 != 0 {
		for range 1 + s.Weighted(80, 20) {
			r.From = append(r.From, &securityv1beta1.Rule_From{Source: s.source(w)})
		}
	}
	if parts&2 != 0 {
		for range 1 + s.Weighted(80, 20) {
			r.To = append(r.To, &securityv1beta1.Rule_To{Operation: s.operation(w)})
		}
	}
	if parts&4 != 0 {
		for range 1 + s.Weighted(75, 25) {
			r.When = append(r.When, s.condition(w))
		}
	}
	return r
}
