package lint

import (
	"fmt"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/junit"
)

// JUnit writes the results as JUnit XML: a suite for each object with results, a case
// for each result. Those that are as grave as fail, or graver, are failures; the
// others and those that are suppressed count as skipped.
func (r *Report) JUnit(w io.Writer, fail func(diagnose.Severity) bool) error {
	out := junit.Suites{Name: "authz-doctor lint"}
	var last *junit.Suite
	for _, one := range r.Results {
		if last == nil || last.Name != one.Object() {
			last = &junit.Suite{Name: one.Object()}
			out.Suites = append(out.Suites, last)
		}
		c := junit.Case{Name: one.Code + " " + one.Field, Class: one.Object(), File: one.File, Line: one.Line}
		switch {
		case one.Suppressed != "":
			c.Skipped = &junit.Skipped{Message: "suppressed: " + one.Suppressed}
		case !fail(one.Severity):
			c.Skipped = &junit.Skipped{Message: fmt.Sprintf("%s: %s", one.Severity, one.Message)}
		default:
			c.Failure = &junit.Trouble{Message: one.Message, Type: one.Code, Text: fmt.Sprintf("%s: %s", one.Severity, one.Title)}
		}
		last.Cases = append(last.Cases, c)
	}
	if len(out.Suites) == 0 { // a server that finds no case takes it for a failure
		out.Suites = []*junit.Suite{{Name: "lint", Cases: []junit.Case{{Name: r.Summary.String(), Class: "lint"}}}}
	}
	return out.Write(w)
}
