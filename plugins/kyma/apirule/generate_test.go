package apirule

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestGenerate makes of the APIRule of each file what stands there.
func TestGenerate(t *testing.T) {
	for _, s := range stories(t, "controller", "derived") {
		t.Run(s.name, func(t *testing.T) {
			policies, authentications, err := GenerateAs(s.rule, s, s.release)
			if err != nil {
				t.Fatal(err)
			}
			// The controller keeps both in maps: they have no order.
			if diff := gocmp.Diff(ordered(s.policies), ordered(policies), protocmp.Transform()); diff != "" {
				t.Errorf("policies, -want +got:\n%s", diff)
			}
			if diff := gocmp.Diff(ordered(s.authentications), ordered(authentications), protocmp.Transform()); diff != "" {
				t.Errorf("authentications, -want +got:\n%s", diff)
			}
		})
	}
}

func ordered[T metav1.Object](list []T) []T {
	key := func(o T) string {
		return o.GetNamespace() + " " + o.GetLabels()[HashLabel] + " " + o.GetLabels()[IndexLabel]
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return out
}
