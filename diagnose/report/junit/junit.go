// Package junit writes JUnit's XML, in the form that GitHub's actions, GitLab and
// Jenkins read. There is no standard of it: what those three agree on is here.
package junit

import (
	"encoding/xml"
	"io"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Suites is the document.
type Suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	Counts
	Suites []*Suite `xml:"testsuite"`
}

// Suite is a group of cases.
type Suite struct {
	Name string `xml:"name,attr"`
	Counts
	Cases []Case `xml:"testcase"`
	Out   string `xml:"system-out,omitempty"` // what was printed
}

// Case passed if it has neither Failure nor Error nor Skipped.
type Case struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	File    string   `xml:"file,attr,omitempty"`
	Line    int      `xml:"line,attr,omitempty"`
	Failure *Trouble `xml:"failure"`
	Error   *Trouble `xml:"error"`
	Skipped *Skipped `xml:"skipped"`
}

// Trouble is why a case did not pass.
type Trouble struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// Skipped is why a case does not count.
type Skipped struct {
	Message string `xml:"message,attr"`
}

// Counts are those of the cases of a suite, or of all.
type Counts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

// Write counts the cases and writes the document. A suite without a case is left
// empty, as it was found.
func (s *Suites) Write(w io.Writer) error {
	s.Counts = Counts{}
	for _, suite := range s.Suites {
		suite.Counts = count(suite.Cases)
		s.Tests += suite.Tests
		s.Failures += suite.Failures
		s.Errors += suite.Errors
		s.Skipped += suite.Skipped
	}
	data, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(report.PlainXML(w), xml.Header+string(data)+"\n")
	return err
}

func count(cases []Case) Counts {
	n := Counts{Tests: len(cases)}
	for _, c := range cases {
		switch {
		case c.Error != nil:
			n.Errors++
		case c.Failure != nil:
			n.Failures++
		case c.Skipped != nil:
			n.Skipped++
		}
	}
	return n
}
