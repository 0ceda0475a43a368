package ztunnel

import (
	"errors"
	"fmt"

	securityv1beta1 "istio.io/api/security/v1beta1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/ambient"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// world is a workload and the objects around it.
type world struct {
	name      string
	namespace string
	labels    map[string]string
	domain    string
	aliases   []string
	policies  []authz.Policy
	pas       []*securityv1.PeerAuthentication
}

// judge compares product and ztunnel in one world.
type judge struct {
	world    *world
	asked    []*security.Authorization // by ztunnel
	product  *product
	rules    map[ruleOf]*security.Authorization
	given    bool   // what istiod sends is not of its making
	previous string // of the mismatches, the last
}

type ruleOf struct {
	policy authz.Ref
	index  int
}

// newJudge has istiod convert; given stands in for what it sends, if not nil.
func newJudge(w *world, given *ambient.Sent) (*judge, error) {
	j := &judge{world: w, product: newProduct(w), rules: map[ruleOf]*security.Authorization{}, given: given != nil}
	if given == nil {
		sent, err := ambient.Of(w.namespace, w.labels, w.policies, w.pas)
		if err != nil {
			return nil, err
		}
		given = &sent
	}
	j.asked = reference.Select(given.Policies, w.namespace, given.Listed)
	return j, nil
}

// compare asks both sides and notes the outcome.
func (j *judge) compare(out *suite.Result, c *reference.Connection) reference.Verdict {
	v := reference.Decide(j.asked, c)
	out.Requests++
	note(out, &v)
	mismatch := j.differs(c, &v)
	if mismatch == "" || mismatch == j.previous {
		return v
	}
	j.previous = mismatch
	w := j.world
	if !j.given && len(out.Mismatches) < shrunk {
		w, mismatch = shrink(w, c, mismatch)
	}
	out.Mismatches = append(out.Mismatches, fmt.Sprintf("%s: %s: %s\n%s", w.name, say(c), mismatch, w.objects()))
	return v
}

// shrunk is how many mismatches are made small.
const shrunk = 10

func (j *judge) differs(c *reference.Connection, v *reference.Verdict) string {
	a, mismatch := j.product.ask(c)
	if mismatch == "" {
		mismatch = a.differs(v, j.matcher(c))
	}
	return mismatch
}

// note counts a decision.
func note(out *suite.Result, v *reference.Verdict) {
	switch {
	case !v.Allowed && len(v.By) > 0:
		out.Decisions["Denied ztunnel, by a DENY"]++
	case !v.Allowed:
		out.Decisions["Denied ztunnel, no ALLOW matches"]++
	case v.Open:
		out.Decisions["Allowed ztunnel, no ALLOW there"]++
	default:
		out.Decisions["Allowed ztunnel, by an ALLOW"]++
	}
}

// matcher returns what asks about one rule: whether the policy would match if it had
// no other.
func (j *judge) matcher(c *reference.Connection) func(authz.Ref, int) bool {
	return func(ref authz.Ref, index int) bool {
		at := ruleOf{ref, index}
		if j.rules[at] == nil {
			j.rules[at] = j.alone(at)
		}
		return reference.Matches(j.rules[at], c)
	}
}

// alone has istiod convert a policy of one rule; one that matches nothing if there
// is no such rule, or istiod drops it.
func (j *judge) alone(at ruleOf) *security.Authorization {
	for i := range j.world.policies {
		p := &j.world.policies[i]
		if p.Ref() != at.policy || at.index < 0 || at.index >= len(p.Spec.GetRules()) {
			continue
		}
		only := *p
		only.Spec = &securityv1beta1.AuthorizationPolicy{Action: p.Spec.GetAction(), Rules: p.Spec.GetRules()[at.index:][:1]}
		if a, err := ambient.Convert(&only); err == nil && a != nil {
			return a
		}
	}
	return &security.Authorization{}
}

func say(c *reference.Connection) string {
	who := "plaintext"
	if c.Identity != nil {
		who = c.Identity.String()
	}
	return fmt.Sprintf("%s from %s to %s port %d", who, c.Source, c.Destination, c.Port)
}

// leave counts a world that cannot be compared.
func leave(out *suite.Result, err error) error {
	if !errors.Is(err, ambient.ErrCrash) {
		return err
	}
	out.LeftOut["istiod's conversion panics: an entry without its source or operation, or a null rule"]++
	return nil
}
