package ztunnel

import (
	"io"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/istiod"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
)

// TestSuites runs what `make conformance` runs.
func TestSuites(t *testing.T) {
	istiod.Silence()
	counts := tally.Tally{}
	results, err := Suites(t.Context(), 1, false, counts, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		t.Logf("%s: %d worlds, %d decisions in %s; %v; left out: %v", r.Name, r.Worlds, r.Decided(), r.Took, r.Decisions, r.LeftOut)
		if r.Decided() == 0 {
			t.Errorf("%s compared nothing", r.Name)
		}
		for i, m := range r.Mismatches {
			if i == 20 {
				t.Errorf("%s: %d more", r.Name, len(r.Mismatches)-i)
				break
			}
			t.Errorf("%s: %s", r.Name, m)
		}
	}
	for _, row := range suite.Missing(counts) {
		t.Errorf("never decided both ways: %s, %s (%d allowed, %d denied)", row.Field, row.Form, row.Allowed, row.Denied)
	}
}
