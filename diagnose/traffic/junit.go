package traffic

import (
	"encoding/xml"
	"io"
	"path/filepath"
	"strings"
)

// The elements of JUnit's XML, as GitHub's actions, GitLab and Jenkins read it.
type (
	suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		counts
		Suites []suite `xml:"testsuite"`
	}
	suite struct {
		Name string `xml:"name,attr"`
		counts
		Cases []suiteCase `xml:"testcase"`
	}
	suiteCase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		File    string   `xml:"file,attr"`
		Line    int      `xml:"line,attr,omitempty"`
		Failure *trouble `xml:"failure"`
		Error   *trouble `xml:"error"`
	}
	trouble struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
)

// JUnit writes the result as JUnit XML: a suite for each file. What is wrong with
// a file is a case of it that has an error.
func (r *Result) JUnit(w io.Writer) error {
	out := suites{Name: "authz-doctor"}
	for _, f := range r.Files {
		s := f.suite()
		out.Tests += s.Tests
		out.Failures += s.Failures
		out.Errors += s.Errors
		out.Suites = append(out.Suites, s)
	}
	data, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

func (f File) suite() suite {
	s := suite{Name: f.Name}
	for _, p := range f.Errors {
		s.add(suiteCase{Name: f.Name, Class: f.class(""), File: f.Name, Line: p.Line, Error: &trouble{p.Message, "error", p.Error()}})
	}
	for _, c := range f.Cases {
		one := suiteCase{Name: c.Name, Class: f.class(c.Test), File: f.Name, Line: c.Line}
		switch c.Outcome {
		case Errored:
			one.Error = &trouble{c.Error.Message, "error", c.Error.Error()}
		case Failed:
			one.Failure = &trouble{c.difference(), c.Differences[0].Field, c.Got.Summary}
		case Passed:
		}
		s.add(one)
	}
	return s
}

// class is the test of a case, or where it has no name the file without its ending.
func (f File) class(test string) string {
	if test != "" {
		return test
	}
	return strings.TrimSuffix(filepath.Base(f.Name), filepath.Ext(f.Name))
}

func (s *suite) add(c suiteCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Error != nil {
		s.Errors++
	}
	s.Cases = append(s.Cases, c)
}
