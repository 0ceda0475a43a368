package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// inCluster is a caller past the gateway that nothing but policies of APIRules keeps out.
func (c *connection) inCluster() (diagnose.Remark, bool) {
	made, others := c.allowing()
	if !c.lacksAllow() || len(c.Near) == 0 || isIngress(c.Principal) || len(made) == 0 || len(others) > 0 {
		return diagnose.Remark{}, false // somebody else's policy might have admitted it
	}
	field, ok := wantsGateway(c.Near[0])
	if !ok {
		return diagnose.Remark{}, false
	}
	got := c.Principal
	if got == "" {
		got = "no identity"
	}
	rules := rulesOf(made)
	message := fmt.Sprintf("%s %s only what comes through its gateway: Kyma's API Gateway makes %s of it, and %s wants principal %s (%s), got %s.",
		strings.Join(rules, " and "), plural(len(rules), "admits", "admit"), policyWords(made), plural(len(made), "that", "each of them"),
		apirule.IngressGateway, strings.TrimPrefix(field.Field, "spec."), got)
	return diagnose.Remark{
		Kind: findingInCluster, Message: message, Objects: append(rules, policyObject(c.Near[0].Policy)), Field: field.Field, Decides: true,
	}, true
}

// wantsGateway finds the field of a rule that admits none but the ingress gateway.
func wantsGateway(n authz.NearMiss) (authz.FieldTrace, bool) {
	i := slices.IndexFunc(n.Lacks, func(f authz.FieldTrace) bool {
		return strings.HasSuffix(f.Field, ".source.principals") && !f.Not && slices.Contains(f.Wanted, apirule.IngressGateway)
	})
	if i < 0 {
		return authz.FieldTrace{}, false
	}
	return n.Lacks[i], true
}

func policyWords(all []policy) string {
	if len(all) == 1 {
		return all[0].trace.Policy.String() + ", the only ALLOW policy there,"
	}
	return fmt.Sprintf("the %d ALLOW policies there", len(all))
}

// otherGateway is a gateway that an APIRule names, and whose principal is not the one that
// all policies of APIRules admit.
func (c *connection) otherGateway() (diagnose.Remark, bool) {
	if !c.lacksAllow() || c.Source == nil || c.Principal == "" || isIngress(c.Principal) {
		return diagnose.Remark{}, false
	}
	for _, p := range c.made {
		if p.rule == nil || p.trace.Action != authz.ActionAllow {
			continue
		}
		g, ok := c.gateway(p.rule)
		if !ok || len(g.Spec.GetSelector()) == 0 || !mesh.Selects(g.Spec.GetSelector(), c.Source.Labels) {
			continue
		}
		message := fmt.Sprintf("%s is published at Gateway %s, whose proxies run as %s, and whatever gateway an APIRule names, its policies admit %s only: %s refuses what comes through that gateway.",
			named(p.of), p.rule.Gateway, c.Principal, apirule.IngressGateway, p.trace.Policy)
		return diagnose.Remark{
			Kind: findingOtherGateway, Message: message, Objects: []string{named(p.of), "Gateway " + p.rule.Gateway, policyObject(p.trace.Policy)},
			Field: "spec.gateway", Decides: true,
		}, true
	}
	return diagnose.Remark{}, false
}

// shutOut is the ingress gateway refused by a policy that admits everybody but it, where
// no APIRule has policies beside it.
func (c *connection) shutOut() (diagnose.Remark, bool) {
	made, others := c.allowing()
	if !c.lacksAllow() || !isIngress(c.Principal) || len(made) > 0 {
		return diagnose.Remark{}, false
	}
	for _, t := range others {
		for _, r := range t.Rules {
			i := slices.IndexFunc(r.Fields, func(f authz.FieldTrace) bool {
				return f.Not && strings.HasSuffix(f.Field, ".notPrincipals") && f.Matches == authz.False
			})
			if i < 0 {
				continue
			}
			message := fmt.Sprintf("%s admits everybody but the ingress gateway, and one ALLOW policy closes a workload to all that none admits: without an APIRule of version v2 that is carried out, nothing here admits the gateway.%s",
				t.Policy, c.unmigrated())
			return diagnose.Remark{
				Kind: findingShutOut, Message: message, Objects: []string{policyObject(t.Policy)}, Field: r.Fields[i].Field, Decides: true,
			}, true
		}
	}
	return diagnose.Remark{}, false
}

// unmigrated is a sentence about the APIRules of the destination of which nothing is made.
func (c *connection) unmigrated() string {
	var names []string
	for _, r := range c.exposing(c.Destination.Namespace, c.Destination.Labels) {
		if r.Written() == apirule.V1Beta1 {
			names = append(names, named(r.Ref))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" %s %s of version v1beta1, and no policy here is made of %s.", strings.Join(names, " and "), plural(len(names), "is", "are"), plural(len(names), "it", "them"))
}
