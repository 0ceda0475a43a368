package ztunnel

import (
	"fmt"
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// shrink takes away what a mismatch does not need, and returns what is left of the
// world with the mismatch that it shows.
func shrink(w *world, c *reference.Connection, mismatch string) (*world, string) {
	for {
		found := false
		for _, s := range smaller(w) {
			j, err := newJudge(s, nil)
			if err != nil {
				continue
			}
			v := reference.Decide(j.asked, c)
			if m := j.differs(c, &v); m != "" {
				w, mismatch, found = s, m, true
				break
			}
		}
		if !found {
			return w, mismatch
		}
	}
}

// smaller returns the worlds that lack one thing.
func smaller(w *world) []*world {
	var out []*world
	for i := range w.policies {
		s := *w
		s.policies = slices.Delete(slices.Clone(w.policies), i, i+1)
		out = append(out, &s)
	}
	for i := range w.pas {
		s := *w
		s.pas = slices.Delete(slices.Clone(w.pas), i, i+1)
		out = append(out, &s)
	}
	for i := range w.policies {
		for _, cut := range cuts(w.policies[i].Spec) {
			s := *w
			s.policies = slices.Clone(w.policies)
			s.policies[i] = *clone(&w.policies[i])
			cut(s.policies[i].Spec)
			out = append(out, &s)
		}
	}
	return out
}

// cuts are what can be taken from a policy: a rule, an entry, a list.
func cuts(spec *securityv1beta1.AuthorizationPolicy) []func(*securityv1beta1.AuthorizationPolicy) {
	var out []func(*securityv1beta1.AuthorizationPolicy)
	for j, r := range spec.GetRules() {
		out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { p.Rules = slices.Delete(p.Rules, j, j+1) })
		for k := range r.GetFrom() {
			out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { r := p.Rules[j]; r.From = slices.Delete(r.From, k, k+1) })
		}
		for k := range r.GetTo() {
			out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { r := p.Rules[j]; r.To = slices.Delete(r.To, k, k+1) })
		}
		for k := range r.GetWhen() {
			out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { r := p.Rules[j]; r.When = slices.Delete(r.When, k, k+1) })
		}
		for k, l := range trial.Lists(r) {
			out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { trial.Lists(p.Rules[j])[k].Drop() })
			if len(*l.Values) > 1 {
				out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { v := trial.Lists(p.Rules[j])[k].Values; *v = (*v)[1:] })
				out = append(out, func(p *securityv1beta1.AuthorizationPolicy) { v := trial.Lists(p.Rules[j])[k].Values; *v = (*v)[:1] })
			}
		}
	}
	return out
}

// objects writes what is in the world as it would stand in a cluster.
func (w *world) objects() string {
	var list []any
	for i := range w.policies {
		p := &w.policies[i]
		o := &securityv1.AuthorizationPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Annotations: p.Annotations}}
		o.APIVersion, o.Kind = "security.istio.io/v1", "AuthorizationPolicy"
		q := clone(p).Spec
		o.Spec.Selector, o.Spec.TargetRef, o.Spec.TargetRefs, o.Spec.Action, o.Spec.Rules = q.Selector, q.TargetRef, q.TargetRefs, q.Action, q.Rules
		list = append(list, o)
	}
	for _, pa := range w.pas {
		o := pa.DeepCopy()
		o.APIVersion, o.Kind = "security.istio.io/v1", "PeerAuthentication"
		list = append(list, o)
	}
	out := []string{fmt.Sprintf("# of a workload in %s with the labels %v; trust domain %s\n", w.namespace, w.labels, w.domain)}
	for _, o := range list {
		text, err := yaml.Marshal(o)
		if err != nil {
			text = []byte("# " + err.Error() + "\n")
		}
		out = append(out, string(text))
	}
	return strings.Join(out, "---\n")
}
