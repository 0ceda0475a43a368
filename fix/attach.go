package fix

import (
	"fmt"
	"slices"
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
