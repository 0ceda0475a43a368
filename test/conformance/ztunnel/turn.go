package ztunnel

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/proto"
	securityv1beta1 "istio.io/api/security/v1beta1"

	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/ambient"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// turn is one change to a world that shows whether what it changes decides: the
// policies that ztunnel asks after it.
type turn struct {
	key   tally.Key
	asked []*security.Authorization
}

type turns []turn

// count notes what turned the verdict. Both verdicts are ztunnel's matcher's.
func (ts turns) count(t tally.Tally, v reference.Verdict, c *reference.Connection) {
	counted := map[tally.Key]bool{}
	for _, x := range ts {
		if t[x.key] == nil {
			t[x.key] = &tally.Row{Key: x.key}
		}
		if counted[x.key] || reference.Decide(x.asked, c).Allowed == v.Allowed {
			continue
		}
		counted[x.key] = true
		if v.Allowed {
			t[x.key].Allowed++
		} else {
			t[x.key].Denied++
		}
	}
}

// turnsOf returns the turns of every list, policy and PeerAuthentication.
func turnsOf(w *world) (turns, error) {
	var out turns
	for i := range w.policies {
		for _, key := range policyKeys(&w.policies[i]) {
			changed := *w
			changed.policies = slices.Delete(slices.Clone(w.policies), i, i+1)
			if key.lacks != nil {
				changed.policies = slices.Insert(changed.policies, i, *key.lacks)
			}
			if err := out.add(key.Key, &changed); err != nil {
				return nil, err
			}
		}
		if err := out.lists(w, i); err != nil {
			return nil, err
		}
	}
	for i, pa := range w.pas {
		changed := *w
		changed.pas = slices.Delete(slices.Clone(w.pas), i, i+1)
		for _, key := range peerKeys(pa) {
			if err := out.add(key, &changed); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// add adds a turn, unless istiod does not survive the changed world.
func (ts *turns) add(key tally.Key, w *world) error {
	sent, err := ambient.Of(w.namespace, w.labels, w.policies, w.pas)
	if errors.Is(err, ambient.ErrCrash) {
		return nil
	}
	if err != nil {
		return err
	}
	*ts = append(*ts, turn{key, reference.Select(sent.Policies, w.namespace, sent.Listed)})
	return nil
}

// lists adds the turns of the lists of one policy.
func (ts *turns) lists(w *world, i int) error {
	for j, r := range w.policies[i].Spec.GetRules() {
		for k, l := range trial.Lists(r) {
			key := listKey(&l)
			for _, change := range changes(key.Form) {
				p := clone(&w.policies[i])
				if !change(p.Spec.GetRules()[j], trial.Lists(p.Spec.GetRules()[j])[k]) {
					continue
				}
				changed := *w
				changed.policies = slices.Clone(w.policies)
				changed.policies[i] = *p
				if err := ts.add(key, &changed); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// clone copies the rules. The selector stays what it is: a copy would lose the
// difference between no labels and none given.
func clone(p *authz.Policy) *authz.Policy {
	out := *p
	s := p.Spec
	out.Spec = &securityv1beta1.AuthorizationPolicy{
		Selector: s.GetSelector(), TargetRef: s.GetTargetRef(), TargetRefs: s.GetTargetRefs(), Action: s.GetAction(), ActionDetail: s.GetActionDetail(),
	}
	for _, r := range s.GetRules() {
		out.Spec.Rules = append(out.Spec.Rules, proto.Clone(r).(*securityv1beta1.Rule))
	}
	return &out
}
