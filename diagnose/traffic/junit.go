package traffic

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/junit"
)

// JUnit writes the result as JUnit XML: a suite for each file. What is wrong with
// a file is a case of it that has an error.
func (r *Result) JUnit(w io.Writer) error {
	out := junit.Suites{Name: "authz-doctor"}
	for _, f := range r.Files {
		out.Suites = append(out.Suites, f.suite())
	}
	return out.Write(w)
}

func (f File) suite() *junit.Suite {
	s := &junit.Suite{Name: f.Name}
	for _, p := range f.Errors {
		trouble := &junit.Trouble{Message: p.Message, Type: "error", Text: p.Error()}
		s.Cases = append(s.Cases, junit.Case{Name: f.Name, Class: f.class(""), File: f.Name, Line: p.Line, Error: trouble})
	}
	for _, c := range f.Cases {
		one := junit.Case{Name: c.Name, Class: f.class(c.Test), File: f.Name, Line: c.Line}
		switch c.Outcome {
		case Errored:
			one.Error = &junit.Trouble{Message: c.Error.Message, Type: "error", Text: c.Error.Error()}
		case Failed:
			one.Failure = &junit.Trouble{Message: c.difference(), Type: c.Differences[0].Field, Text: c.Got.Summary}
		case Passed:
		}
		s.Cases = append(s.Cases, one)
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
