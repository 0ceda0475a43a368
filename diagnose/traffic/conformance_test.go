package traffic

import (
	"path/filepath"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// conformance is where the suites keep their cases.
var conformance = filepath.Join("..", "..", "test", "conformance")

// TestRegressions runs what the evaluator and a real Envoy once differed in.
func TestRegressions(t *testing.T) {
	r := run(t, Options{}, filepath.Join(conformance, "regressions"))
	if r.Summary.Cases == 0 || r.Summary.Failed+r.Summary.Errors > 0 {
		t.Errorf("%s\n%s", r.Summary, lines(t, r, false))
	}
}

// TestIstiosRows runs the rows of Istio's own integration tests: none may come out
// wrong. Those that need what is not evaluated yet, gateways on the way, come out
// Undetermined.
func TestIstiosRows(t *testing.T) {
	r := run(t, Options{}, filepath.Join(conformance, "istio"))
	passed := 0
	for _, f := range r.Files {
		for _, c := range f.Cases {
			switch {
			case c.Outcome == Passed:
				passed++
			case c.Outcome == Failed && c.Got != nil && c.Got.Verdict == diagnose.Undetermined:
			default:
				t.Errorf("%s: %s is wrong: %+v", f.Name, c.Name, c.Got)
			}
		}
	}
	if passed < 453 {
		t.Errorf("%d cases passed, it was 453", passed)
	}
}
