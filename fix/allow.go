package fix

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// newPolicy is an ALLOW policy that admits this caller with this request, and nothing
// else. Who shows no identity can be told apart by an address only.
func (sc scene) newPolicy() []draft {
	if sc.pod == nil {
		return nil
	}
	ns := sc.pod.Namespace
	name := free("allow-"+workload(sc.caller, sc.before)+"-to-"+workload(sc.pod, sc.hop), func(name string) bool {
		_, taken := sc.snap.Item(cluster.AuthorizationPolicies, ns, name)
		return taken
	})
	rule, who := tree{}, sc.principal()
	danger, grave := "", false
	switch {
	case who != "":
		rule["from"] = []any{tree{"source": tree{"principals": texts(who)}}}
	case sc.address() != "":
		who = sc.address()
		rule["from"] = []any{tree{"source": tree{"ipBlocks": texts(block(who))}}}
		if sc.caller != nil {
			danger, grave = "the address is a Pod's: it changes when the Pod starts anew, and another Pod can get it", true
		}
	default:
		who = "every caller"
		danger, grave = "it admits whoever sends such a request, with or without an identity", true
	}
	what := sc.operation()
	if len(what) > 0 {
		rule["to"] = []any{tree{"operation": what}}
	}
	if when := sc.claims(); when != nil {
		rule["when"] = when
	}
	spec := tree{"action": "ALLOW", "rules": []any{rule}}
	sc.attach(spec)
	change := created(cluster.AuthorizationPolicies, ns, name, spec)
	return []draft{{
		kind: NewPolicy, changes: []Change{change}, danger: danger, grave: grave,
		title: fmt.Sprintf("admit %s%s in a new policy %s/%s", who, operationWords(what), ns, name),
	}}
}

// attach says which proxy enforces a policy: the waypoint of a Service by targetRefs,
// others by the labels of their Pods.
func (sc scene) attach(spec tree) {
	switch gateway := sc.pod.Labels["gateway.networking.k8s.io/gateway-name"]; {
	case sc.hop.Role == diagnose.RoleWaypoint && sc.service() != nil && sc.service().Namespace == sc.pod.Namespace:
		spec["targetRefs"] = []any{tree{"group": "", "kind": "Service", "name": sc.service().Name}}
	case gateway != "":
		spec["targetRefs"] = []any{tree{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}}
	default:
		spec["selector"] = tree{"matchLabels": labels(sc.selector())}
	}
}

// operation is the request as a rule would say it: what is not known is not said.
func (sc scene) operation() tree {
	out := tree{}
	if sc.http() {
		if m := sc.method(); m != "" {
			out["methods"] = texts(m)
		}
		if p := sc.path(); p != "" && !strings.ContainsAny(p, "*{}") {
			out["paths"] = texts(p)
		}
	}
	if sc.hop.Port != 0 {
		out["ports"] = texts(fmt.Sprint(sc.hop.Port))
	}
	return out
}

func operationWords(operation tree) string {
	words := ""
	for _, field := range []string{"methods", "paths"} {
		if list, _ := operation[field].([]any); len(list) > 0 {
			words += " " + fmt.Sprint(list[0])
		}
	}
	if list, _ := operation["ports"].([]any); len(list) > 0 {
		words += " on port " + fmt.Sprint(list[0])
	}
	if words == "" {
		return ""
	}
	return " (" + strings.TrimSpace(words) + ")"
}

// claims are the conditions of the nearest rule that the request's token meets already:
// a policy beside it that lacked them would let others in.
func (sc scene) claims() []any {
	near := sc.near()
	if len(near) == 0 {
		return nil
	}
	item, ok := sc.snap.Item(cluster.AuthorizationPolicies, near[0].Policy.Namespace, near[0].Policy.Name)
	if !ok {
		return nil
	}
	lacks := map[string]bool{}
	for _, f := range near[0].Lacks {
		lacks[f.Key] = true
	}
	var out []any
	list, _ := at(parse(item.Raw), fmt.Sprintf("spec.rules[%d].when", near[0].Rule)).([]any)
	for _, c := range list {
		if key, _ := at(c, "key").(string); strings.HasPrefix(key, "request.auth.") && !lacks[key] {
			out = append(out, c)
		}
	}
	return out
}

// slips are the values of the nearest rules that were meant otherwise.
func (sc scene) slips() []draft {
	var out []draft
	for _, n := range sc.near() {
		item, ok := sc.editable(n.Policy)
		if !ok {
			continue
		}
		all, title := len(n.Lacks) > 0, ""
		change := changed(item, func(object tree) {
			for _, f := range n.Lacks {
				value, ok := amended(f)
				if f.Slip == "" || f.Not || len(f.Wanted) == 0 || !ok {
					all = false
					return
				}
				old := nearest(f.Wanted, value)
				replace(object, path(f), old, value)
				title += fmt.Sprintf(", and %s in place of %s in %s", value, old, strings.TrimPrefix(path(f), "spec."))
			}
		})
		if all && title != "" {
			out = append(out, draft{kind: CorrectSlip, changes: []Change{change}, title: "write " + strings.TrimPrefix(title, ", and ") + " of " + n.Policy.String()})
		}
	}
	return out
}

// editRules admit the request in a rule that lacks little.
func (sc scene) editRules() []draft {
	var out []draft
	for i, n := range sc.near() {
		item, ok := sc.editable(n.Policy)
		if !ok || i > 2 {
			continue
		}
		all, title := len(n.Lacks) > 0, ""
		change := changed(item, func(object tree) {
			for _, f := range n.Lacks {
				value, ok := amended(f)
				if f.Not || !ok {
					all = false
					return
				}
				grow(object, path(f), value)
				title += fmt.Sprintf(", and %s to %s", value, strings.TrimPrefix(path(f), "spec."))
			}
		})
		if all {
			out = append(out, draft{kind: EditRule, changes: []Change{change}, title: "add " + strings.TrimPrefix(title, ", and ") + " of " + n.Policy.String()})
		}
	}
	return out
}

// editable is a policy that is there and that no controller makes of something else.
func (sc scene) editable(p authz.Ref) (cluster.Item, bool) {
	item, ok := sc.snap.Item(cluster.AuthorizationPolicies, p.Namespace, p.Name)
	if !ok {
		return item, false
	}
	if o, owned := diagnose.OwnerOf(item.Object); owned && o.Made {
		return item, false
	}
	return item, true
}
