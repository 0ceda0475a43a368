package lint

import (
	"encoding/xml"
	"fmt"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// The elements of JUnit's XML, in the form that `test` writes too.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		counts
		Suites []*suite `xml:"testsuite"`
	}
	suite struct {
		Name string `xml:"name,attr"`
		counts
		Cases []suiteCase `xml:"testcase"`
	}
	suiteCase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		File    string   `xml:"file,attr,omitempty"`
		Line    int      `xml:"line,attr,omitempty"`
		Failure *failure `xml:"failure"`
		Skipped *skipped `xml:"skipped"`
	}
	failure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	skipped struct {
		Message string `xml:"message,attr"`
	}
	counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
)

// JUnit writes the results as JUnit XML: a suite for each object with results, a case
// for each result. Those that are as grave as fail, or graver, are failures; the
// others and those that are suppressed count as skipped.
func (r *Report) JUnit(w io.Writer, fail func(diagnose.Severity) bool) error {
	out := suites{Name: "authz-doctor lint"}
	var last *suite
	for _, one := range r.Results {
		if last == nil || last.Name != one.Object() {
			last = &suite{Name: one.Object()}
			out.Suites = append(out.Suites, last)
		}
		c := suiteCase{Name: one.Code + " " + one.Field, Class: one.Object(), File: one.File, Line: one.Line}
		switch {
		case one.Suppressed != "":
			c.Skipped = &skipped{"suppressed: " + one.Suppressed}
			last.Skipped++
			out.Skipped++
		case !fail(one.Severity):
			c.Skipped = &skipped{fmt.Sprintf("%s: %s", one.Severity, one.Message)}
			last.Skipped++
			out.Skipped++
		default:
			c.Failure = &failure{one.Message, one.Code, fmt.Sprintf("%s: %s", one.Severity, one.Title)}
			last.Failures++
			out.Failures++
		}
		last.Tests++
		out.Tests++
		last.Cases = append(last.Cases, c)
	}
	if len(out.Suites) == 0 { // a server that finds no case takes it for a failure
		out.Tests = 1
		out.Suites = []*suite{{Name: "lint", counts: counts{Tests: 1}, Cases: []suiteCase{{Name: r.Summary.String(), Class: "lint"}}}}
	}
	data, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}
