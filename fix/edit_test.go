package fix

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

func TestPaths(t *testing.T) {
	object := tree{"spec": tree{"rules": []any{tree{"from": []any{tree{"source": tree{"principals": []any{"a"}}}}}}}}
	const path = "spec.rules[0].from[0].source.principals"
	grow(object, path, "b")
	grow(object, path, "b")
	if diff := cmp.Diff([]any{"a", "b"}, at(object, path)); diff != "" {
		t.Error(diff)
	}
	replace(object, path, "a", "c")
	if diff := cmp.Diff([]any{"c", "b"}, at(object, path)); diff != "" {
		t.Error(diff)
	}
	set(object, "metadata.labels", tree{"x": "y"})
	if got := at(object, "metadata.labels.x"); got != "y" {
		t.Error(got)
	}
	set(object, "spec.rules[7].to", "nothing is there")
	for _, nothing := range []string{"spec.rules[7]", "spec.none.at.all", "kind"} {
		if got := at(object, nothing); got != nil {
			t.Errorf("%s: %v", nothing, got)
		}
	}
}

func TestFree(t *testing.T) {
	taken := map[string]bool{"allow": true, "allow-2": true}
	if got := free("allow", func(s string) bool { return taken[s] }); got != "allow-3" {
		t.Error(got)
	}
	if got := free("a-name-that-is-longer-than-what-an-object-can-be-called-by-far-and-more", func(string) bool { return false }); len(got) > 60 || got[len(got)-1] == '-' {
		t.Error(got)
	}
}

// TestChanged: an edit is of a copy, and everything else of the object stays, what this
// program knows nothing of too.
func TestChanged(t *testing.T) {
	raw := json.RawMessage(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"n","annotations":{"meta.helm.sh/release-name":"r"}},"unknown":[1,{"a":null}]}`)
	item := cluster.Item{Resource: cluster.ConfigMaps, Raw: raw, Object: &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: "c", Namespace: "n", Annotations: map[string]string{"meta.helm.sh/release-name": "r"},
	}}}
	c := changed(item, func(object tree) { set(object, "data.k", "v") })
	if c.Verb() != "change" || c.Object() != "ConfigMap n/c" || c.Owner == nil || c.Owner.Manager != "Helm" {
		t.Errorf("%+v", c)
	}
	want := parse(raw)
	want["data"] = tree{"k": "v"}
	if diff := cmp.Diff(want, parse(c.After)); diff != "" {
		t.Error(diff)
	}
	if string(c.Before) != string(raw) {
		t.Error("the object as it was has changed")
	}
	wantDiff := "--- ConfigMap n/c\n+++ ConfigMap n/c\n@@ -1,4 +1,6 @@\n apiVersion: v1\n+data:\n+  k: v\n kind: ConfigMap\n metadata:\n   annotations:\n"
	if diff := cmp.Diff(wantDiff, Diff(c)); diff != "" {
		t.Error(diff)
	}
}

func TestYAMLLeavesOutWhatTheServerKeeps(t *testing.T) {
	got := YAML(json.RawMessage(`{"kind":"X","metadata":{"name":"a","uid":"u","resourceVersion":"7","generation":2,"creationTimestamp":"t","managedFields":[{}],
		"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},"status":{"a":1}}`))
	if got != "kind: X\nmetadata:\n  name: a\n" {
		t.Errorf("%q", got)
	}
	if YAML(nil) != "" {
		t.Error("of nothing")
	}
}

// TestDifference: a merge patch makes the one of the other.
func TestDifference(t *testing.T) {
	before := tree{"a": "1", "b": tree{"c": "2", "d": []any{"x"}}, "gone": "3"}
	after := tree{"a": "1", "b": tree{"c": "4", "d": []any{"x", "y"}}, "new": tree{"e": "5"}}
	want := tree{"b": tree{"c": "4", "d": []any{"x", "y"}}, "new": tree{"e": "5"}, "gone": nil}
	if diff := cmp.Diff(want, difference(before, after)); diff != "" {
		t.Error(diff)
	}
}
