package fix

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// What a candidate does besides, in a few words and in all of them.
func TestFacts(t *testing.T) {
	one, two := Reach{Sources: []string{"pod/a.x"}, Target: "svc/t.x:80"}, Reach{Sources: []string{"pod/a.x", "pod/b.x"}, Target: "svc/u.x:80", If: []string{"path /a"}}
	for _, tt := range []struct {
		candidate Candidate
		radius    string
		plain     bool
		facts     []report.Fact
	}{
		{Candidate{}, "opens nothing else, closes nothing", true, []report.Fact{{Name: "opens", Words: "nothing else"}, {Name: "closes", Words: "nothing"}}},
		{
			Candidate{
				Effect: Effect{Opens: []Reach{one, two}, Closes: []Reach{one}, Unsure: []Reach{one}, Scope: "1 Pod"}, Danger: "it opens a door", Afterwards: []string{"restart it"},
				Changes: []Change{{Kind: "Deployment", Namespace: "x", Name: "a", Owner: &owner.Owner{Manager: "Helm"}}},
			},
			"opens 3, closes 1, unsure 1, danger", false,
			[]report.Fact{
				{Name: "opens", Words: "pod/a.x → svc/t.x:80; pod/a.x, pod/b.x → svc/u.x:80 if path /a"},
				{Name: "closes", Words: "pod/a.x → svc/t.x:80"},
				{Name: "unsure", Words: "pod/a.x → svc/t.x:80"},
				{Name: "among", Words: "1 Pod"},
				{Name: "danger", Words: "it opens a door"},
				{Name: "then", Words: "restart it"},
				{Name: "owner", Words: "Helm applies Deployment x/a from " + (&owner.Owner{Manager: "Helm"}).String() + ": make the change there as well, or it is undone"},
			},
		},
	} {
		if got := tt.candidate.Radius(); got != tt.radius || tt.candidate.Plain() != tt.plain {
			t.Errorf("%q, plain %v; want %q", got, tt.candidate.Plain(), tt.radius)
		}
		if diff := cmp.Diff(tt.facts, tt.candidate.Facts()); diff != "" {
			t.Errorf("facts (-want +got):\n%s", diff)
		}
	}
}
