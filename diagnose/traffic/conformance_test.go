package traffic

import (
	"path/filepath"
	"testing"
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

// TestIstiosRows runs the rows of Istio's own integration tests.
func TestIstiosRows(t *testing.T) {
	r := run(t, Options{}, filepath.Join(conformance, "istio"))
	if r.Summary.Cases < 491 || r.Summary.Failed+r.Summary.Errors > 0 {
		t.Errorf("%s\n%s", r.Summary, lines(t, r, false))
	}
}

// TestKymaStrategies runs what Kyma's access strategies admit, and whom they do not. The
// suite kyma asks a real Envoy the same.
func TestKymaStrategies(t *testing.T) {
	r := run(t, Options{}, filepath.Join("..", "..", "examples", "kyma-strategies"))
	if r.Summary.Cases < 47 || r.Summary.Failed+r.Summary.Errors > 0 {
		t.Errorf("%s\n%s", r.Summary, lines(t, r, false))
	}
}
