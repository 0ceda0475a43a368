package fix

import (
	"fmt"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// unread are policies of the workload's namespace that do not attach to it and would
// admit the request: for their revision, or for a label.
func (sc scene) unread() []draft {
	if sc.pod == nil {
		return nil
	}
	var out []draft
	for _, skipped := range sc.hop.Skipped {
		item, ok := sc.editable(skipped.Policy)
		if !ok || skipped.Policy.Namespace != sc.pod.Namespace {
			continue
		}
		object := parse(item.Raw)
		if item.Object.GetLabels()[revisionLabel] != "" {
			out = append(out, draft{
				kind: Reattach, title: fmt.Sprintf("take the label %s off %s, so that the workload's istiod reads it", revisionLabel, skipped.Policy),
				changes: []Change{changed(item, func(object tree) {
					set, _ := clone(at(object, "metadata.labels")).(tree)
					delete(set, revisionLabel)
					object["metadata"].(tree)["labels"] = set
				})},
			})
		}
		wants := stringMap(at(object, "spec.selector.matchLabels"))
		if wrong := wrongLabels(wants, sc.pod.Labels); len(wrong) == 1 && len(selected(sc.snap, sc.pod.Namespace, wants)) == 0 {
			key := wrong[0]
			out = append(out, draft{
				kind: Reattach, title: fmt.Sprintf("let %s select the workload: label %s=%s in place of %s", skipped.Policy, key, sc.pod.Labels[key], wants[key]),
				changes: []Change{changed(item, func(object tree) {
					matchLabels, _ := at(object, "spec.selector.matchLabels").(tree)
					matchLabels[key] = sc.pod.Labels[key]
				})},
			})
		}
	}
	return out
}

// wrongLabels are the keys that a selector wants and that have another value.
func wrongLabels(wants, labels map[string]string) []string {
	var out []string
	for k, v := range wants {
		if had, ok := labels[k]; ok && had != v {
			out = append(out, k)
		} else if !ok {
			return nil // a selector for something else
		}
	}
	slices.Sort(out)
	return out
}

// vendors are the policies that the makers of others advise. Kyma's documentation has
// one that admits whoever is not the ingress gateway (kyma-project/api-gateway
// docs/user: "Blocked In-Cluster Communication"); it opens the workload to everybody
// in the cluster, and says so here.
func (sc scene) vendors() []draft {
	if sc.pod == nil {
		return nil
	}
	for _, n := range sc.near() {
		item, ok := sc.snap.Item(cluster.AuthorizationPolicies, n.Policy.Namespace, n.Policy.Name)
		if !ok {
			continue
		}
		o, ok := owner.Of(item.Object)
		if !ok || o.Kind != "APIRule" {
			continue
		}
		principals, _ := at(parse(item.Raw), fmt.Sprintf("spec.rules[%d].from[0].source.principals", n.Rule)).([]any)
		selector, _ := at(parse(item.Raw), "spec.selector").(tree)
		if len(principals) == 0 || selector == nil {
			continue
		}
		name := free("allow-internal", func(name string) bool {
			_, taken := sc.snap.Item(cluster.AuthorizationPolicies, sc.pod.Namespace, name)
			return taken
		})
		spec := tree{"action": "ALLOW", "selector": selector, "rules": []any{tree{"from": []any{tree{"source": tree{"notPrincipals": principals}}}}}}
		return []draft{{
			kind: Vendor, title: fmt.Sprintf("admit everybody but the ingress gateway in a new policy %s/%s, as Kyma's documentation has it", sc.pod.Namespace, name),
			changes: []Change{created(cluster.AuthorizationPolicies, sc.pod.Namespace, name, spec)},
			grave:   true,
			danger:  "it lets every caller in that does not come through the gateway, with any request, with or without an identity",
		}}
	}
	return nil
}
