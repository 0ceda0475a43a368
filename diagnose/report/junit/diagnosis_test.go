package junit

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
)

func written(t *testing.T, d *diagnose.Diagnosis) Suites {
	t.Helper()
	var b bytes.Buffer
	if err := Diagnosis(&b, d); err != nil {
		t.Fatal(err)
	}
	var out Suites
	if err := xml.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDiagnosis: what passes for certain passes, what is not known is an error.
func TestDiagnosis(t *testing.T) {
	want := map[string]Counts{
		"allowed":      {Tests: 1},
		"denied":       {Tests: 1, Failures: 1},
		"conditional":  {Tests: 1, Failures: 1},
		"undetermined": {Tests: 1, Errors: 1},
		"differing":    {Tests: 2, Failures: 1},
		"crowded":      {Tests: 1, Failures: 1},
		"hostile":      {Tests: 1, Failures: 1},
	}
	for _, c := range reporttest.Cases {
		got := written(t, c.Make())
		if diff := cmp.Diff(want[c.Name], got.Counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, diff)
		}
		if !strings.Contains(got.Suites[0].Out, strings.ToUpper(got.Suites[0].Out[:6])) {
			t.Errorf("%s has no text", c.Name)
		}
	}
	if got := written(t, reporttest.Asked(diagnose.Undetermined, "a → b", "nobody knows")); got.Errors != 1 || got.Suites[0].Cases[0].Error.Message != "UNDETERMINED: nobody knows" {
		t.Errorf("without an answer: %+v", got)
	}
}

func TestWords(t *testing.T) {
	denied := written(t, reporttest.Denial()).Suites[0].Cases[0]
	if f := denied.Failure; !strings.HasPrefix(f.Message, "DENIED: foo/sleep has no sidecar") || f.Type != "denied" {
		t.Errorf("got %+v", f)
	}
	conditional := written(t, reporttest.Conditional()).Suites[0].Cases[0].Failure.Text
	if !strings.Contains(conditional, "\nDenied if method is POST") {
		t.Errorf("got %q", conditional)
	}
	for _, evil := range reporttest.Evil { // it stays well formed
		written(t, reporttest.Poisoned(evil))
	}
}
