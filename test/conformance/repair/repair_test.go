package repair

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// first is the first world that has a case.
func first(t *testing.T) *Case {
	t.Helper()
	for n := range uint64(50) {
		c, err := Draw(1, n)
		if err != nil {
			t.Fatal(err)
		}
		if c != nil {
			return c
		}
	}
	t.Fatal("no world has a case")
	return nil
}

// TestDraw: a case is drawn alike again, and its question is denied.
func TestDraw(t *testing.T) {
	c := first(t)
	again, err := Draw(1, c.N)
	if err != nil || again.Manifest != c.Manifest || key(0, &again.Asked) != key(0, &c.Asked) {
		t.Error("drawn again it differs", err)
	}
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(c.Manifest), "")
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := diagnose.Ask(t.Context(), r, c.Question)
	if err != nil || d.Status.Verdict != diagnose.Denied {
		t.Error(err, d)
	}
}

// TestBruteForce: a change that opens the workload to everybody is seen, and who is not
// told of it.
func TestBruteForce(t *testing.T) {
	c := first(t)
	open := *c.World
	open.Policies, open.PeerAuthentications, open.RequestAuthentications = nil, nil, nil
	a := &amended{&open, c.Sources}
	changes := c.changes(a, []probe{{0, c.Asked}, {1, c.Asked}})
	if len(changes) == 0 || !c.isAsked(changes[0]) || !changes[0].opened {
		t.Fatalf("%+v", changes)
	}
	asked := fix.Reach{Sources: []string{c.Sources[0].Name}, Target: c.Question.Target}
	for _, x := range changes {
		if got, want := c.told(fix.Effect{Opens: []fix.Reach{asked}}, x), x.source == 0; got != want {
			t.Errorf("source %d: told %v", x.source, got)
		}
		if c.told(fix.Effect{Closes: []fix.Reach{asked}}, x) {
			t.Error("what closes tells nothing of what opens")
		}
	}
}

// TestAmend: what is created comes behind the others, what is there changes in its place.
func TestAmend(t *testing.T) {
	c := first(t)
	before := len(c.World.Policies)
	policy := func(name string) fix.Change {
		return fix.Change{
			Resource: cluster.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: trial.Namespace, Name: name,
			After: []byte(`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy","metadata":{"namespace":"foo","name":"` + name + `"},"spec":{"action":"DENY"}}`),
		}
	}
	a, err := c.amend([]fix.Change{policy("new"), policy(c.World.Policies[0].Name)})
	if err != nil {
		t.Fatal(err)
	}
	all := a.world.Policies
	if len(all) != before+1 || all[before].Name != "new" || all[0].Action() != authz.ActionDeny || len(all[0].Spec.GetRules()) > 0 {
		t.Errorf("%v", all)
	}
	if len(c.World.Policies) != before {
		t.Error("the world of the case has changed")
	}
}
