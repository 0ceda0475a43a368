package report

import (
	"encoding/json"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
)

// TestTextFullHoldsEverything: the full text holds every datum.
func TestTextFullHoldsEverything(t *testing.T) {
	reporttest.HoldsEverything(t, 2, func(d *diagnose.Diagnosis) string { return words(t, d, TextOptions{Full: true}) })
}

// TestViewHoldsEverything: what the other faces are made of holds every datum.
func TestViewHoldsEverything(t *testing.T) {
	reporttest.HoldsEverything(t, 2, func(d *diagnose.Diagnosis) string {
		b, err := json.Marshal(NewView(d))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	})
}
