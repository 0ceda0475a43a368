package kyma

import (
	"fmt"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

func made(p *securityv1.AuthorizationPolicy) bool { _, ok := ruleOf(p); return ok }

// Advise is what Kyma's documentation advises where an APIRule keeps callers of the
// cluster out: a policy that admits whoever is not the ingress gateway
// (docs/user/troubleshooting-guides/03-80-blocked-in-cluster-communication.md). It opens
// the workload to everybody in the cluster, and says so here.
func (Platform) Advise(c fix.Case) []fix.Advice {
	if c.Pod == nil {
		return nil
	}
	for _, n := range c.Near {
		p, ok := cluster.Get[*securityv1.AuthorizationPolicy](c.Snapshot, n.Policy.Namespace, n.Policy.Name)
		if !ok || !made(p) {
			continue
		}
		field, ok := wantsGateway(n)
		if !ok {
			continue
		}
		selector := p.Spec.GetSelector().GetMatchLabels()
		if len(selector) == 0 {
			continue
		}
		labels := map[string]any{}
		for k, v := range selector {
			labels[k] = v
		}
		principals := []any{}
		for _, v := range field.Wanted {
			principals = append(principals, v)
		}
		change := fix.Created(c.Snapshot, cluster.AuthorizationPolicies, c.Pod.Namespace, "allow-internal", map[string]any{
			"action": "ALLOW", "selector": map[string]any{"matchLabels": labels},
			"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"notPrincipals": principals}}}}},
		})
		return []fix.Advice{{
			Title:   fmt.Sprintf("admit everybody but the ingress gateway in a new policy %s/%s, as Kyma's documentation has it", change.Namespace, change.Name),
			Changes: []fix.Change{change}, Grave: true,
			Danger: "it lets every caller in that does not come through the gateway, with any request, with or without an identity",
		}}
	}
	return nil
}
