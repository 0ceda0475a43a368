package fix

import (
	"fmt"
	"maps"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// scopes let a policy on tokens or on mTLS that the summary names apply to the workload
// that it was meant for: it is in another namespace, its selector wants a label that the
// Pods have not, its targetRefs are for others, or it has no selector where it needs one.
func (sc scene) scopes(r cluster.Resource) []draft {
	if sc.pod == nil {
		return nil
	}
	var out []draft
	for _, item := range sc.named(r) {
		object := parse(item.Raw)
		wants := stringMap(at(object, "spec.selector.matchLabels"))
		switch {
		case item.Object.GetNamespace() != sc.pod.Namespace:
			if matches(wants, sc.pod.Labels) {
				out = append(out, sc.move(item, sc.pod.Namespace)...)
			}
		case at(object, "spec.targetRefs") != nil, len(wants) == 0 && at(object, "spec.portLevelMtls") != nil:
			target := tree{}
			if sc.attach(target); r == cluster.PeerAuthentications {
				target = tree{"selector": tree{"matchLabels": labels(sc.selector())}}
			}
			out = append(out, draft{
				kind: Reattach, title: fmt.Sprintf("let %s apply to the workload by its selector", reference(item)),
				changes: []Change{changed(item, func(object tree) {
					drop(object, "spec", "targetRefs")
					spec, _ := object["spec"].(tree)
					maps.Copy(spec, target)
				})},
			})
		case len(wants) > 0 && !matches(wants, sc.pod.Labels) && len(selected(sc.snap, sc.pod.Namespace, wants)) == 0:
			out = append(out, sc.reselected(item, wants)...)
		}
	}
	return out
}

// reselected lets a selector select the Pods: one label of theirs has another value, or
// they lack one of several that it wants.
func (sc scene) reselected(item cluster.Item, wants map[string]string) []draft {
	next, words := maps.Clone(wants), ""
	var wrong []string
	for _, k := range slices.Sorted(maps.Keys(wants)) {
		switch had, ok := sc.pod.Labels[k]; {
		case ok && had == wants[k]:
			continue
		case ok:
			next[k], words = had, fmt.Sprintf("select %s=%s in place of %s", k, had, wants[k])
		default:
			delete(next, k)
			words = fmt.Sprintf("no longer ask for the label %s=%s, which the Pods have not", k, wants[k])
		}
		wrong = append(wrong, k)
	}
	if len(wrong) != 1 || len(next) == 0 {
		return nil
	}
	return []draft{{
		kind: Reattach, title: fmt.Sprintf("let %s %s", reference(item), words),
		changes: []Change{changed(item, func(object tree) { set(object, "spec.selector.matchLabels", labels(next)) })},
	}}
}
