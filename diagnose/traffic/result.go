package traffic

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// APIVersion, Kind and ResultKind name the published forms: of a test and of what
// came out of a run.
const (
	APIVersion = "authz-doctor.dev/v1alpha1"
	Kind       = "TrafficTest"
	ResultKind = "TrafficTestResult"
)

// Result is what came out of a run.
type Result struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Files      []File  `json:"files"`
	Summary    Summary `json:"summary"`
}

// File is one file of tests.
type File struct {
	Name string `json:"file"`
	// Errors are about the file as a whole, or about one of its tests.
	Errors []Problem `json:"errors,omitempty"`
	// Warnings are about objects of the cluster: fields that no type has, kinds
	// that are not read.
	Warnings []string     `json:"warnings,omitempty"`
	Cases    []CaseResult `json:"cases"`
}

// CaseResult is what came out of one case.
type CaseResult struct {
	Test     string  `json:"test,omitempty"` // metadata.name
	Name     string  `json:"name"`
	Document int     `json:"document"`
	Line     int     `json:"line"`
	Source   string  `json:"source"`
	Target   string  `json:"target"`
	Outcome  Outcome `json:"outcome"`
	// Expected is what the case says; nil if it could not be understood.
	Expected *Expectation `json:"expected,omitempty"`
	// Got is what came out; nil if it could not be asked.
	Got *Answer `json:"got,omitempty"`
	// Differences are those of a case that failed.
	Differences []Difference `json:"differences,omitempty"`
	// Error is why it could not be asked.
	Error *Problem `json:"error,omitempty"`
}

// Answer is what counts of a Diagnosis.
type Answer struct {
	Verdict diagnose.Verdict `json:"verdict"`
	// Reason is that of the answer that carries the verdict.
	Reason   diagnose.Reason `json:"reason"`
	Findings []string        `json:"findings,omitempty"`
	Summary  string          `json:"summary"`
}

// Difference is one thing that is not as expected.
type Difference struct {
	Field string `json:"field"` // verdict, reason.stage …
	Want  string `json:"want"`
	Got   string `json:"got"`
}

// Outcome of a case.
type Outcome string

// The outcomes.
const (
	Errored Outcome = "error" // could not be asked
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
)

// Summary counts. Errors are cases that could not be asked, and whatever else
// could not be read.
type Summary struct {
	Cases  int `json:"cases"`
	Passed int `json:"passed"`
	Failed int `json:"failed"`
	Errors int `json:"errors"`
}

// String is the line that ends a run: 12 cases: 11 passed, 1 failed, 0 errors.
func (s Summary) String() string {
	return fmt.Sprintf("%s: %d passed, %d failed, %s", plural(s.Cases, "case"), s.Passed, s.Failed, plural(s.Errors, "error"))
}

func (s *Summary) count(f File) {
	s.Cases += len(f.Cases)
	s.Errors += len(f.Errors)
	for _, c := range f.Cases {
		switch c.Outcome {
		case Passed:
			s.Passed++
		case Failed:
			s.Failed++
		case Errored:
			s.Errors++
		}
	}
}

func plural(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return fmt.Sprintf("%d %s", n, word)
}
