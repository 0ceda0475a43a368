package cluster

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func podItem(namespace, name string) Item {
	return Item{Resource: Pods, Object: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}}
}

// TestKept builds once, and anew when objects of the type are read.
func TestKept(t *testing.T) {
	built := 0
	count := func(s *Snapshot) int {
		return Kept(s, "count", func(all []*corev1.Pod) int {
			built++
			return len(all)
		})
	}
	var none *Snapshot
	if n := count(none); n != 0 || built != 1 {
		t.Errorf("of nothing: %d, built %d times", n, built)
	}
	one := none.Plus("x", []Result{{Query: Query{Resource: Pods, Namespace: "a"}, Items: []Item{podItem("a", "p"), podItem("a", "q")}}})
	if n, m := count(one), count(one); n != 2 || m != 2 || built != 2 {
		t.Errorf("of one: %d and %d, built %d times", n, m, built)
	}
	same := one.Plus("x", []Result{{Query: Query{Resource: Services, Namespace: "a"}}, {Query: Query{Resource: Pods, Namespace: "b"}}})
	if n := count(same); n != 2 || built != 2 {
		t.Errorf("without more Pods: %d, built %d times", n, built)
	}
	more := same.Plus("x", []Result{{Query: Query{Resource: Pods, Namespace: "c"}, Items: []Item{podItem("c", "r")}}})
	if n, m := count(more), count(one); n != 3 || m != 2 || built != 3 {
		t.Errorf("with more Pods: %d, before %d, built %d times", n, m, built)
	}
}

func TestListOfNamespace(t *testing.T) {
	var none *Snapshot
	s := none.Plus("x", []Result{{Query: Query{Resource: Pods}, Items: []Item{podItem("b", "p"), podItem("a", "q"), podItem("ab", "r"), podItem("a", "p")}}})
	for namespace, want := range map[string]int{"": 4, "a": 2, "ab": 1, "b": 1, "aa": 0, "c": 0} {
		got := List[*corev1.Pod](s, namespace)
		if len(got) != want || cap(got) != len(got) {
			t.Errorf("namespace %q: %d Pods and room for %d, want %d", namespace, len(got), cap(got), want)
		}
	}
}
