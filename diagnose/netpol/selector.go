package netpol

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// matchLabels matches a selector against labels. If fact is not empty only the
// namespace's name label is known, and fact names what is missing.
func matchLabels(field string, sel *metav1.LabelSelector, set labels.Set, fact string) finding {
	reqs, err := requirements(sel)
	if err != nil {
		return broken(field, "a label selector", err.Error())
	}
	t := yes
	for _, r := range reqs {
		if fact != "" && r.Key() != corev1.LabelMetadataName {
			t = min(t, unknown)
		} else {
			t = min(t, truthOf(r.Matches(set)))
		}
	}
	switch wanted := labels.NewSelector().Add(reqs...).String(); t {
	case no:
		return lack(field, wanted, have(reqs, set, fact))
	case unknown:
		return unseen(field, wanted, fact)
	case yes:
	}
	return finding{truth: yes}
}

// requirements lists what a selector demands, sorted, and is the same each time
// it fails: metav1.LabelSelectorAsSelector reports any one of several errors.
func requirements(sel *metav1.LabelSelector) ([]labels.Requirement, error) {
	var reqs []labels.Requirement
	for _, k := range slices.Sorted(maps.Keys(sel.MatchLabels)) {
		r, err := labels.NewRequirement(k, selection.Equals, []string{sel.MatchLabels[k]})
		if err != nil {
			return nil, err
		}
		reqs = append(reqs, *r)
	}
	s, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchExpressions: sel.MatchExpressions})
	if err != nil {
		return nil, err
	}
	more, _ := s.Requirements()
	reqs = append(reqs, more...)
	slices.SortStableFunc(reqs, func(a, b labels.Requirement) int { return strings.Compare(a.Key(), b.Key()) })
	return reqs, nil
}

// have words the labels that the requirements speak of: "app=sleep,no tier".
func have(reqs []labels.Requirement, set labels.Set, fact string) string {
	var words []string
	for _, r := range reqs {
		w := "no " + r.Key()
		if v, ok := set[r.Key()]; ok {
			w = r.Key() + "=" + v
		} else if fact != "" {
			w = r.Key() + " unknown"
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return strings.Join(words, ",")
}
