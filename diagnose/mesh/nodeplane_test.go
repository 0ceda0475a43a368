package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// onKmesh is the number of Kmesh, which the tests have in use.
func onKmesh() DataPlane { return planeFor("kmesh") }

// other is a node plane of the tests' own.
type other struct{ NodePlane }

func (other) Name() string  { return "other" }
func (other) Title() string { return "Other" }

func (other) Enrolled(pod *corev1.Pod) (string, bool) {
	return "label other", pod.Labels["other"] != ""
}

// TestUseNodePlane: a node plane has one number, by which all else is found.
func TestUseNodePlane(t *testing.T) {
	n := UseNodePlane(other{})
	if again := UseNodePlane(other{}); again != n || n == onKmesh() {
		t.Errorf("its number is %d, then %d; Kmesh's is %d", n, again, onKmesh())
	}
	if n.String() != "other" || n.Foreign() != (other{}) || !n.Node() || NodePlaneNamed("other") != (other{}) {
		t.Errorf("%v, %v", n, n.Foreign())
	}
	if p := Of(pod(labelled(set{"other": "yes"})), nil); p.Plane != n || p.Why != "label other" {
		t.Errorf("a Pod of it: %+v", p)
	}
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
