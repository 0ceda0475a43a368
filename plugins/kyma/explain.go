package kyma

import (
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// The findings of Kyma.
var (
	findingInCluster = diagnose.FindingKind{Code: "AD1001", Severity: diagnose.SeverityError, Title: "an APIRule admits its gateway and nobody else", Help: []string{
		"admit the caller in an ALLOW policy of its own; the policy that is made of the APIRule is written anew",
		"or call through the gateway, by the host that the APIRule names",
	}}
	findingNotReconciled = diagnose.FindingKind{Code: "AD1002", Severity: diagnose.SeverityWarning, Title: "an APIRule is not carried out, and its old policies stay", Help: []string{
		"mend what the APIRule's status names; one of version v1beta1 has to be migrated to v2",
	}}
	findingOrphan = diagnose.FindingKind{Code: "AD1003", Severity: diagnose.SeverityWarning, Title: "a policy has the labels of an APIRule that is not there", Help: []string{
		"delete the policy if the APIRule is gone for good",
		"or take the labels of the controller off it, if it is a copy that is meant to stay",
	}}
)

// Findings are those of Kyma.
func (Platform) Findings() []diagnose.FindingKind {
	return []diagnose.FindingKind{findingInCluster, findingNotReconciled, findingOrphan}
}

// Explain tells in terms of APIRules why a caller is refused, and what is odd about those
// whose policies attach.
func (Platform) Explain(leg diagnose.Leg) []diagnose.Remark {
	var out []diagnose.Remark
	made := madeOf(leg)
	if r, ok := inCluster(leg, made); ok {
		out = append(out, r)
	}
	var told []string
	for _, p := range made {
		if object := p.rule.String(); !slices.Contains(told, object) {
			told = append(told, object)
			out = append(out, state(leg.Snapshot, p)...)
		}
	}
	return out
}

// policy is an attached policy that is made of an APIRule.
type policy struct {
	ref    authz.Ref
	action authz.Action
	rule   owner.Owner
}

// madeOf are the attached policies that are made of APIRules.
func madeOf(leg diagnose.Leg) []policy {
	var out []policy
	for _, t := range leg.Policies {
		p, ok := cluster.Get[*securityv1.AuthorizationPolicy](leg.Snapshot, t.Policy.Namespace, t.Policy.Name)
		if !ok {
			continue
		}
		if o, ok := ownerOf(p); ok {
			out = append(out, policy{t.Policy, t.Action, o})
		}
	}
	return out
}

// inCluster is the denial of a caller that does not come through the gateway, where
// nothing but APIRules admits anybody
// (kyma-project/api-gateway, docs/user/troubleshooting-guides/03-80-blocked-in-cluster-communication.md).
func inCluster(leg diagnose.Leg, made []policy) (diagnose.Remark, bool) {
	if leg.Verdict != diagnose.Denied || leg.Reason.Stage != diagnose.StageAllow || len(leg.Near) == 0 || leg.Principal == ingressPrincipal {
		return diagnose.Remark{}, false
	}
	var rules, policies []string
	for _, t := range leg.Policies {
		if t.Action != authz.ActionAllow || t.DryRun {
			continue
		}
		i := slices.IndexFunc(made, func(p policy) bool { return p.ref == t.Policy })
		if i < 0 {
			return diagnose.Remark{}, false // somebody else's policy might have admitted it
		}
		policies = append(policies, t.Policy.String())
		if !slices.Contains(rules, made[i].rule.String()) {
			rules = append(rules, made[i].rule.String())
		}
	}
	field, ok := wantsGateway(leg.Near[0])
	if !ok || len(policies) == 0 {
		return diagnose.Remark{}, false
	}
	got := leg.Principal
	if got == "" {
		got = "no identity"
	}
	message := fmt.Sprintf("%s %s only what comes through its gateway: Kyma's API Gateway makes %s of it, and %s wants principal %s (%s), got %s.",
		strings.Join(rules, " and "), plural(len(rules), "admits", "admit"), policyWords(policies), plural(len(policies), "that", "each of them"),
		ingressPrincipal, strings.TrimPrefix(field.Field, "spec."), got)
	objects := []string{"AuthorizationPolicy " + leg.Near[0].Policy.String()}
	return diagnose.Remark{
		Kind: findingInCluster, Message: message, Objects: append(rules, objects...), Field: field.Field, Decides: true,
	}, true
}

// wantsGateway finds the field of a rule that admits none but the ingress gateway.
func wantsGateway(n authz.NearMiss) (authz.FieldTrace, bool) {
	i := slices.IndexFunc(n.Lacks, func(f authz.FieldTrace) bool {
		return strings.HasSuffix(f.Field, ".source.principals") && !f.Not && slices.Contains(f.Wanted, ingressPrincipal)
	})
	if i < 0 {
		return authz.FieldTrace{}, false
	}
	return n.Lacks[i], true
}

func policyWords(all []string) string {
	if len(all) == 1 {
		return all[0] + ", the only ALLOW policy there,"
	}
	return fmt.Sprintf("the %d ALLOW policies there", len(all))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// state tells of an APIRule that does not do what one would think.
func state(s *cluster.Snapshot, p policy) []diagnose.Remark {
	objects := []string{p.rule.String(), "AuthorizationPolicy " + p.ref.String()}
	item, ok := s.Item(APIRules, p.rule.Namespace, p.rule.Name)
	if !ok {
		if !seen(s, p.rule) {
			return nil
		}
		return []diagnose.Remark{{
			Kind: findingOrphan, Objects: objects,
			Message: fmt.Sprintf("%s has the labels of %s, which is not there: nobody keeps the policy as it is, and nobody removes it.", p.ref, p.rule),
		}}
	}
	rule, ok := item.Object.(*unstructured.Unstructured)
	if !ok {
		return nil
	}
	status, _, _ := unstructured.NestedString(rule.Object, "status", "state") // an APIRule that is no such thing has none
	description, _, _ := unstructured.NestedString(rule.Object, "status", "description")
	if status != "Error" {
		return nil
	}
	return []diagnose.Remark{{
		Kind: findingNotReconciled, Objects: objects, Field: "status.state",
		Message: fmt.Sprintf("%s is in state Error (%s): what it says now is not carried out, and %s stays as it was.", p.rule, strings.TrimSuffix(description, "."), p.ref),
	}}
}

// seen reports whether an APIRule would be in sight if it were there. Files without any
// APIRule are those of somebody who has left them out.
func seen(s *cluster.Snapshot, rule owner.Owner) bool {
	if _, missing := s.Missing(APIRules, rule.Namespace, rule.Name); missing {
		return false
	}
	one := cluster.Query{Resource: APIRules, Namespace: rule.Namespace, Name: rule.Name}
	return slices.Contains(s.Queries(), one) || len(s.Objects(APIRules, "")) > 0
}
