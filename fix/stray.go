package fix

import (
	"fmt"
	"regexp"
	"sync"

	networkingk8s "k8s.io/api/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// stray is a policy that would admit the request if it attached, as the summary names it.
var stray = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(ALLOW policy|AUDIT policy|NetworkPolicy) ([a-z0-9-]+)/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?) would admit it`)
})

// strays attach a policy that would admit the request and does not attach: it is in
// another namespace, or its targetRefs, or its selector where a waypoint looks for
// targetRefs, lead elsewhere.
func (sc scene) strays() []draft {
	m := stray().FindStringSubmatch(sc.answer.Summary)
	if m == nil || m[1] != "ALLOW policy" || sc.pod == nil {
		return nil
	}
	ref := authz.Ref{Namespace: m[2], Name: m[3]}
	item, ok := sc.editable(ref)
	if !ok {
		return nil
	}
	if ref.Namespace != sc.pod.Namespace {
		return sc.move(item, sc.pod.Namespace)
	}
	if wants := stringMap(at(parse(item.Raw), "spec.selector.matchLabels")); len(wrongLabels(wants, sc.pod.Labels)) > 0 {
		return nil // its selector is what is wrong
	}
	target := tree{}
	sc.attach(target)
	words := "the workload by selector"
	if to, _ := at(target, "targetRefs[0]").(tree); to != nil {
		words = fmt.Sprintf("%v %v by targetRefs", to["kind"], to["name"])
	}
	return []draft{{
		kind: Reattach, title: fmt.Sprintf("attach %s to %s", ref, words),
		changes: []Change{changed(item, func(object tree) {
			spec, _ := object["spec"].(tree)
			delete(spec, "selector")
			delete(spec, "targetRefs")
			for k, v := range target {
				spec[k] = v
			}
		})},
	}}
}

// move makes an object anew in another namespace, and deletes it where it is.
func (sc scene) move(item cluster.Item, namespace string) []draft {
	name := item.Object.GetName()
	if _, taken := sc.snap.Item(item.Resource, namespace, name); taken {
		return nil
	}
	spec, _ := parse(item.Raw)["spec"].(tree)
	gone := changed(item, func(tree) {})
	gone.After = nil
	return []draft{{
		kind: Reattach, title: fmt.Sprintf("move %s to namespace %s, which it looks for its workload in", reference(item), namespace),
		changes: []Change{created(item.Resource, namespace, name, spec), gone},
	}}
}

// strayNetwork attaches a NetworkPolicy that would admit the connection: it is in another
// namespace, or one label of its podSelector has another value.
func (sc scene) strayNetwork() []draft {
	m := stray().FindStringSubmatch(sc.answer.Summary)
	if m == nil || m[1] != "NetworkPolicy" {
		return nil
	}
	item, ok := sc.snap.Item(cluster.NetworkPolicies, m[2], m[3])
	if !ok || made(item) {
		return nil
	}
	np, ok := item.Object.(*networkingk8s.NetworkPolicy)
	if !ok {
		return nil
	}
	wants := np.Spec.PodSelector.MatchLabels
	pod := sc.pod
	if len(np.Spec.Egress) > 0 {
		pod = sc.caller
	}
	if pod == nil {
		return nil
	}
	if np.Namespace != pod.Namespace {
		return sc.move(item, pod.Namespace)
	}
	wrong := wrongLabels(wants, pod.Labels)
	if len(wrong) != 1 || len(selected(sc.snap, np.Namespace, wants)) > 0 {
		return nil
	}
	return []draft{{
		kind: Reattach, title: fmt.Sprintf("let %s select %s=%s in place of %s", reference(item), wrong[0], pod.Labels[wrong[0]], wants[wrong[0]]),
		changes: []Change{changed(item, func(object tree) {
			const field = "spec.podSelector.matchLabels"
			set(object, field, withLabel(at(object, field), wrong[0], pod.Labels[wrong[0]]))
		})},
	}}
}
