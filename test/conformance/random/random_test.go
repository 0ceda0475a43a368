package random

import (
	"fmt"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// TestReproducible: a seed is all that it takes to see a world again.
func TestReproducible(t *testing.T) {
	say := func(seed, n uint64) string {
		w, s := World(seed, n)
		r := Requests(s, w, 5)
		out := fmt.Sprint(w.Config, r)
		for _, p := range w.Policies {
			out += fmt.Sprint(p.Ref(), p.Annotations, p.Spec)
		}
		for _, p := range w.PeerAuthentications {
			out += p.Spec.String()
		}
		return out
	}
	for n := range uint64(200) {
		if once, again := say(3, n), say(3, n); once != again {
			t.Errorf("world %d of seed 3 differs when drawn again", n)
		}
	}
	if n := Drills(); say(3, n) == say(4, n) {
		t.Error("two seeds draw the same world")
	}
}

// TestDrills: what a world is for is in it.
func TestDrills(t *testing.T) {
	all, addresses := drills()
	if len(all) < 300 || len(addresses) < 50 {
		t.Fatalf("got %d and %d drills", len(all), len(addresses))
	}
	for n := range Drills() {
		d, ok := drillOf(n)
		if !ok {
			continue
		}
		w, _ := World(1, n)
		lists := trial.Lists(w.Policies[0].Spec.GetRules()[0])
		if len(lists) != 1 || lists[0].Form() != d.form {
			t.Errorf("world %d: got %v, want one list of form %q", n, w.Policies[0].Spec, d.form)
		}
	}
}
