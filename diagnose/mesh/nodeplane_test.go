package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// onKmesh is the number of Kmesh, which the tests have in use.
func onKmesh() DataPlane { return planeFor("kmesh") }

// other is a node plane of the tests' own; what Pods it has is asked of found.
func other(found func(*corev1.Pod) (string, bool)) NodePlane {
	return NodePlane{Name: "other", Title: "Other", Enrolled: found, Meet: func(Client, Server) Connection { panic("meet") }}
}

// TestUseNodePlane: a node plane has one number, by which all else is found.
func TestUseNodePlane(t *testing.T) {
	fails := false
	plane := other(func(pod *corev1.Pod) (string, bool) {
		if fails {
			panic("enrolled")
		}
		return "label other", pod.Labels["other"] != ""
	})
	n := UseNodePlane(plane)
	if again := UseNodePlane(plane); again != n || n == onKmesh() {
		t.Errorf("its number is %d, then %d; Kmesh's is %d", n, again, onKmesh())
	}
	if n.String() != "other" || n.Foreign().Title != "Other" || !n.Node() || NodePlaneNamed("other") != n.Foreign() {
		t.Errorf("%v, %v", n, n.Foreign())
	}
	if p := Of(pod(labelled(set{"other": "yes"})), nil); p.Plane != n || p.Why != "label other" {
		t.Errorf("a Pod of it: %+v", p)
	}
	if c := Meet(Client{TLS: Plaintext}, Server{Mode: Permissive}, n, HTTP, "http"); c.Outcome != UndecidedOutcome || c.Missing == "" {
		t.Errorf("it panics when two ends meet: %+v", c)
	}
	fails = true
	if p := Of(pod(labelled(set{"other": "yes"})), namespace("foo", nil)); p.Plane != NoPlane {
		t.Errorf("it panics when asked for a Pod: %+v", p)
	}
	fails = false
	if planeFor("OTHER") != n || planeFor("ambient") != Ambient || planeFor("Ambient") != UnknownPlane || planeFor("") != UnknownPlane {
		t.Error("what labels ask for is not found by its name")
	}
	for _, p := range []DataPlane{UnknownPlane, NoPlane, Sidecar, Ambient, Gateway, Waypoint, firstForeign - 1, n + 9} {
		if p.Foreign() != nil {
			t.Errorf("%v is foreign", p)
		}
	}
	if NodePlaneNamed("ambient") != nil {
		t.Error("ambient is foreign")
	}
}
